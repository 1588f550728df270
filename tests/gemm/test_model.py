# SPDX-License-Identifier: Apache-2.0
"""The golden model against plain Python integers."""

import itertools
import random

import numpy as np
import pytest
from gemm.core_bench import span

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


@pytest.mark.parametrize("width", [16, 24, 31, 32, 33, 48])
@pytest.mark.parametrize("a_width, b_width", itertools.product((4, 8, 16), repeat=2))
@pytest.mark.parametrize("a_unsigned, b_unsigned", itertools.product((False, True), repeat=2))
def test_every_width_matches_python_integers(a_width, b_width, a_unsigned, b_unsigned, width):
    rng = random.Random(width * a_width + b_width)
    a_span, b_span, c_span = span(a_width, a_unsigned), span(b_width, b_unsigned), span(width)
    (a, za), (b, zb) = ([rng.choice((*ends, rng.randint(*ends))) for _ in range(2)] for ends in (a_span, b_span))
    c = rng.choice((*c_span, rng.randint(*c_span)))
    result = model.accumulate(
        [[a] * 5], [[b]] * 5, [[c]], a_zero_point=za, b_zero_point=zb, a_unsigned=a_unsigned, b_unsigned=b_unsigned,
        a_width=a_width, b_width=b_width, accumulator_width=width)
    assert result.dtype == (np.int32 if width <= 32 else np.int64)
    half = 1 << width - 1
    assert result.tolist() == [[(5 * (a - za) * (b - zb) + c + half) % (2 * half) - half]]


@pytest.mark.parametrize("value, width, signed, unsigned", [
    (255, 8, -1, 255), (-128, 8, -128, 128), (300, 8, 44, 44), (8, 4, -8, 8), (-9, 4, 7, 7), (1 << 47, 48, -(1 << 47), 1 << 47),
])
def test_low_bits_are_read(value, width, signed, unsigned):
    assert model.read(value, width) == signed
    assert model.read(value, width, unsigned=True) == unsigned


def test_sums_wrap():
    result = model.accumulate([[127]], [[127]], [[(1 << 31) - 1]], a_zero_point=-128, b_zero_point=-128)
    assert result.tolist() == [[-(1 << 31) + 255 * 255 - 1]]


def test_tile_sums_its_steps():
    rng = np.random.default_rng(0)
    a, b = rng.integers(-128, 128, (3, 4, 2)), rng.integers(-128, 128, (3, 2, 5))
    c = rng.integers(-1000, 1000, (4, 5))
    expected = c + sum((a[s] - 3) @ (b[s] + 7) for s in range(3))
    assert (model.tile(a, b, c, a_zero_point=3, b_zero_point=-7) == expected).all()


@pytest.mark.parametrize("width, dtype", [(8, np.int8), (8, np.uint8), (16, np.int16), (16, np.uint16), (32, np.int32)])
def test_packed_words_hold_little_endian_elements(width, dtype):
    rng = np.random.default_rng(width)
    limits = np.iinfo(dtype)
    elements = rng.integers(limits.min, limits.max, (3, 5), dtype=dtype, endpoint=True)
    word = model.pack(elements, width)
    assert word == int.from_bytes(elements.astype(elements.dtype.newbyteorder("<")).tobytes(), "little")
    assert (model.unpack(word, (3, 5), width, unsigned=np.issubdtype(dtype, np.unsignedinteger)) == elements).all()


def test_narrow_elements_are_packed_low_nibble_first():
    assert model.pack([[1, -2], [3, -8]], 4) == 0x83E1
    assert model.unpack(0x83E1, (2, 2), 4).tolist() == [[1, -2], [3, -8]]
    assert model.unpack(0x83E1, (2, 2), 4, unsigned=True).tolist() == [[1, 14], [3, 8]]
