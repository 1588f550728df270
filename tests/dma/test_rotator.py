# SPDX-License-Identifier: Apache-2.0
"""The rotator against indices, for every amount."""

import random

import pytest
from streamer.combinational import outputs_of
from support.pieces import word

from hwgen.dma.rotator import ByteRotator


@pytest.mark.parametrize("size", [2, 4, 16, 128])
def test_turns_by_any_amount(size):
    rng = random.Random(size)
    cases = [(rng.randbytes(size), amount) for amount in range(size)]
    outputs = outputs_of(ByteRotator(size), [{"i": word(given), "amount": amount} for given, amount in cases], "o")
    for (given, amount), (turned,) in zip(cases, outputs, strict=True):
        turned = turned.to_bytes(size, "little")
        assert all(turned[(b + amount) % size] == given[b] for b in range(size))


@pytest.mark.parametrize("size", [0, 1, 12])
def test_rejects_other_sizes(size):
    with pytest.raises(ValueError, match=f"two or more, not {size}"):
        ByteRotator(size)
