# SPDX-License-Identifier: Apache-2.0
"""What is to be computed: one matrix multiplication and how its result is rescaled."""

import math
import re
from dataclasses import dataclass, field, replace
from typing import Literal

from ..config import ClusterConfig, GemmAcceleratorConfig
from ..config.quantizer import COLUMN_BITS, RoundingMode
from ..errors import MappingError

InitialValue = Literal["none", "bias", "full"]
OUTPUT_TYPE = re.compile(r"uint8|int(8|1[6-9]|[23][0-9]|4[0-8])")


@dataclass(frozen=True)
class Rescale:
    """Parameters of the quantizer, per tensor or one multiplier and shift per output column.

    Attributes
    ----------
    multiplier, shift : int or tuple of int
        One for the whole tensor, or one for each column of the result.
    rounding : str
        As `hwgen.quant.model` names them; the quantizer must have it built in.
    """

    multiplier: int | tuple[int, ...] = 1 << 30
    shift: int | tuple[int, ...] = 40
    input_zero_point: int = 0
    output_zero_point: int = 0
    minimum: int = -128
    maximum: int = 127
    rounding: RoundingMode = "double"

    @property
    def per_channel(self) -> bool:
        """Every column has a multiplier and a shift of its own."""
        return isinstance(self.multiplier, tuple) or isinstance(self.shift, tuple)

    def check(self) -> None:
        """Raises MappingError if only one of multiplier and shift is given for every column."""
        if self.per_channel and not (isinstance(self.multiplier, tuple) and isinstance(self.shift, tuple)):
            raise MappingError(f"multiplier and shift must both be given for every column or for the tensor, not {self.multiplier!r} and {self.shift!r}")

    def column(self, index: int) -> tuple[int, int]:
        """Multiplier and shift of a column; beyond the last those of the last."""
        return tuple(value[min(index, len(value) - 1)] if isinstance(value, tuple) else value for value in (self.multiplier, self.shift))


def gemm_accelerator(config: ClusterConfig) -> GemmAcceleratorConfig:
    """The cluster's accelerator, if it multiplies matrices.

    Raises
    ------
    MappingError
        If it does anything else.
    """
    if not isinstance(config.accelerator, GemmAcceleratorConfig):
        raise MappingError(f"a matrix multiplication needs an accelerator of kind gemm, not {config.accelerator.kind}, which {config.name} has")
    return config.accelerator


class Quantizing:
    """What problems have in common whose results may be rescaled: they have an ``out_type`` and a ``rescale``."""

    out_type: str
    rescale: Rescale

    def check_out_type(self) -> None:
        """Raises MappingError if results are of a type that there is not."""
        if not OUTPUT_TYPE.fullmatch(self.out_type):
            raise MappingError(f"out_type must be int8, uint8, or int and the width of sums from 16 to 48, not {self.out_type!r}")

    @property
    def quantizes(self) -> bool:
        """The result comes from the quantizer."""
        return self.out_type in ("int8", "uint8")

    def streams_parameters(self, config: ClusterConfig) -> bool:
        """Whether multipliers and shifts come through the quantizer's own streamer."""
        return self.quantizes and self.rescale.per_channel and config.accelerator.quantizer.parameter_stream


