# SPDX-License-Identifier: Apache-2.0
"""Measure a mapped problem, or a program, with the cycle model: no Verilog, and no data."""

from ..compiler.program import Program
from ..compiler.program.resolve import indirect
from ..config import ClusterConfig
from ..errors import ToolError
from .cluster import FIRST_ACCESS
from .cycle_model import CycleModel
from .external_memory import ExternalMemory
from .external_run import ExternalPlan, cycle_limit, memory_size
from .job_program import GUARD_BYTES, ProgramRun, program_memory_size
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
        options = {"external": external, "memory_size": memory_size(places), "reserved": places.end, "limit": cycle_limit(plan)}
    found = CycleModel(config).run(jobs, host_config=host_config, since_reset=FIRST_ACCESS, **options)
    return Run(plan=plan, result=None, bit_exact=None, untouched=None, first_difference=None,
               measures=measure(found.counters, plan.problem, config, bandwidth), simulated_cycles=found.simulated_cycles,
               seconds=found.seconds, external=external, host_config=host_config, engine="model")


def run_program_on_model(program: Program, config: ClusterConfig, external: ExternalMemory | None, *, host_config: str = "shadow") -> ProgramRun:
    """Cycles of a program that has been checked, from a cluster's reset on until all its units have ended.

    Parameters
    ----------
    program : Program
    config : ClusterConfig
    external : ExternalMemory or None
        None if the cluster has no port.
    host_config : str
        As in `SimulatedCluster.run`.

    Raises
    ------
    ToolError
        If the model does not know such a cluster, memory or job; if values come from run-time registers or tables.
    """
    found = next(indirect(program), None)
    if found is not None:
        raise ToolError(f"engine must be rtl, since jobs[{found[0]}].entries.{found[1]}.fields.{found[2]} is only known at run time, not 'model'")
    options = {} if external is None else {
        "external": external, "memory_size": program_memory_size(program), "reserved": program.external_size + GUARD_BYTES}
    ran = CycleModel(config).run(program.rebased({}, config.jobs.count_width), host_config=host_config, since_reset=FIRST_ACCESS, finish="completion", **options)
    return ProgramRun(program=program, config=config, contents={}, differences=(), counters=ran.counters, simulated_cycles=ran.simulated_cycles,
                      seconds=ran.seconds, host_config=host_config, external=external, engine="model")
