# SPDX-License-Identifier: Apache-2.0
"""Matrices as the core sees them: tiles that lie one after the other, each row by row."""

import numpy as np


def to_tiles(matrix: np.ndarray, rows: int, columns: int, fill: int) -> np.ndarray:
    """Cut ``matrix`` into tiles of ``rows`` x ``columns``, padding with ``fill``.

    Returns
    -------
    array of shape (tile rows, tile columns, rows, columns)
    """
    height, width = matrix.shape
    padded = np.full((-(-height // rows) * rows, -(-width // columns) * columns), fill, matrix.dtype)
    padded[:height, :width] = matrix
    return padded.reshape(padded.shape[0] // rows, rows, -1, columns).transpose(0, 2, 1, 3)


def from_tiles(tiles: np.ndarray, height: int, width: int) -> np.ndarray:
    """Undo `to_tiles`, padding cut off."""
    rows, columns = tiles.shape[0] * tiles.shape[2], tiles.shape[1] * tiles.shape[3]
    return tiles.transpose(0, 2, 1, 3).reshape(rows, columns)[:height, :width]
