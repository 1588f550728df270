# SPDX-License-Identifier: Apache-2.0
"""Layers on clusters from Python: arrays in, results and measures out.

>>> import numpy as np
>>> from hwgen.api import Cluster, Tensor, compile, conv
>>> x = Tensor(np.zeros((1, 8, 8, 4), np.int8), zero_point=3)
>>> w = Tensor(np.ones((4, 3, 3, 4), np.int8))
>>> mapped = compile(conv(x, w, padding="same", out_type="int32"), Cluster("tiny"))
>>> mapped.plan.steps
1152
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from .compiler.conv.plan import ConvPlan
from .compiler.conv.problem import ConvProblem, same_padding
from .compiler.gemm import Plan
from .compiler.operand_data import check_arrays
from .compiler.problem import GemmProblem, Rescale, gemm_accelerator
from .compiler.program import Program
from .compiler.tiled.plan import TiledPlan
from .config import ClusterConfig, load
from .errors import DataError

__all__ = ["Cluster", "Layer", "Mapped", "Rescale", "Tensor", "compile", "conv", "gemm", "run"]


@dataclass(frozen=True)
class Tensor:
    """An array of integers and what stands for zero in it.

    Attributes
    ----------
    array : array
        Of int8 or uint8 (int16, uint16 on cores with such operands).
    zero_point : int

    Raises
    ------
    DataError
        If they are of another kind.
    """

    array: np.ndarray
    zero_point: int = 0

    def __post_init__(self) -> None:
        _check_array("array", self.array)
        if isinstance(self.zero_point, bool) or not isinstance(self.zero_point, (int, np.integer)):
            raise DataError(f"zero_point must be an integer, not {self.zero_point!r}")
        object.__setattr__(self, "zero_point", int(self.zero_point))

    @property
    def unsigned(self) -> bool:
        return self.array.dtype.kind == "u"


@dataclass(frozen=True)
class Layer:
    """What is to be computed, and of what.

    Attributes
    ----------
    problem : GemmProblem or ConvProblem
    arrays : dict of array
        ``a``, ``b`` and ``c`` as the problem has them.
    """

    problem: GemmProblem | ConvProblem
    arrays: Mapping[str, np.ndarray]


def _check_array(name: str, array: object) -> None:
    """Refuse what is no array."""
    if not isinstance(array, np.ndarray):
        raise DataError(f"{name} must be a NumPy array, not {type(array).__name__}")


def _check_operands(tensors: Mapping[str, object], addend: tuple[str, object]) -> None:
    """Refuse operands that are no tensors, and what is added to their products unless it is an array or nothing."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise DataError(f"{name} must be a Tensor, not {type(tensor).__name__}")
    if addend[1] is not None:
        _check_array(*addend)


def gemm(a: Tensor, b: Tensor, c: np.ndarray | None = None, *, transpose_a: bool = False, transpose_b: bool = False,
         out_type: str = "int32", rescale: Rescale | None = None) -> Layer:
    """A times B, plus C; with three dimensions, a batch of such products.

    Parameters
    ----------
    a, b : Tensor, shapes (M, K) and (K, N), or (K, M) and (N, K) if transposed
        In a batch with another dimension before these; one of two dimensions is the same for all products.
    c : array, shape (N,) or (M, N), optional
        In a batch (N,) or (batch, M, N).
    out_type : str
        ``int8`` or ``uint8``, or the core's sums.
    rescale : Rescale, optional
        Of quantized results.

    Raises
    ------
    DataError, MappingError
    """
    _check_operands({"a": a, "b": b}, ("c", c))
    for name, tensor in (("a", a), ("b", b)):
        if tensor.array.ndim not in (2, 3):
            raise DataError(f"{name} must have two dimensions, or three in a batch, not shape {tensor.array.shape}")
    (m, k), n = a.array.shape[-2:][::-1] if transpose_a else a.array.shape[-2:], b.array.shape[-2 if transpose_b else -1]
    batch = next((tensor.array.shape[0] for tensor in (a, b) if tensor.array.ndim == 3), None)
    shared = [batch is not None and tensor.array.ndim == 2 for tensor in (a, b)]
    kind = "none" if c is None else "bias" if c.ndim == 1 else "full"
    problem = GemmProblem(m, n, k, transpose_a, transpose_b, kind, out_type, a.zero_point, b.zero_point, rescale or Rescale(), a.unsigned, b.unsigned,
                          batch, *shared)
    return Layer(problem, {"a": a.array, "b": b.array} | ({} if c is None else {"c": c}))


