# SPDX-License-Identifier: Apache-2.0
"""Channel addresses for every number of spatial dimensions, as sums of products."""

import itertools
import random

import pytest
from streamer.combinational import outputs_of

from hwgen.config import StreamerConfig
from hwgen.streamer import model
from hwgen.streamer.lanes import LaneAddresses

SHAPES = [(1,), (2,), (7,), (8,), (33,), (1, 4), (3, 3), (8, 4), (4, 1), (2, 3, 4), (1, 1, 1), (3, 2, 1, 2), (128,)]
EDGES = [0, 1, -1, 2**31 - 1, -(2**31)]


@pytest.mark.parametrize("bounds", SHAPES)
def test_every_channel_is_a_sum_of_products(bounds):
    config = StreamerConfig(mode="read", spatial_bounds=bounds, groups=(2,))
    dut, rng = LaneAddresses(config), random.Random(len(bounds))
    cases = [{"pointer": rng.getrandbits(32), "strides": [rng.randrange(-(2**31), 2**31) for _ in bounds]} for _ in range(40)]
    cases += [{"pointer": pointer, "strides": list(strides)} for pointer, strides in
              zip((0, 2**32 - 1, 2**31), itertools.product(EDGES, repeat=len(bounds)), strict=False)]
    for case, (addresses,) in zip(cases, outputs_of(dut, cases, "addresses"), strict=True):
        expected = [(case["pointer"] + sum(i * s for i, s in zip(lane, case["strides"], strict=True))) % 2**32
                    for lane in config.lanes()]
        assert addresses == expected
        assert model.lane_addresses(case["pointer"], bounds, case["strides"]) == expected
