# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hwgen.compiler.rescaling import fitted
from hwgen.config import GemmConfig


@pytest.mark.parametrize("widths", [(8, 8), (4, 4), (16, 8)])
@pytest.mark.parametrize("k", [1, 64, 1000])
def test_random_sums_fill_eight_bits(widths, k):
    core = GemmConfig(a_width=widths[0], b_width=widths[1], accumulator_width=48)
    rescale = fitted(core, k)
    rng = np.random.default_rng(k)
    a, b = (rng.integers(-(1 << w - 1), 1 << w - 1, (2000, k)) for w in widths)
    results = (a * b).sum(axis=1) * rescale.multiplier / 2.0**rescale.shift
    assert 128 / 6 < results.std() < 128 / 3
    assert 1 << 29 <= rescale.multiplier <= 1 << 31


def test_every_column_has_its_own():
    rescale = fitted(GemmConfig(), 64, columns=40, seed=3, rounding="half_up", minimum=-5)
    assert rescale.per_channel and len(set(rescale.multiplier)) == 40 and len(rescale.shift) == 40
    assert (rescale.rounding, rescale.minimum) == ("half_up", -5)
    assert rescale == fitted(GemmConfig(), 64, columns=40, seed=3, rounding="half_up", minimum=-5)
    assert rescale.column(2) == (rescale.multiplier[2], rescale.shift[2])
    assert rescale.column(99) == rescale.column(39)
