# SPDX-License-Identifier: Apache-2.0
"""Golden model of the GeMM core: NumPy integers, bit exact modulo 2**32."""

import numpy as np


def accumulate(a, b, c=None, *, a_zero_point: int = 0, b_zero_point: int = 0) -> np.ndarray:
    """Product of zero-point-corrected operands, added to ``c``.

    Parameters
    ----------
    a : array_like of int, shape (..., M, K)
    b : array_like of int, shape (..., K, N)
        Signed 8-bit values.
    c : array_like of int, shape (..., M, N), optional
        Zero when left out.
    a_zero_point, b_zero_point : int
        Subtracted from every element of ``a`` and of ``b``.

    Returns
    -------
    ndarray of int32, shape (..., M, N)
        Modulo 2**32.
    """
    corrected_a = np.asarray(a, dtype=np.int64) - a_zero_point
    corrected_b = np.asarray(b, dtype=np.int64) - b_zero_point
    total = corrected_a @ corrected_b
    if c is not None:
        total = total + np.asarray(c, dtype=np.int64)
    return total.astype(np.uint32).view(np.int32)


def tile(a_steps, b_steps, c=None, *, a_zero_point: int = 0, b_zero_point: int = 0) -> np.ndarray:
    """One output tile of the core from the operands of its steps.

    Parameters
    ----------
    a_steps : array_like of int, shape (steps, M, K)
    b_steps : array_like of int, shape (steps, K, N)
    c : array_like of int, shape (M, N), optional
    a_zero_point, b_zero_point : int

    Returns
    -------
    ndarray of int32, shape (M, N)
    """
    a = np.concatenate(list(a_steps), axis=1)
    b = np.concatenate(list(b_steps), axis=0)
    return accumulate(a, b, c, a_zero_point=a_zero_point, b_zero_point=b_zero_point)


def pack(elements, width: int) -> int:
    """Stream word of a tile: its elements in row-major order from bit 0, ``width`` bits each."""
    word = 0
    for index, element in enumerate(np.asarray(elements).ravel().tolist()):
        word |= (element & (1 << width) - 1) << index * width
    return word


def unpack(word: int, shape: tuple[int, ...], width: int) -> np.ndarray:
    """Signed elements of a stream word, the inverse of `pack`.

    Returns
    -------
    ndarray of int64, of ``shape``
    """
    half = 1 << width - 1
    count = int(np.prod(shape))
    values = [((word >> index * width & (1 << width) - 1) ^ half) - half for index in range(count)]
    return np.array(values, dtype=np.int64).reshape(shape)
