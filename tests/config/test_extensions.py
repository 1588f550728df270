# SPDX-License-Identifier: Apache-2.0
"""Shipped extensions as they are described: what they refuse, what a job sets of them."""

import re

import pytest

from hwgen.config import (
    BroadcasterConfig,
    ExtensionConfig,
    MemoryConfig,
    RequantizeConfig,
    StreamerConfig,
    TransposerConfig,
    ZeroFillConfig,
    elements_of,
    words_from,
)
from hwgen.config.streamer_unit import streamer_unit

NARROW = MemoryConfig(bank_width=8)
TRANSPOSER, REQUANTIZE, ZERO_FILL = TransposerConfig(kind="transposer"), RequantizeConfig(kind="requantize"), ZeroFillConfig(kind="zero_fill")


def streamer(*extensions, mode="read", channels=8, **options):
    return StreamerConfig(mode=mode, spatial_bounds=(channels,), extensions=extensions, **options)


@pytest.mark.parametrize("config, memory", [
    (streamer(TRANSPOSER), MemoryConfig()),
    (streamer(TransposerConfig(kind="transposer", element_width=64, rows=8)), MemoryConfig()),
    (streamer(TransposerConfig(kind="transposer", rows=4), channels=4), MemoryConfig()),
    (streamer(REQUANTIZE, mode="write"), NARROW),
    (streamer(ZERO_FILL, REQUANTIZE, tail_masks=True), NARROW),
])
def test_accepts(config, memory):
    for extension in config.extensions:
        extension.check(config, memory)


@pytest.mark.parametrize("config, memory, complaint", [
    (streamer(TRANSPOSER, channels=4), MemoryConfig(),
     "a transposer needs rows unless a word has as many elements as there are channels, 4, not 8"),
    (streamer(TransposerConfig(kind="transposer", rows=3)), MemoryConfig(),
     "a transposer's rows must divide the 64 elements of a step, not 3"),
    (streamer(TransposerConfig(kind="transposer", element_width=16)), NARROW,
     "a transposer's element_width must not exceed the 8 bits of a word, not 16"),
    (streamer(BroadcasterConfig(kind="broadcaster", factor=3)), MemoryConfig(),
     "a broadcaster needs a reader whose 8 channels divide by its factor, not 3 on a read streamer"),
    (streamer(BroadcasterConfig(kind="broadcaster"), mode="write"), MemoryConfig(),
     "a broadcaster needs a reader whose 8 channels divide by its factor, not 8 on a write streamer"),
    (streamer(RequantizeConfig(kind="requantize", element_width=16)), NARROW,
     "requantize's element_width must not exceed the 8 bits of a word, not 16"),
    (streamer(ZeroFillConfig(kind="zero_fill", element_width=32), tail_masks=True), NARROW,
     "zero_fill's element_width must not exceed the 8 bits of a word, not 32"),
    *((config, MemoryConfig(), ("zero_fill must be the first extension of a reader with tail_masks, which leave bytes out,"
                                f" not on a {config.mode} streamer with {names} and tail_masks = {masks}"))
      for config, names, masks in [
          (streamer(ZERO_FILL), "zero_fill", "false"),
          (streamer(ZERO_FILL, mode="write", tail_masks=True), "zero_fill", "true"),
          (streamer(TRANSPOSER, ZERO_FILL, tail_masks=True), "transposer, zero_fill", "true"),
      ]),
])
def test_refuses(config, memory, complaint):
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        for extension in config.extensions:
            extension.check(config, memory)


def test_fields_are_named_after_the_extension():
    unit = streamer_unit("X", streamer(ZERO_FILL, REQUANTIZE, tail_masks=True), MemoryConfig())
    fields = {field.name: (field.lowest, field.highest) for field in unit.fields if field.name.startswith(("zero", "requantize"))}
    assert fields == {
        "zero_fill_enable": (0, 1), "zero_fill_fill_value": (-128, 127),
        "requantize_enable": (0, 1), "requantize_input_zero_point": (-128, 127), "requantize_output_zero_point": (-128, 127),
        "requantize_multiplier": (0, 65535), "requantize_shift": (0, 31),
    }


@pytest.mark.parametrize("width", [8, 16])
def test_zero_points_are_as_wide_as_elements(width):
    fields = RequantizeConfig(kind="requantize", element_width=width).fields
    assert [field.width for field in fields] == [width, width, 16, 5]


def test_without_a_model_there_is_no_result():
    with pytest.raises(NotImplementedError, match="extension other has no golden model"):
        ExtensionConfig(kind="other").golden([0], [0], {}, MemoryConfig())


@pytest.mark.parametrize("width", [1, 4, 8, 16, 32])
def test_elements_lie_lowest_first(width):
    memory = MemoryConfig(bank_width=32)
    words = [0x7654_3210, 0xFEDC_BA98]
    elements = elements_of(words, width, memory)
    assert sum(element << width * i for i, element in enumerate(elements)) == 0xFEDC_BA98_7654_3210
    assert len(elements) == 64 // width
    assert words_from(elements, width, memory) == words
    assert words_from([element - (1 << width) for element in elements], width, memory) == words
