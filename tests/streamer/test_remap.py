# SPDX-License-Identifier: Apache-2.0
"""The remapper equals its model and is a permutation in every mode; bad groups are refused."""

import pytest
from streamer.combinational import outputs_of

from hwgen.config import MemoryConfig
from hwgen.streamer import model
from hwgen.streamer.remap import AddressRemapper

CASES = [
    ((2, 2), (2, 1)), ((4, 8), (4, 2, 1)), ((8, 4), (8,)), ((8, 4), (1,)), ((8, 4), (2, 8, 1, 4)),
    ((32, 4), (32, 16, 8, 1)), ((64, 2), (64, 32, 1)), ((8, 4), (4, 2)),
]


def memory(geometry):
    return MemoryConfig(banks=geometry[0], bank_depth=geometry[1], bank_width=8)


@pytest.mark.parametrize("geometry,groups", CASES)
def test_matches_model_and_is_a_permutation_in_every_mode(geometry, groups):
    config = memory(geometry)
    dut = AddressRemapper(config, groups=groups)
    for mode in range(max(2 ** len(dut.mode), 1)):
        group = groups[min(mode, len(groups) - 1)]
        outputs = outputs_of(dut, [{"mode": mode, "i": word} for word in range(config.words)], "o")
        places = [(place.bank, place.row) for place, in outputs]
        assert places == [model.remap(word, group, config) for word in range(config.words)]
        assert len(set(places)) == config.words


@pytest.mark.parametrize("groups,message", [
    ((), r"one or more groups, not \(\)"),
    ((8, 16), r"powers of two within 1\.\.8, not 16"),
    ((3,), r"powers of two within 1\.\.8, not 3"),
    ((8, 0), r"powers of two within 1\.\.8, not 0"),
    ((-2,), r"powers of two within 1\.\.8, not -2"),
])
def test_rejects_groups(groups, message):
    with pytest.raises(ValueError, match=message):
        AddressRemapper(memory((8, 4)), groups=groups)
