# SPDX-License-Identifier: Apache-2.0
"""Golden model of GeMM core and quantizer as one accelerator: streams of tiles in, streams of tiles out."""

from collections.abc import Iterator

import numpy as np

from ..config import Example, GemmAcceleratorConfig
from ..config.accelerator import Jobs, Streams
from ..config.quantizer import COLUMN_BITS
from ..gemm import model as gemm_model
from ..quant import model as quantizer_model

QUANTIZER_FIELDS = ("input_zero_point", "output_zero_point", "minimum", "maximum")


def golden(config: GemmAcceleratorConfig, inputs: Streams, jobs: Jobs) -> Streams:
    """Words of D and E from those of A, B, C and P; as `AcceleratorConfig.golden`. Passes of a mover have no part in it."""
    words = {name: iter(rows) for name, rows in inputs.items()}
    tile_bytes = config.core.m * config.core.n * config.core.accumulator_width // 8
    result_bytes = config.core.m * config.core.n * config.quantizer.result_width // 8
    sums, queued = [], []
    for job in jobs["core"]:
        for tile in _tiles(config, job, words):
            (queued if job.get("quantize") else sums).append(tile)
    results, waiting = [], iter(queued)
    for job in jobs.get("quantizer", ()):
        for _ in range(job.get("tiles", 0)):
            results.append(_rescaled(config, job, next(waiting), words))
    return {
        "D": _rows(sums, config.core.accumulator_width, tile_bytes),
        "E": _rows(results, config.quantizer.result_width, result_bytes),
    }


def _number(words: Iterator[np.ndarray]) -> int:
    return int.from_bytes(next(words).tobytes(), "little")


def _tiles(config, job, words):
    """Result tiles of one job of the core."""
    core, steps = config.core, job["steps"]
    reading = {f"{x}_{what}": job.get(f"{x}_{what}", 0) for x in "ab" for what in ("zero_point", "unsigned")}
    widths = core.model_dump(include={"a_width", "b_width", "accumulator_width"})
    for _ in range(job["tiles"] if steps else 0):
        c = gemm_model.unpack(_number(words["C"]), (core.m, core.n), core.accumulator_width) if job.get("add_c") else None
        a, b = ([gemm_model.unpack(_number(words[name]), shape, width) for _ in range(steps)]
                for name, shape, width in (("A", (core.m, core.k), core.a_width), ("B", (core.k, core.n), core.b_width)))
        yield gemm_model.tile(a, b, c, **reading, **widths)


def _rescaled(config, job, tile, words):
    """One tile of the quantizer, with its own parameters if they are streamed."""
    quantizer, columns = config.quantizer, range(config.core.n)
    if job.get("per_channel"):
        word = _number(words["P"])
        entries = [word >> COLUMN_BITS * j for j in columns]
        multiplier = [((entry & 0xFFFF_FFFF) ^ 1 << 31) - (1 << 31) for entry in entries]
        shift = [entry >> 32 & 63 for entry in entries]
    else:
        multiplier, shift = ([job.get(f"{name}_{j % quantizer.channels}", 0) for j in columns] for name in ("multiplier", "shift"))
    return quantizer_model.rescale(
        tile, multiplier=multiplier, shift=shift, **{name: job.get(name, 0) for name in QUANTIZER_FIELDS},
        rounding=quantizer.rounding_modes[job.get("rounding", 0)], input_width=config.core.accumulator_width,
        result_width=quantizer.result_width)


def _rows(tiles, width: int, size: int) -> np.ndarray:
    data = b"".join(gemm_model.pack(tile, width).to_bytes(size, "little") for tile in tiles)
    return np.frombuffer(data, np.uint8).reshape(len(tiles), size)


def example(config: GemmAcceleratorConfig, random: np.random.Generator) -> Example:
    """A job of a few tiles with any settings."""
    core, quantizer = config.core, config.quantizer
    steps, tiles = int(random.integers(1, 6)), int(random.integers(1, 6))
    add_c, quantize, streamed = (int(random.integers(2)) for _ in range(3))
    streamed &= quantize & quantizer.parameter_stream
    unsigned = {x: int(random.integers(2)) for x in "ab"}
    fields = {"steps": steps, "tiles": tiles, "add_c": add_c, "quantize": quantize}
    for x, width in (("a", core.a_width), ("b", core.b_width)):
        lowest = 0 if unsigned[x] else -(1 << width - 1)
        fields |= {f"{x}_unsigned": unsigned[x], f"{x}_zero_point": int(random.integers(lowest, lowest + (1 << width)))}
    units = {"core": fields}
    if quantize:
        units["quantizer"] = {"tiles": tiles} | _rescaling(config, random, streamed)
    words = {"A": steps * tiles, "B": steps * tiles, "C": tiles * add_c, "D": tiles * (1 - quantize), "E": tiles * quantize}
    if quantizer.parameter_stream:
        words["P"] = tiles * streamed
    return Example(words, units)


def _rescaling(config, random, streamed):
    """Fields of the quantizer such that not everything ends at a limit."""
    quantizer, width = config.quantizer, config.quantizer.result_width
    spread = config.core.a_width + config.core.b_width + 2 - width
    fields = {"input_zero_point": int(random.integers(-128, 128)), "output_zero_point": int(random.integers(-4, 4)),
              "minimum": -(1 << width - 1), "maximum": (1 << width - 1) - 1}
    if len(quantizer.rounding_modes) > 1:
        fields["rounding"] = int(random.integers(len(quantizer.rounding_modes)))
    if quantizer.parameter_stream:
        fields["per_channel"] = streamed
    for j in range(quantizer.channels):
        fields |= {f"multiplier_{j}": int(random.integers(1 << 29, 1 << 31)), f"shift_{j}": min(63, max(0, 30 + spread + int(random.integers(-2, 3))))}
    return fields
