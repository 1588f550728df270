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
    """Byte address of each step, shape (steps,).

    Raises
    ------
    InterpreterError
        If the entry asks for rows or tails, which are not interpreted.
    """
    if any(fields.get(name, 0) for name in fields if name.startswith(("row_length", "tail_loops", "tail_word_loops"))):
        raise InterpreterError("rows and tails are not interpreted")
    dimensions = range(streamer.temporal_dimensions)
    return fields.get("base", 0) + offsets([(fields[f"temporal_bound_{d}"], fields.get(f"temporal_stride_{d}", 0)) for d in dimensions])


def word_indices(config: ClusterConfig, name: str, fields: Mapping[str, int], addresses: np.ndarray) -> np.ndarray:
    """Word of the scratchpad of every channel in every step, counted over all banks of row 0, then of row 1, ...

    Parameters
    ----------
    addresses : array of int, shape (steps,)
        Of bank words.

    Returns
    -------
    array of int64, shape (steps, channels)

    Raises
    ------
    InterpreterError
        If an access is outside the memory, unaligned or beyond the port's reach.
    """
    memory, streamer = config.memory, config.all_streamers[name]
    lanes = offsets([(bound, fields.get(f"spatial_stride_{d}", 0)) for d, bound in enumerate(streamer.spatial_bounds)])
    every = addresses[:, None] + lanes[None, :fetched(streamer, fields)]
    if not every.size:
        return every
    if (every % memory.word_bytes).any():
        raise InterpreterError(f"streamer {name} accesses a byte address that is no bank word's")
    if every.min() < 0 or every.max() >= memory.size:
        raise InterpreterError(f"streamer {name} accesses byte {every.min()} to {every.max()}, outside of {memory.size}")
    row, bank = bank_places(every // memory.word_bytes, streamer.groups[fields.get("addressing_mode", 0)], memory)
    if streamer.reach != "all" and ((bank - np.arange(every.shape[1])[None, :]) % streamer.reach).any():
        raise InterpreterError(f"streamer {name} accesses a bank that its channel does not reach")
    return row * memory.banks + bank


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
