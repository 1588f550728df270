# SPDX-License-Identifier: Apache-2.0
"""Masks of a step against how many bytes of each word are kept."""

import itertools
import random

import pytest
from streamer.combinational import outputs_of

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer import model
from hwgen.streamer.tail import TailMask


def mask(bounds, bank_width):
    memory = MemoryConfig(banks=8, bank_width=bank_width, bank_depth=4)
    config = StreamerConfig(mode="read", spatial_bounds=bounds, groups=(8,), tail_masks=True)
    return TailMask(memory, config)


def case(bounds, acting, lanes, edges, word):
    settings = {f"tail_lanes_{s}": lanes[s] for s in range(len(bounds))} | {f"tail_bytes_{s}": edges[s] for s in range(len(bounds))}
    return {"tail": sum(acts << k for k, acts in enumerate(acting)), "settings": settings | {"tail_word_bytes": word}}


def check(dut, settings):
    """Compare masks for each tuple of which act, and what they keep."""
    word_bytes, bounds = dut.memory.word_bytes, dut.config.spatial_bounds
    cases = [case(bounds, *values) for values in settings]
    for values, (lanes, kept) in zip(settings, outputs_of(dut, cases, "lanes", "bytes"), strict=True):
        counts = [model.bytes_kept(lane, word_bytes, *values) for lane in dut.config.lanes()]
        assert kept == [(1 << count) - 1 for count in counts], values
        assert [lanes >> c & 1 for c in range(dut.config.channels)] == [count > 0 for count in counts], values


@pytest.mark.parametrize("bounds,bank_width", [((1,), 8), ((3,), 16), ((2, 2), 8)])
def test_every_setting(bounds, bank_width):
    dut = mask(bounds, bank_width)
    word_bytes = bank_width // 8
    acting = itertools.product((0, 1), repeat=len(bounds) + 1)
    lanes = itertools.product(*(range(bound + 1) for bound in bounds))
    edges = itertools.product(range(word_bytes + 1), repeat=len(bounds))
    check(dut, list(itertools.product(acting, lanes, edges, range(word_bytes + 1))))


@pytest.mark.parametrize("bounds,bank_width", [((8,), 64), ((8, 4), 64), ((3, 2, 2), 512), ((128,), 32)])
def test_random_settings(bounds, bank_width):
    rng, word_bytes = random.Random(bank_width), bank_width // 8
    settings = [([rng.randrange(2) for _ in range(len(bounds) + 1)], [rng.randint(0, bound) for bound in bounds],
                 [rng.randint(0, word_bytes) for _ in bounds], rng.randint(0, word_bytes)) for _ in range(60)]
    check(mask(bounds, bank_width), settings)


def test_keeps_what_the_documents_say():
    """14 of 16 elements of two bytes: of 8-byte words, three are whole and the fourth is half."""
    dut = mask((8,), 64)
    ((lanes, kept),) = outputs_of(dut, [case((8,), (1, 0), (3,), (4,), 0)], "lanes", "bytes")
    assert lanes == 0b1111 and kept == [0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0, 0]


def test_needs_a_streamer_with_tail_masks():
    with pytest.raises(ValueError, match="TailMask needs a config with tail_masks, not False"):
        TailMask(MemoryConfig(), StreamerConfig(mode="read", spatial_bounds=(2,)))
