# SPDX-License-Identifier: Apache-2.0
"""What the shipped accelerators compute, in plain integers, from their register descriptions alone."""

from collections.abc import Sequence

from .extend import signed
from .walk import Config, Fields


def unpacked(word: int, count: int, width: int, unsigned: bool = False) -> list[int]:
    """Elements of a stream word from bit 0 on."""
    low = [word >> i * width & (1 << width) - 1 for i in range(count)]
    return low if unsigned else [signed(value, width) for value in low]


def packed(values: Sequence[int], width: int) -> int:
    return sum((value & (1 << width) - 1) << i * width for i, value in enumerate(values))


def product_tile(core: Config, fields: Fields, a: Sequence[int], b: Sequence[int], c: int | None) -> list[int]:
    """M x N sums, row by row, of one output tile.

    Parameters
    ----------
    a, b : sequence of int
        Words of the tile's steps: M x K and K x N elements, row by row.
    c : int or None
        Word of initial values.
    """
    m, n, k, width = core["m"], core["n"], core["k"], core["accumulator_width"]
    sums = [0] * (m * n) if c is None else unpacked(c, m * n, width)
    a_zero, b_zero = (unpacked(fields.get(f"{x}_zero_point", 0), 1, core[f"{x}_width"], bool(fields.get(f"{x}_unsigned", 0)))[0]
                      for x in "ab")
    for a_word, b_word in zip(a, b, strict=True):
        left = unpacked(a_word, m * k, core["a_width"], bool(fields.get("a_unsigned", 0)))
        right = unpacked(b_word, k * n, core["b_width"], bool(fields.get("b_unsigned", 0)))
        for i in range(m):
            for j in range(n):
                sums[i * n + j] += sum((left[i * k + x] - a_zero) * (right[x * n + j] - b_zero) for x in range(k))
    return [signed(value, width) for value in sums]


def rounded(product: int, shift: int, mode: str) -> int:
    """``product / 2**shift`` rounded to an integer, as the register ``rounding`` names the ways."""
    if shift == 0:
        return product
    quotient, rest = divmod(product, 1 << shift)
    half = 1 << shift - 1
    if mode == "half_up":
        return quotient + (rest >= half)
    if mode == "half_even":
        return quotient + (rest > half or (rest == half and quotient % 2 == 1))
    if mode == "double":
        # Negative products mirror the others around -1/2.
        return quotient + (rest >= half) if product >= 0 else ~rounded(~product, shift, mode)
    if mode == "gemmlowp":
        if shift <= 31:
            return rounded(product, shift, "half_up")
        high = rounded(product, 31, "half_up")
        size = rounded(abs(high), shift - 31, "half_up")
        return size if high >= 0 else -size
    raise ValueError(f"rounding mode must be double, gemmlowp, half_even or half_up, not {mode!r}")


def rescaled(sums: Sequence[int], n: int, quantizer: Config, fields: Fields, columns: Sequence[tuple[int, int]] | None = None) -> list[int]:
    """Results of one tile of ``n`` columns.

    Parameters
    ----------
    columns : sequence of (multiplier, shift), optional
        One for each column, instead of those of the registers.
    """
    if columns is None:
        count = quantizer["channels"]
        columns = [(fields.get(f"multiplier_{j % count}", 0), fields.get(f"shift_{j % count}", 0)) for j in range(n)]
    mode = quantizer.get("rounding_modes", ["double"])[fields.get("rounding", 0)]
    results = []
    for index, value in enumerate(sums):
        multiplier, shift = columns[index % n]
        total = rounded((value - fields.get("input_zero_point", 0)) * multiplier, shift, mode) + fields.get("output_zero_point", 0)
        lowest, highest = fields.get("minimum", 0), fields.get("maximum", 0)
        results.append(highest if total > highest else max(total, lowest))
    return results


def added(x: int, y: int, accelerator: Config) -> int:
    """Element by element the sum, limited to the element's range."""
    width = accelerator["element_width"]
    count, most = accelerator["width"] // width, (1 << width - 1) - 1
    pairs = zip(unpacked(x, count, width), unpacked(y, count, width), strict=True)
    return packed([min(max(left + right, -most - 1), most) for left, right in pairs], width)


def largest(words: Sequence[int], accelerator: Config, unsigned: bool) -> int:
    """Element by element the largest of a window's words."""
    width = accelerator["element_width"]
    rows = [unpacked(word, accelerator["width"] // width, width, unsigned) for word in words]
    return packed([max(column) for column in zip(*rows, strict=True)], width)
