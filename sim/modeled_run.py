# SPDX-License-Identifier: Apache-2.0
"""Measure a mapped problem with the cycle model: no Verilog, and no data."""

from .cycle_model import CycleModel
from .external_memory import ExternalMemory
from .external_run import ExternalPlan, memory_size
from .measures import measure
from .outcome import Run


def run_on_model(plan: ExternalPlan, external: ExternalMemory | None, *, host_config: str = "shadow") -> Run:
    """Cycles of a problem from a cluster's reset on.

    Parameters
    ----------
    plan : Plan, TiledPlan or ConvPlan
    external : ExternalMemory or None
        None if operands lie in the scratchpad.
    host_config : str
        As in `SimulatedCluster.run`.

    Returns
    -------
    Run
        Without a result, and nothing said of its bits.

    Raises
    ------
    ToolError
        If the model does not know such a cluster, memory or job.
    """
    config, options = plan.config, {}
    if external is None:
        jobs, bandwidth = plan.jobs(), None
    else:
        places = plan.place()
        jobs = plan.jobs(places, divided=host_config != "serial")
        bandwidth = external.bandwidth or config.dma.data_bytes
        options = {"external": external, "memory_size": memory_size(places), "reserved": places.end}
    found = CycleModel(config).run(jobs, host_config=host_config, **options)
    return Run(plan=plan, result=None, bit_exact=None, untouched=None, first_difference=None,
               measures=measure(found.counters, plan.problem, config, bandwidth), simulated_cycles=found.simulated_cycles,
               seconds=found.seconds, external=external, host_config=host_config, engine="model")
