# SPDX-License-Identifier: Apache-2.0
"""Random convolution layers on the emitted Verilog, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..compiler.conv.plan import plan_conv
from ..compiler.conv.random_layers import random_layer
from ..compiler.operand_data import random_operands
from ..config import ClusterConfig
from ..errors import MappingError
from .build import BuiltSimulator
from .cluster import SimulatedCluster
from .conv import run_conv
from .external_memory import ExternalMemory
from .external_run import external_timing
from .outcome import Run

MEMORY_BYTES = 1 << 23
"""Of external memory, more than any of these layers needs."""
HAND_OVER = ("queue", "shadow", "queue", "serial")


@dataclass(frozen=True)
class LayerRun:
    """A random layer and what came of it.

    Attributes
    ----------
    seed : int
    run : Run or None
        None if the cluster's scratchpad has no room for it.
    """

    seed: int
    run: Run | None


def run_layers(config: ClusterConfig, built: BuiltSimulator, seeds: range, external: ExternalMemory | None = None) -> Iterator[LayerRun]:
    """Compute the layers of these seeds, with tensors at any byte address and jobs handed over in every way by turns.

    Raises
    ------
    ToolError
        If the cluster hangs or reports an error.
    """
    external = external or ExternalMemory(latency=100)
    with SimulatedCluster(config, built, external=external, memory_size=MEMORY_BYTES) as cluster:
        for seed in seeds:
            problem = random_layer(config, seed)
            try:
                plan = plan_conv(problem, config, external_timing(config, external))
            except MappingError:
                yield LayerRun(seed, None)
                continue
            places = plan.place(offsets={"a": seed % 13, "out": seed % 7})
            arrays = random_operands(problem, seed, config.accelerator.core)
            yield LayerRun(seed, run_conv(cluster, problem, arrays, seed=seed, host_config=HAND_OVER[seed % len(HAND_OVER)], plan=plan, places=places))
