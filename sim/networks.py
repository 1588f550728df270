# SPDX-License-Identifier: Apache-2.0
"""Convolution layers of published networks, and what a cluster makes of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..compiler.conv.problem import ConvProblem
from ..compiler.operand_data import random_operands
from ..compiler.problem import Rescale
from ..config import ClusterConfig
from .compute import compute
from .external_memory import ExternalMemory
from .mapping import map_problem
from .modeled_run import run_on_model
from .outcome import Run

SHIFT = 40
"""Of the rescaling; results of random operands are of no interest but for their bits."""


@dataclass(frozen=True)
class NetworkLayer:
    """A layer, and how often a network has it.

    Attributes
    ----------
    name : str
    count : int
    problem : ConvProblem
    """

    name: str
    count: int
    problem: ConvProblem


def _layer(name: str, count: int, size: int, channels: int, filters: int, taps: int, stride: int) -> NetworkLayer:
    """A square layer with the padding that keeps its size over the stride."""
    return NetworkLayer(name, count, ConvProblem(size, size, channels, filters, (taps, taps), (stride, stride), (taps // 2,) * 4, c="bias",
                                                 out_type="int8", rescale=Rescale(1 << 30, SHIFT)))


NETWORKS = {
    # K. He et al., Deep Residual Learning for Image Recognition, arXiv 1512.03385, Table 1, with 1 x 1 shortcuts where sizes change.
    "resnet-18": (
        _layer("conv1", 1, 224, 3, 64, 7, 2),
        _layer("conv2", 4, 56, 64, 64, 3, 1),
        _layer("conv3 first", 1, 56, 64, 128, 3, 2), _layer("conv3", 3, 28, 128, 128, 3, 1), _layer("conv3 shortcut", 1, 56, 64, 128, 1, 2),
        _layer("conv4 first", 1, 28, 128, 256, 3, 2), _layer("conv4", 3, 14, 256, 256, 3, 1), _layer("conv4 shortcut", 1, 28, 128, 256, 1, 2),
        _layer("conv5 first", 1, 14, 256, 512, 3, 2), _layer("conv5", 3, 7, 512, 512, 3, 1), _layer("conv5 shortcut", 1, 14, 256, 512, 1, 2),
    ),
}
"""Convolution layers, each kind once, images of 224 x 224 x 3."""


@dataclass(frozen=True)
class MeasuredLayer:
    """A layer and its run."""

    layer: NetworkLayer
    run: Run


def run_network(config: ClusterConfig, name: str, *, engine: str = "rtl", host_config: str | None = None, latency: int = 100) -> Iterator[MeasuredLayer]:
    """Run each kind of layer of a network once, with random operands.

    Raises
    ------
    MappingError, ToolError
        If the cluster cannot do a layer, or hangs.
    """
    external = ExternalMemory(latency=latency)
    for layer in NETWORKS[name]:
        plan, chosen = map_problem(layer.problem, config, external, host_config)
        if engine == "rtl":
            run, _ = compute(plan, random_operands(layer.problem, 0, config.accelerator.core), external, host_config=chosen)
        else:
            run = run_on_model(plan, external, host_config=chosen)
        yield MeasuredLayer(layer, run)


def totals(measured: list[MeasuredLayer], config: ClusterConfig) -> dict[str, Any]:
    """Sums over all layers of a network, each as often as it has it; stable keys."""
    def total(of: Callable[[MeasuredLayer], int]) -> int:
        return sum(one.layer.count * of(one) for one in measured)

    cycles, useful = total(lambda one: one.run.measures.total_cycles), total(lambda one: one.layer.problem.multiply_accumulates)
    flat, multipliers = total(lambda one: one.run.measures.flat_steps), config.accelerator.core.multipliers
    return {"total_cycles": cycles, "multiply_accumulates": useful, "flat_steps": flat, "steps": total(lambda one: one.run.measures.steps),
            "effective_utilization": useful / (multipliers * cycles), "ceiling": useful / (multipliers * flat)}
