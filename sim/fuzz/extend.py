# SPDX-License-Identifier: Apache-2.0
"""What the datapath extensions make of one step's words, from the register reference alone."""

from .walk import Config, Fields


def elements(words: list[int], width: int, word_bits: int) -> list[int]:
    """Unsigned elements of ``width`` bits, from bit 0 of the first word on."""
    return [word >> bit & (1 << width) - 1 for word in words for bit in range(0, word_bits, width)]


def joined(values: list[int], width: int, word_bits: int) -> list[int]:
    """Undo `elements`; only the low bits of each value count."""
    per_word, mask = word_bits // width, (1 << width) - 1
    return [sum((value & mask) << i * width for i, value in enumerate(values[at:at + per_word]))
            for at in range(0, len(values), per_word)]


def signed(value: int, width: int) -> int:
    """The low ``width`` bits in two's complement."""
    value &= (1 << width) - 1
    return value - (1 << width) if value >> width - 1 else value


def transposed(words: list[int], extension: Config, word_bits: int) -> list[int]:
    width = extension["element_width"]
    tile = elements(words, width, word_bits)
    rows = extension.get("rows") or len(words)
    return joined([tile[i] for first in range(len(tile) // rows) for i in range(first, len(tile), len(tile) // rows)],
                  width, word_bits)


def requantized(words: list[int], extension: Config, word_bits: int, fields: Fields) -> list[int]:
    width, name = extension["element_width"], extension["kind"]
    multiplier, shift = fields.get(f"{name}_multiplier", 0), fields.get(f"{name}_shift", 0)
    results = []
    for element in elements(words, width, word_bits):
        product = (signed(element, width) - fields.get(f"{name}_input_zero_point", 0)) * multiplier
        # Half a unit of the result is added, then everything below it dropped.
        rounded = (2 * product + (1 << shift)) // (2 << shift)
        total = rounded + fields.get(f"{name}_output_zero_point", 0)
        results.append(min(max(total, -1 << width - 1), (1 << width - 1) - 1))
    return joined(results, width, word_bits)


def filled(words: list[int], kept: list[int], extension: Config, word_bits: int, fields: Fields) -> list[int]:
    width = extension["element_width"]
    (filler,) = joined([fields.get("zero_fill_fill_value", 0)] * (word_bits // width), width, word_bits)
    return [word | filler >> 8 * count << 8 * count for word, count in zip(words, kept, strict=True)]


def extended(words: list[int], kept: list[int], streamer: Config, memory: Config, fields: Fields) -> list[int]:
    """Words of one step after all extensions that act.

    Parameters
    ----------
    words : list of int
        One for each channel; bytes beyond the kept ones are zero.
    kept : list of int
        For each channel, how many bytes no mask left out.
    """
    bits = memory["bank_width"]
    for extension in streamer["extensions"]:
        kind = extension["kind"]
        if not fields.get(f"{kind}_enable", 0):
            continue
        if kind == "transposer":
            words = transposed(words, extension, bits)
        elif kind == "broadcaster":
            words = words[:len(words) // extension["factor"]] * extension["factor"]
        elif kind == "requantize":
            words = requantized(words, extension, bits, fields)
        elif kind == "zero_fill":
            words = filled(words, kept, extension, bits, fields)
        else:
            raise ValueError(f"extension must be one that ships with the generator, not {kind!r}")
    return words
