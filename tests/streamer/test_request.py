# SPDX-License-Identifier: Apache-2.0
"""Accesses of one step: places, suppressed ones, who is reported and why, for up to 128 channels."""

import random

import pytest
from streamer.combinational import outputs_of

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.config.error_causes import ErrorCause
from hwgen.streamer import model
from hwgen.streamer.request import StepRequest

MEMORY = MemoryConfig(banks=8, bank_width=32, bank_depth=4)


def request(bounds, *, memory=MEMORY, **options):
    config = StreamerConfig(mode="read", spatial_bounds=bounds, **{"groups": (8, 2, 1)} | options)
    return config, StepRequest(memory, config)


def random_case(rng, config, memory):
    size, word, channels = memory.size, memory.word_bytes, config.channels
    pointer = rng.choice([0, size - word, rng.randrange(size // word) * word, rng.randrange(2 * size), rng.getrandbits(32)])
    return {
        "pointer": pointer,
        "strides": [rng.choice([0, word, -word, word * rng.randrange(-4, 5), rng.randrange(-6, 7), size - 1, -size])
                    if rng.random() < 0.9 else rng.randrange(-size, size) for _ in config.spatial_bounds],
        "mode": rng.randrange(len(config.groups)),
        "enable": rng.choice([(1 << channels) - 1, 0, rng.getrandbits(channels), 1 << channels - 1]),
    }


def expected(config, memory, case):
    """Accesses of all channels, cause and channel of the report, from the model."""
    reach = 1 if config.reach == "all" else config.reach
    addresses = model.lane_addresses(case["pointer"], config.spatial_bounds, case["strides"])
    places = [model.place(a, config.groups[case["mode"]], memory, reach=reach, channel=c) for c, a in enumerate(addresses)]
    reports = [(ErrorCause[place.upper()], c) for c, place in enumerate(places)
               if isinstance(place, str) and case["enable"] >> c & 1]
    accesses = [(place[0] // reach, place[1]) if case["enable"] >> c & 1 and not isinstance(place, str) else None
                for c, place in enumerate(places)]
    return accesses, *(reports[0] if reports else (ErrorCause.NONE, 0))


@pytest.mark.parametrize("bounds,options", [
    ((1,), {}), ((2,), {}), ((3,), {"reach": 2}), ((2, 4), {"reach": 8}), ((3, 2, 2), {"reach": 4, "groups": (8, 4)}),
    ((33,), {}), ((8, 8), {"reach": 8}), ((128,), {"groups": (8,)}), ((5,), {"groups": (1,)}),
])
def test_matches_model(bounds, options):
    config, dut = request(bounds, **options)
    rng = random.Random(sum(bounds))
    cases = [random_case(rng, config, MEMORY) for _ in range(max(60, 2000 // config.channels))]
    seen = set()
    for case, (accesses, error, channel) in zip(cases, outputs_of(dut, cases, "accesses", "error", "error_channel"), strict=True):
        places, cause, wrong = expected(config, MEMORY, case)
        assert [(a.bank, a.row) if a.active else None for a in accesses] == places
        assert error == cause and (not cause or channel == wrong)
        seen.add(cause)
    assert seen == set(list(ErrorCause)[:4]) - ({ErrorCause.BEYOND_REACH} if config.reach == "all" else set())


WORD = MEMORY.word_bytes


@pytest.mark.parametrize("name,pointer,stride,enable,cause,channel", [
    ("nothing wrong", 0, WORD, 0b1111, ErrorCause.NONE, 0),
    ("last word", MEMORY.size - 4 * WORD, WORD, 0b1111, ErrorCause.NONE, 0),
    ("one beyond the end", MEMORY.size - 3 * WORD, WORD, 0b1000, ErrorCause.OUTSIDE_MEMORY, 3),
    ("before the start", 2**32 - WORD, WORD, 0b1111, ErrorCause.OUTSIDE_MEMORY, 0),
    ("outside and unaligned", MEMORY.size + 1, 0, 0b0100, ErrorCause.OUTSIDE_MEMORY, 2),
    ("unaligned and beyond reach", WORD + 1, 0, 0b0001, ErrorCause.UNALIGNED, 0),
    ("beyond reach", WORD, 0, 0b1101, ErrorCause.BEYOND_REACH, 0),
    ("lowest channel counts", 0, 2 * WORD + 1, 0b1110, ErrorCause.UNALIGNED, 1),
    ("disabled channels are silent", MEMORY.size, 0, 0, ErrorCause.NONE, 0),
])
def test_priorities(name, pointer, stride, enable, cause, channel):
    _, dut = request((4,), reach=4, groups=(8,))
    case = {"pointer": pointer, "strides": [stride], "enable": enable}
    ((accesses, error, reported),) = outputs_of(dut, [case], "accesses", "error", "error_channel")
    assert error == cause and (not cause or reported == channel), name
    wrong = [c for c in range(4) if not accesses[c].active and enable >> c & 1]
    assert (wrong[:1] == [channel]) if cause else not wrong


@pytest.mark.parametrize("bounds", [(8,), (3, 2), (1, 4)])
def test_ends_of_rows_before_the_reported_channel(bounds):
    """One channel after the other is the only one outside the memory, rows ending wherever they may."""
    config, dut = request(bounds, row_wrap=True, groups=(8,))
    rng, lanes, cases, expected = random.Random(7), config.lanes(), [], []
    for channel, lane in enumerate(lanes):
        for _ in range(8):
            ends = rng.getrandbits(max(bounds[0] - 1, 1)) & (1 << bounds[0] - 1) - 1
            cases.append({"pointer": MEMORY.size, "strides": [0] * len(bounds), "enable": 1 << channel, "row_ends": ends})
            expected.append((ErrorCause.OUTSIDE_MEMORY, channel, (ends & (1 << lane[0]) - 1).bit_count()))
    assert outputs_of(dut, cases, "error", "error_channel", "error_row_ends") == expected


def test_memory_that_fills_the_address_space_has_no_outside():
    memory = MemoryConfig(banks=256, bank_width=512, bank_depth=65536)
    _config, dut = request((1,), memory=memory, groups=(256,))
    top = memory.size - memory.word_bytes
    outputs = outputs_of(dut, [{"pointer": top, "enable": 1}, {"pointer": memory.size, "enable": 1}], "accesses", "error")
    assert [(a[0].active, e) for a, e in outputs] == [(1, ErrorCause.NONE), (0, ErrorCause.OUTSIDE_MEMORY)]
