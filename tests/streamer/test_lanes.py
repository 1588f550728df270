# SPDX-License-Identifier: Apache-2.0
"""Channel addresses for every number of spatial dimensions, as sums of products."""

import random

import pytest
from streamer.combinational import outputs_of

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer import model
from hwgen.streamer.lanes import LaneAddresses, RowDistances

SHAPES = [(1,), (2,), (7,), (8,), (33,), (1, 4), (3, 3), (8, 4), (4, 1), (2, 3, 4), (1, 1, 1), (3, 2, 1, 2), (128,)]
MEMORIES = [MemoryConfig(banks=8, bank_width=32, bank_depth=4), MemoryConfig(), MemoryConfig(banks=256, bank_width=512, bank_depth=65536)]


@pytest.mark.parametrize("memory", MEMORIES, ids=lambda memory: str(memory.size))
@pytest.mark.parametrize("bounds", SHAPES)
def test_every_channel_is_a_sum_of_products_wherever_it_lies_in_memory(bounds, memory):
    config = StreamerConfig(mode="read", spatial_bounds=bounds, groups=(2,))
    dut, rng, size = LaneAddresses(memory, config), random.Random(len(bounds)), memory.size
    edges = [0, 1, -1, size - 1, -size]
    near = [0, 1, -1, size, -size, size - 1]
    cases = [{"pointer": rng.getrandbits(32), "strides": [rng.randrange(-size, size) for _ in bounds]} for _ in range(20)]
    for _ in range(60):
        # Pointers from which some channel comes back into the memory, and their like beyond 32 bits.
        strides = [rng.choice([*edges, rng.randrange(-size, size)]) for _ in bounds]
        lane = rng.choice(config.lanes())
        pointer = rng.choice(near) - sum(i * s for i, s in zip(lane, strides, strict=True)) + rng.choice([0, 0, 1 << dut.bits])
        cases.append({"pointer": pointer % 2**32, "strides": strides})
    inside = 0
    for case, (addresses, far) in zip(cases, outputs_of(dut, cases, "addresses", "far"), strict=True):
        expected = [(case["pointer"] + sum(i * s for i, s in zip(lane, case["strides"], strict=True))) % 2**32
                    for lane in config.lanes()]
        assert model.lane_addresses(case["pointer"], bounds, case["strides"]) == expected
        for address, true in zip(addresses, expected, strict=True):
            assert (not far and address < size) == (true < size)
            if true < size:
                inside += 1
                assert address == true
    assert inside > 10


@pytest.mark.parametrize("memory", MEMORIES, ids=lambda memory: str(memory.size))
@pytest.mark.parametrize("bounds", SHAPES)
def test_rows_may_end_between_any_lanes(bounds, memory):
    config = StreamerConfig(mode="read", spatial_bounds=bounds, groups=(2,), row_wrap=True)
    dut, rng, size = LaneAddresses(memory, config), random.Random(len(bounds)), memory.size
    between, first = RowDistances(memory).between, bounds[0]
    cases, expected = [], []
    for number in range(60):
        # Addresses near the memory, if they are not as far away as they can be or are of any kind.
        strides, wrap = [rng.choice([1, -1, size - 1, -size, rng.randrange(-size, size)]) for _ in bounds], rng.randrange(-size, size)
        if number % 4 == 0:
            extreme = rng.choice([size - 1, -size])
            strides, wrap = [extreme] * len(bounds), extreme
        ends = rng.choice([0, (1 << first - 1) - 1, rng.getrandbits(first)]) & (1 << first - 1) - 1
        offsets = [sum(i * s for i, s in zip(lane, strides, strict=True)) + wrap * (ends & (1 << lane[0]) - 1).bit_count()
                   for lane in config.lanes()]
        pointer = rng.choice([rng.getrandbits(32), *([rng.randrange(size) - rng.choice(offsets)] * 5)])
        cases.append({"pointer": pointer % 2**32, "strides": strides, "row": between(strides[0], wrap), "row_ends": ends})
        expected.append([(pointer + offset) % 2**32 for offset in offsets])
    inside = 0
    for trues, (addresses, far) in zip(expected, outputs_of(dut, cases, "addresses", "far"), strict=True):
        for address, true in zip(addresses, trues, strict=True):
            assert (not far and address < size) == (true < size)
            if true < size:
                inside += 1
                assert address == true
    assert inside > 10
