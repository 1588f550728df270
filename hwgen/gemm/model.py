# SPDX-License-Identifier: Apache-2.0
"""Golden model of the GeMM core: NumPy integers, bit exact modulo 2 to the accumulators' width."""

import numpy as np


def accumulate(a, b, c=None, *, a_zero_point: int = 0, b_zero_point: int = 0, a_unsigned: bool = False,
               b_unsigned: bool = False, a_width: int = 8, b_width: int = 8, accumulator_width: int = 32) -> np.ndarray:
    """Product of zero-point-corrected operands, added to ``c``.

    Parameters
    ----------
    a : array_like of int, shape (..., M, K)
    b : array_like of int, shape (..., K, N)
        Their low ``a_width`` and ``b_width`` bits count.
    c : array_like of int, shape (..., M, N), optional
        Zero when left out.
    a_zero_point, b_zero_point : int
        Subtracted from every element of ``a`` and of ``b``, of whose width they are.
    a_unsigned, b_unsigned : bool
        Elements and zero point are unsigned instead of two's complement.
    a_width, b_width, accumulator_width : int
        Bits of an element of ``a``, of ``b`` and of the result.

    Returns
    -------
    ndarray, shape (..., M, N)
        Modulo 2**accumulator_width, as signed integers: int32 up to 32 bits, int64 above.
    """
    corrected_a = read(a, a_width, a_unsigned) - read(a_zero_point, a_width, a_unsigned)
    corrected_b = read(b, b_width, b_unsigned) - read(b_zero_point, b_width, b_unsigned)
    total = corrected_a @ corrected_b
    if c is not None:
        total = total + np.asarray(c, dtype=np.int64)
    return read(total, accumulator_width).astype(np.int32 if accumulator_width <= 32 else np.int64)


def tile(a_steps, b_steps, c=None, **options) -> np.ndarray:
    """One output tile of the core from the operands of its steps.

    Parameters
    ----------
    a_steps : array_like of int, shape (steps, M, K)
    b_steps : array_like of int, shape (steps, K, N)
    c : array_like of int, shape (M, N), optional
    **options
        As for `accumulate`.

    Returns
    -------
    ndarray, shape (M, N), as from `accumulate`
    """
    return accumulate(np.concatenate(list(a_steps), axis=1), np.concatenate(list(b_steps), axis=0), c, **options)


def read(values, width: int, unsigned: bool = False) -> np.ndarray:
    """What the low ``width`` bits of each value mean, in two's complement or unsigned.

    Returns
    -------
    ndarray of int64, of the same shape
    """
    low = np.asarray(values, dtype=np.int64) & (1 << width) - 1
    return low if unsigned else low - (low >> width - 1 << width)


def pack(elements, width: int) -> int:
    """Stream word of a tile: its elements in row-major order from bit 0, ``width`` bits each."""
    word = 0
    for index, element in enumerate(np.asarray(elements).ravel().tolist()):
        word |= (element & (1 << width) - 1) << index * width
    return word


def unpack(word: int, shape: tuple[int, ...], width: int, unsigned: bool = False) -> np.ndarray:
    """Elements of a stream word, the inverse of `pack`.

    Returns
    -------
    ndarray of int64, of ``shape``
    """
    low = [word >> index * width & (1 << width) - 1 for index in range(int(np.prod(shape)))]
    return read(low, width, unsigned).reshape(shape)
