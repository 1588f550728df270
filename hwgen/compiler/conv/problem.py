# SPDX-License-Identifier: Apache-2.0
"""What is to be computed: one convolution layer and how its result is rescaled."""

import math
from dataclasses import dataclass, field
from typing import Literal

from ...config import ClusterConfig
from ...errors import MappingError
from ..problem import Quantizing, Rescale


def same_padding(size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int, int, int]:
    """Padding for as many results as pixels over stride, rounded up; what cannot be halved goes below and to the right."""
    made = []
    for length, taps, step, apart in zip(size, kernel, stride, dilation, strict=True):
        missing = max(0, (-(-length // max(1, step)) - 1) * step + (taps - 1) * apart + 1 - length)
        made += [missing // 2, missing - missing // 2]
    return tuple(made)


@dataclass(frozen=True)
class ConvProblem(Quantizing):
    """Filters slid over images, plus a bias, rescaled to eight bits if asked.

    Attributes
    ----------
    height, width, channels : int
        Of an image, which lies row by row, pixel by pixel, channel by channel (NHWC).
    filters : int
        Channels of the result.
    kernel : (int, int)
        Rows and columns of a filter.
    stride, dilation : (int, int)
        Down and across.
    padding : (int, int, int, int)
        Rows above and below, columns to the left and to the right, of the input's zero point.
    groups : int
        Each group of filters sees a group of channels only.
    batch : int
        Images.
    c : {"none", "bias"}
        ``bias``: a value for each filter.
    out_type : str
        ``int8`` or ``uint8`` from the quantizer, or the core's sums: ``int`` and their width.
    a_zero_point, b_zero_point : int
        Of the images and of the filters.
    rescale : Rescale
        Per tensor or per filter.
    a_unsigned, b_unsigned : bool
    """

    height: int
    width: int
    channels: int
    filters: int
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    batch: int = 1
    c: Literal["none", "bias"] = "none"
    out_type: str = "int32"
    a_zero_point: int = 0
    b_zero_point: int = 0
    rescale: Rescale = field(default_factory=Rescale)
    a_unsigned: bool = False
    b_unsigned: bool = False

    def __post_init__(self) -> None:
        for name in ("height", "width", "channels", "filters", "groups", "batch"):
            if getattr(self, name) < 1:
                raise MappingError(f"{name} must be 1 or more, not {getattr(self, name)!r}")
        for name in ("kernel", "stride", "dilation"):
            if min(getattr(self, name)) < 1:
                raise MappingError(f"{name} must be 1 or more down and across, not {getattr(self, name)!r}")
        if min(self.padding) < 0:
            raise MappingError(f"padding must not be negative, not {self.padding!r}")
        for name in ("channels", "filters"):
            if getattr(self, name) % self.groups:
                raise MappingError(f"{name} must be a multiple of the {self.groups} groups, not {getattr(self, name)!r}")
        if self.c not in ("none", "bias"):
            raise MappingError(f"c must be none or bias, not {self.c!r}")
        self.check_out_type()
        self.rescale.check()
        for name, size, window in zip(("height", "width"), self.padded, self.window, strict=True):
            if size < window:
                raise MappingError(f"{name} with its padding must be at least the {window} that the kernel spans, not {size}")

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns that a dilated kernel spans."""
        return tuple((taps - 1) * step + 1 for taps, step in zip(self.kernel, self.dilation, strict=True))

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width of an image with its padding."""
        top, bottom, left, right = self.padding
        return self.height + top + bottom, self.width + left + right

    @property
    def out_size(self) -> tuple[int, int]:
        """Height and width of the result."""
        return tuple((size - window) // step + 1 for size, window, step in zip(self.padded, self.window, self.stride, strict=True))

    @property
    def pixels(self) -> int:
        """Of the result, all images together."""
        return self.batch * math.prod(self.out_size)

    @property
    def taps(self) -> int:
        """Elements of a filter."""
        return math.prod(self.kernel) * self.channels // self.groups

    @property
    def n(self) -> int:
        """Columns of the matrix that the result is to the core."""
        return self.filters

    @property
    def multiply_accumulates(self) -> int:
        """Useful ones, those on padding included."""
        return self.pixels * self.filters * self.taps

    def flat_steps(self, config: ClusterConfig) -> int:
        """Core steps of a matrix multiplication of the same size for each group, all of it flattened."""
        core = config.accelerator.core
        return self.groups * -(-self.pixels // core.m) * -(-self.filters // self.groups // core.n) * -(-self.taps // core.k)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each operand as the user gives it, and of the result."""
        shapes: dict[str, tuple[int, ...]] = {
            "a": (self.batch, self.height, self.width, self.channels),
            "b": (self.filters, *self.kernel, self.channels // self.groups),
        }
        if self.c == "bias":
            shapes["c"] = (self.filters,)
        return shapes | {"out": (self.batch, *self.out_size, self.filters)}

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{self.batch} x " if self.batch > 1 else "", f"{self.height}x{self.width}x{self.channels}", f" · {self.filters} filters {self.kernel[0]}x{self.kernel[1]}"]
        for name, usual in (("stride", (1, 1)), ("padding", (0, 0, 0, 0)), ("dilation", (1, 1))):
            if (value := getattr(self, name)) != usual:
                parts.append(f", {name} {'x'.join(map(str, value)) if len(value) == 2 else ','.join(map(str, value))}")
        if self.groups > 1:
            parts.append(f", {self.groups} groups")
        if self.c == "bias":
            parts.append(" + bias")
        return "".join([*parts, f" → {'x'.join(map(str, self.out_size))}x{self.filters} {self.out_type}"])

    def as_dict(self) -> dict:
        """Stable keys for reports."""
        names = ("batch", "height", "width", "channels", "filters", "kernel", "stride", "padding", "dilation", "groups", "c", "out_type",
                 "a_zero_point", "b_zero_point", "a_unsigned", "b_unsigned")
        return {"kind": "conv"} | {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in names}

    def compulsory_words(self, config: ClusterConfig) -> int:
        """Bank words that the flattened steps must move: A and B of every step, the bias, D or E of every tile once."""
        core, streamers = config.accelerator.core, config.streamers
        tiles = self.groups * -(-self.pixels // core.m) * -(-self.filters // self.groups // core.n)
        words = self.flat_steps(config) * (streamers["A"].channels + streamers["B"].channels)
        if self.c == "bias":
            words += -(-self.filters // core.n) * (streamers["C"].channels // core.m)
        return words + tiles * streamers["E" if self.quantizes else "D"].channels