@dataclass(frozen=True)
class GemmProblem(Quantizing):
    """D = (A - a_zero_point) (B - b_zero_point) + C, rescaled to eight bits if asked; once, or for each of a batch.

    Attributes
    ----------
    m, n, k : int
        A is m x k, B is k x n, the result m x n.
    transpose_a, transpose_b : bool
        A is given as k x m, B as n x k.
    c : str
        ``none``, ``bias`` (n values, added to every row) or ``full`` (m x n).
    out_type : str
        ``int8`` or ``uint8`` from the quantizer, or the core's sums as they are: ``int`` and the accumulators' width.
    a_zero_point, b_zero_point : int
        Within the range of the operand.
    rescale : Rescale
        Used for quantized results.
    a_unsigned, b_unsigned : bool
        Elements and zero point are unsigned instead of two's complement.
    batch : int, optional
        So many products, whose matrices follow each other along a first dimension of the arrays; left out, arrays
        have no such dimension.
    a_shared, b_shared : bool
        All products have the same A, the same B, whose array has no such dimension.
    """

    m: int
    n: int
    k: int
    transpose_a: bool = False
    transpose_b: bool = False
    c: InitialValue = "none"
    out_type: str = "int32"
    a_zero_point: int = 0
    b_zero_point: int = 0
    rescale: Rescale = field(default_factory=Rescale)
    a_unsigned: bool = False
    b_unsigned: bool = False
    batch: int | None = None
    a_shared: bool = False
    b_shared: bool = False

    def __post_init__(self) -> None:
        for name in ("m", "n", "k", *(["batch"] if self.batch is not None else [])):
            if getattr(self, name) < 1:
                raise MappingError(f"{name} must be 1 or more, not {getattr(self, name)!r}")
        for name in "ab":
            if self.batch is None and getattr(self, f"{name}_shared"):
                raise MappingError(f"{name}_shared needs a batch, not {self.batch!r}")
        self.rescale.check()
        self.check_out_type()

    def tiles(self, config: ClusterConfig) -> tuple[int, int, int]:
        """Tiles along m, n and k on the cluster's core."""
        core = config.accelerator.core
        return -(-self.m // core.m), -(-self.n // core.n), -(-self.k // core.k)

    def flat_steps(self, config: ClusterConfig) -> int:
        """Least core steps any mapping needs."""
        return math.prod(flattened(self).tiles(config)) * flattened(self).products

    @property
    def products(self) -> int:
        """Of the batch."""
        return 1 if self.batch is None else self.batch

    @property
    def multiply_accumulates(self) -> int:
        """Useful ones, padding excluded."""
        return self.products * self.m * self.n * self.k

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each operand as the user gives it, and of the result."""
        batch = () if self.batch is None else (self.batch,)
        a = (self.k, self.m) if self.transpose_a else (self.m, self.k)
        b = (self.n, self.k) if self.transpose_b else (self.k, self.n)
        shapes: dict[str, tuple[int, ...]] = {"a": a if self.a_shared else (*batch, *a), "b": b if self.b_shared else (*batch, *b)}
        if self.c != "none":
            shapes["c"] = (self.n,) if self.c == "bias" else (*batch, self.m, self.n)
        return shapes | {"out": (*batch, self.m, self.n)}

    def summary(self) -> str:
        """One line for people."""
        a, b = (f"{name}{'ᵀ' if transposed else ''}" for name, transposed in (("A", self.transpose_a), ("B", self.transpose_b)))
        c = {"none": "", "bias": " + bias", "full": f" + C {self.m}x{self.n}"}[self.c]
        a, b = (f"{name} shared" if shared else name for name, shared in ((a, self.a_shared), (b, self.b_shared)))
        batch = "" if self.batch is None else f"{self.batch} x "
        return f"{batch}{a} {self.m}x{self.k} · {b} {self.k}x{self.n}{c} → {self.out_type}"

    def as_dict(self) -> dict:
        """Stable keys for reports."""
        names = ("m", "n", "k", "transpose_a", "transpose_b", "c", "out_type", "a_zero_point", "b_zero_point", "a_unsigned", "b_unsigned",
                 "batch", "a_shared", "b_shared")
        return {"kind": "gemm"} | {name: getattr(self, name) for name in names}

    def compulsory_words(self, config: ClusterConfig) -> int:
        """Bank words that any mapping must move: A and B of every step, C, D and E of every tile once."""
        m, n, _ = flattened(self).tiles(config)
        m *= flattened(self).products
        streamers = config.streamers
        words = self.flat_steps(config) * (streamers["A"].channels + streamers["B"].channels)
        if self.c == "full":
            words += m * n * streamers["C"].channels
        elif self.c == "bias":
            words += n * (streamers["C"].channels // config.accelerator.core.m)
        words += m * n * streamers["E" if self.quantizes else "D"].channels
        return words


def flattened(problem: GemmProblem) -> GemmProblem:
    """The same in one product: of all rows if they follow each other and meet the same B, and of a batch of one."""
    follow = problem.b_shared and not problem.a_shared and not problem.transpose_a
    if problem.batch is None or problem.batch > 1 and not follow:
        return problem
    return replace(problem, m=problem.products * problem.m, batch=None, a_shared=False, b_shared=False)


def compulsory_bytes(problem: Quantizing, config: ClusterConfig) -> int:
    """External bytes that any mapping must move: operands, parameters and result once each."""
    core = config.accelerator.core
    widths = {"a": core.a_width, "b": core.b_width, "c": core.accumulator_width, "out": 8 if problem.quantizes else core.accumulator_width}
    total = sum(-(-math.prod(shape) * widths[role] // 8) for role, shape in problem.shapes.items())
    if problem.streams_parameters(config):
        total += problem.n * COLUMN_BITS // 8
    return total


def bound_cycles(problem: Quantizing, config: ClusterConfig, bandwidth: float | None = None) -> int:
    """No mapping can take fewer cycles: the core's steps, the banks' words or the external bytes, whichever is most.

    ``bandwidth`` is the external memory's in bytes a cycle, left out for operands in the scratchpad. A beat takes no longer
    than a cycle if none came before it, however narrow the memory is.
    """
    external = 1 + max(0, math.ceil((compulsory_bytes(problem, config) - config.dma.data_bytes) / bandwidth)) if bandwidth else 0
    return max(problem.flat_steps(config), -(-problem.compulsory_words(config) // config.memory.banks), external)
