# SPDX-License-Identifier: Apache-2.0
"""Reads what ``recorder.v`` has written."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ToolError
from .recorder import STATE_BITS, WORD_BITS, Recorder

BUCKET_CYCLES = 64
"""Counted cycles for which refused requests are added up; ``recorder.v`` has the same number."""


class Kind(IntEnum):
    """First bits of a record; ``recorder.v`` lists the same numbers."""

    RUN = 0
    BUCKET = 1
    REFUSALS = 2


@dataclass(frozen=True)
class Recording:
    """States of all units, run by run, and refused requests, bucket by bucket.

    Attributes
    ----------
    lengths : array
        Counted cycles of each run.
    causes : array
        Cause that the run's cycles are charged to, as an index into ``Recorder.causes``.
    units : array, runs by units
        Indices into `STATES`.
    refusals : array, n by 4
        Bucket, loser, winner and how many requests of the one were refused for one of the other;
        requesters by their number. Each row says how many more.
    """

    lengths: NDArray[np.int64]
    causes: NDArray[np.int64]
    units: NDArray[np.int64]
    refusals: NDArray[np.int64]


def read_recording(path: Path, recorder: Recorder) -> Recording:
    """Parse a file.

    Raises
    ------
    ToolError
        If it is not there or not what the recorder writes.
    """
    size = 1 + recorder.state_words
    try:
        words = np.fromfile(path, "<u4")
    except OSError as error:
        raise ToolError(f"recording {str(path)!r} cannot be read: {error.strerror}") from None
    if len(words) % size:
        raise ToolError(f"recording must consist of records of {size} words, not of {len(words)} words")
    records = words.reshape(-1, size).astype(np.int64)
    kinds, values = records[:, 0] >> 30, records[:, 0] & (1 << 30) - 1
    if len(kinds) and kinds.max() > max(Kind):
        raise ToolError(f"recording must hold records of kinds 0 to {int(max(Kind))}, not {int(kinds.max())}")
    runs = kinds == Kind.RUN
    states = records[runs, 1:]
    offset, fields = 0, []
    for width in (recorder.cause_bits, *(STATE_BITS for _ in recorder.units)):
        fields.append(_field(states, offset, width))
        offset += width
    units = np.stack(fields[1:], axis=1)
    if len(fields[0]) and fields[0].max() >= len(recorder.causes):
        raise ToolError(f"recording must name one of {len(recorder.causes)} causes, not number {int(fields[0].max())}")
    return Recording(values[runs], fields[0], units, _refusals(kinds, values, len(recorder.requesters)))


def _field(states: NDArray[np.int64], offset: int, width: int) -> NDArray[np.int64]:
    """Bits of a state, which may reach from one word into the next."""
    word, bit = divmod(offset, WORD_BITS)
    value = states[:, word] >> bit
    if bit + width > WORD_BITS:
        value = value | states[:, word + 1] << WORD_BITS - bit
    return value & (1 << width) - 1


def _refusals(kinds: NDArray[np.int64], values: NDArray[np.int64], requesters: int) -> NDArray[np.int64]:
    """Rows of bucket, loser, winner and count."""
    rows = np.flatnonzero(kinds == Kind.REFUSALS)
    headers = np.flatnonzero(kinds == Kind.BUCKET)
    above = np.searchsorted(headers, rows) - 1
    if len(above) and above.min() < 0:
        raise ToolError("recording must name a bucket before its refusals, not after")
    pairs, counts = values[rows] >> 16, values[rows] & 0xFFFF
    return np.stack([values[headers[above]] if len(rows) else rows, pairs // requesters, pairs % requesters, counts], axis=1)
