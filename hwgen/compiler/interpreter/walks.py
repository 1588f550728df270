# SPDX-License-Identifier: Apache-2.0
"""Addresses of a streamer's or copy engine's whole entry at once, as arrays."""

from collections.abc import Mapping

import numpy as np

from ...config import ClusterConfig, StreamerConfig
from ...config.streamer_unit import enable_name
from ...dma.model import local_addresses
from ..image import bank_places
from ..loops import offsets


class InterpreterError(Exception):
    """Jobs that the hardware would stop at, or never finish."""


def acting(streamer: StreamerConfig, fields: Mapping[str, int]) -> list:
    """Extensions that an entry switches on."""
    return [extension for extension in streamer.extensions if fields.get(enable_name(extension), 0)]


def fetched(streamer: StreamerConfig, fields: Mapping[str, int]) -> int:
    """Channels that an entry uses: the first few where a broadcaster repeats them."""
    first = acting(streamer, fields)[:1]
    return first[0].needed(streamer) if first and first[0].label == "broadcaster" else streamer.channels


def step_addresses(config: ClusterConfig, streamer: StreamerConfig, fields: Mapping[str, int]) -> np.ndarray:
    """Byte address of channel 0 in each step, ends of rows apart, shape (steps,)."""
    dimensions = range(streamer.temporal_dimensions)
    return fields.get("base", 0) + offsets([(fields[f"temporal_bound_{d}"], fields.get(f"temporal_stride_{d}", 0)) for d in dimensions])


def iterations(streamer: StreamerConfig, fields: Mapping[str, int], dimension: int) -> np.ndarray:
    """Iteration of one loop in each step."""
    return offsets([(fields[f"temporal_bound_{d}"], int(d == dimension)) for d in range(streamer.temporal_dimensions)])


def row_offsets(streamer: StreamerConfig, fields: Mapping[str, int]) -> np.ndarray | int:
    """Bytes that ends of rows add to each channel's address, shape (steps, channels); 0 if there are no rows."""
    if not (length := fields.get("row_length", 0)):
        return 0
    lanes = streamer.spatial_bounds[0]
    positions = iterations(streamer, fields, fields["row_loop"])[:, None] * lanes + np.arange(streamer.channels)[None, :] % lanes
    return positions // length * fields["row_wrap"]


def left_out(streamer: StreamerConfig, fields: Mapping[str, int]) -> np.ndarray | None:
    """Which channels tail masks leave out in each step, shape (steps, channels); None if none ever acts.

    Raises
    ------
    InterpreterError
        If a mask keeps part of a word, which is not interpreted.
    """
    masks = [(s, loops) for s in range(streamer.spatial_dimensions) if (loops := fields.get(f"tail_loops_{s}", 0))]
    if fields.get("tail_word_loops", 0) or any(fields.get(f"tail_bytes_{s}", 0) for s, _ in masks):
        raise InterpreterError("tails that keep part of a word are not interpreted")
    out = None
    for s, loops in masks:
        acts = np.logical_and.reduce([iterations(streamer, fields, d) == fields[f"temporal_bound_{d}"] - 1
                                      for d in range(streamer.temporal_dimensions) if loops >> d & 1])
        index = np.arange(streamer.channels) // int(np.prod(streamer.spatial_bounds[:s], dtype=int)) % streamer.spatial_bounds[s]
        masked = acts[:, None] & (index >= fields.get(f"tail_lanes_{s}", 0))[None, :]
        out = masked if out is None else out | masked
    return out


def word_indices(config: ClusterConfig, name: str, fields: Mapping[str, int], addresses: np.ndarray) -> np.ndarray:
    """Word of the scratchpad of every channel in every step, counted over all banks of row 0, then of row 1, ...

    Parameters
    ----------
    addresses : array of int, shape (steps,)
        Of bank words.

    Returns
    -------
    array of int64, shape (steps, channels)
        -1 where tail masks leave a channel out.

    Raises
    ------
    InterpreterError
        If an access is outside the memory, unaligned or beyond the port's reach.
    """
    memory, streamer = config.memory, config.all_streamers[name]
    lanes = offsets([(bound, fields.get(f"spatial_stride_{d}", 0)) for d, bound in enumerate(streamer.spatial_bounds)])
    count = fetched(streamer, fields)
    every = (addresses[:, None] + lanes[None, :] + row_offsets(streamer, fields))[:, :count]
    if not every.size:
        return every
    out = left_out(streamer, fields)
    if out is not None:
        # Addresses of channels that are left out are not looked at.
        every = np.where(out[:, :count], 0, every)
    if (every % memory.word_bytes).any():
        raise InterpreterError(f"streamer {name} accesses a byte address that is no bank word's")
    if every.min() < 0 or every.max() >= memory.size:
        raise InterpreterError(f"streamer {name} accesses byte {every.min()} to {every.max()}, outside of {memory.size}")
    row, bank = bank_places(every // memory.word_bytes, streamer.groups[fields.get("addressing_mode", 0)], memory)
    if streamer.reach != "all" and ((bank - np.arange(every.shape[1])[None, :]) % streamer.reach).any():
        raise InterpreterError(f"streamer {name} accesses a bank that its channel does not reach")
    words = row * memory.banks + bank
    return words if out is None else np.where(out[:, :count], -1, words)


def copied_bytes(config: ClusterConfig, name: str, fields: Mapping[str, int]) -> np.ndarray:
    """Scratchpad byte of each byte of a copy, in order, counted over all banks of row 0, then of row 1, ...

    Raises
    ------
    InterpreterError
        If a byte is outside the memory.
    """
    memory, streamer = config.memory, config.all_streamers[name]
    addresses = local_addresses(fields, streamer, memory)
    if (addresses < 0).any():
        raise InterpreterError(f"streamer {name} accesses bytes outside of the {memory.size} there are")
    row, bank = bank_places(addresses // memory.word_bytes, streamer.groups[fields.get("addressing_mode", 0)], memory)
    return (row * memory.banks + bank) * memory.word_bytes + addresses % memory.word_bytes