def conv(x: Tensor, w: Tensor, bias: np.ndarray | None = None, *, stride: int | tuple[int, int] = 1,
         padding: Literal["same"] | int | tuple[int, int, int, int] = 0, dilation: int | tuple[int, int] = 1, groups: int = 1,
         out_type: str = "int8", rescale: Rescale | None = None) -> Layer:
    """Filters slid over images.

    Parameters
    ----------
    x : Tensor, shape (batch, height, width, channels)
    w : Tensor, shape (filters, rows, columns, channels of a group)
    bias : array, shape (filters,), optional
    stride, dilation : int, or (down, across)
    padding : "same", int, or (above, below, left, right)
    groups : int
    out_type : str
    rescale : Rescale, optional

    Raises
    ------
    DataError, MappingError
    """
    _check_operands({"x": x, "w": w}, ("bias", bias))
    for name, tensor in (("x", x), ("w", w)):
        if tensor.array.ndim != 4:
            raise DataError(f"{name} must have four dimensions, not shape {tensor.array.shape}")
    batch, height, width, channels = x.array.shape
    filters, *taps, _ = w.array.shape
    steps, apart = ((value, value) if isinstance(value, int) else value for value in (stride, dilation))
    if padding == "same":
        padding = same_padding((height, width), tuple(taps), steps, apart)
    elif isinstance(padding, int):
        padding = (padding,) * 4
    problem = ConvProblem(height, width, channels, filters, tuple(taps), steps, padding, apart, groups, batch, "none" if bias is None else "bias",
                          out_type, x.zero_point, w.zero_point, rescale or Rescale(), x.unsigned, w.unsigned)
    return Layer(problem, {"a": x.array, "b": w.array} | ({} if bias is None else {"c": bias}))


@dataclass
class Cluster:
    """A cluster to compute on; its simulator is compiled at the first run and kept in the cache.

    Parameters
    ----------
    config : str, Path or ClusterConfig
        A preset's name, a TOML file, or a config.
    latency : int
        Cycles of external memory from a request to its answer.
    bandwidth : float, optional
        Bytes a cycle of external memory; a beat of the port if left out.
    """

    config: str | Path | ClusterConfig = "datamaestro"
    latency: int = 100
    bandwidth: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.config, ClusterConfig):
            self.config = load(str(self.config))

    @property
    def external(self):
        """External memory as it behaves in runs; None on clusters without.

        Raises
        ------
        DataError
            If no memory can be so.
        """
        from .sim.external_memory import ExternalMemory

        if self.config.dma is None:
            return None
        try:
            return ExternalMemory(latency=self.latency, bandwidth=self.bandwidth)
        except (TypeError, ValueError) as error:
            raise DataError(str(error)) from None


@dataclass(frozen=True)
class Mapped:
    """A layer mapped onto a cluster.

    Attributes
    ----------
    layer : Layer
    cluster : Cluster
    plan : Plan, TiledPlan or ConvPlan
        Tiles, bank plan, expected cycles.
    host_config : str
        How jobs are best handed over.
    """

    layer: Layer
    cluster: Cluster
    plan: Plan | TiledPlan | ConvPlan
    host_config: str

    def program(self) -> Program:
        """Buffers and jobs, to print, save or check."""
        return self.plan.program()

    def run(self, *, engine: Literal["rtl", "model"] = "rtl", host_config: str | None = None, seed: int = 0):
        """As `run`."""
        return run(self, engine=engine, host_config=host_config, seed=seed)


def compile(layer: Layer, cluster: Cluster) -> Mapped:
    """Find the mapping with the fewest expected cycles.

    On a cluster with dma from external memory to external memory, else in the scratchpad.

    Raises
    ------
    MappingError, DataError
        If the cluster cannot do it, or arrays are not those of the problem.
    """
    from .sim.mapping import map_problem

    check_arrays(layer.problem, dict(layer.arrays), gemm_accelerator(cluster.config).core)
    mapped, host_config = map_problem(layer.problem, cluster.config, cluster.external)
    return Mapped(layer, cluster, mapped, host_config)


def run(what: Layer | Mapped, cluster: Cluster | None = None, *, engine: Literal["rtl", "model"] = "rtl", host_config: str | None = None, seed: int = 0):
    """Compute a layer on the emitted Verilog, or measure it on the cycle model.

    Parameters
    ----------
    what : Layer or Mapped
    cluster : Cluster
        For a layer that is not mapped yet.
    engine : {"rtl", "model"}
        The model has no data, so there is no result.
    host_config : str, optional
        ``serial``, ``shadow`` or ``queue``; the fastest that the cluster can do if left out.
    seed : int
        Of what surrounds the operands in memory.

    Returns
    -------
    hwgen.sim.outcome.Run
        With ``result``, ``bit_exact`` and ``measures``.

    Raises
    ------
    DataError, MappingError, ToolError
    """
    if isinstance(what, Layer):
        if cluster is None:
            raise DataError("cluster must be given for a layer that has not been compiled, not None")
        what = compile(what, cluster)
    from .sim.compute import compute
    from .sim.modeled_run import run_on_model

    external = what.cluster.external
    chosen = host_config or what.host_config
    if engine == "model":
        return run_on_model(what.plan, external, host_config=chosen)
    if engine != "rtl":
        raise DataError(f"engine must be rtl or model, not {engine!r}")
    outcome, _ = compute(what.plan, dict(what.layer.arrays), external, host_config=chosen, seed=seed)
    return outcome
