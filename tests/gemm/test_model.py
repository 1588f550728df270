# SPDX-License-Identifier: Apache-2.0
"""The golden model against plain Python integers."""

import random

import numpy as np
import pytest

from hwgen.gemm import model


def wrapped(value):
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


@pytest.mark.parametrize("m, n, k", [(1, 1, 1), (2, 3, 4), (8, 8, 8), (5, 2, 7)])
@pytest.mark.parametrize("with_c", [False, True])
def test_accumulate_matches_python_integers(m, n, k, with_c):
    rng = random.Random(m * n * k)
    a = [[rng.randint(-128, 127) for _ in range(k)] for _ in range(m)]
    b = [[rng.randint(-128, 127) for _ in range(n)] for _ in range(k)]
    c = [[rng.randint(-(1 << 31), (1 << 31) - 1) for _ in range(n)] for _ in range(m)] if with_c else None
    za, zb = rng.randint(-128, 127), rng.randint(-128, 127)
    result = model.accumulate(a, b, c, a_zero_point=za, b_zero_point=zb)
    assert result.dtype == np.int32
    for i in range(m):
        for j in range(n):
            total = c[i][j] if with_c else 0
            for kk in range(k):
                total += (a[i][kk] - za) * (b[kk][j] - zb)
            assert result[i, j] == wrapped(total)


def test_sums_wrap():
    result = model.accumulate([[127]], [[127]], [[(1 << 31) - 1]], a_zero_point=-128, b_zero_point=-128)
    assert result.tolist() == [[-(1 << 31) + 255 * 255 - 1]]


def test_tile_sums_its_steps():
    rng = np.random.default_rng(0)
    a, b = rng.integers(-128, 128, (3, 4, 2)), rng.integers(-128, 128, (3, 2, 5))
    c = rng.integers(-1000, 1000, (4, 5))
    expected = c + sum((a[s] - 3) @ (b[s] + 7) for s in range(3))
    assert (model.tile(a, b, c, a_zero_point=3, b_zero_point=-7) == expected).all()


@pytest.mark.parametrize("width, dtype", [(8, np.int8), (32, np.int32)])
def test_packed_words_hold_little_endian_elements(width, dtype):
    rng = np.random.default_rng(width)
    limits = np.iinfo(dtype)
    elements = rng.integers(limits.min, limits.max, (3, 5), dtype=dtype, endpoint=True)
    word = model.pack(elements, width)
    assert word == int.from_bytes(elements.astype(elements.dtype.newbyteorder("<")).tobytes(), "little")
    assert (model.unpack(word, (3, 5), width) == elements).all()
