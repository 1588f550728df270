# SPDX-License-Identifier: Apache-2.0
"""Golden model of copies: which bytes lie where, in the order in which they are copied."""

from collections.abc import Mapping

import numpy as np

from ..config import MemoryConfig, StreamerConfig
from ..config.dma import DmaConfig


def _offsets(bounds: list[int], strides: list[int]) -> np.ndarray:
    """Sum of iteration times stride in each step of a loop nest, dimension 0 innermost; int64."""
    offsets = np.zeros(1, np.int64)
    for bound, stride in zip(bounds, strides, strict=True):
        offsets = (np.arange(bound, dtype=np.int64)[:, None] * stride + offsets[None, :]).reshape(-1)
    return offsets


def external_addresses(fields: Mapping[str, int], config: DmaConfig) -> np.ndarray:
    """External byte addresses of a copy.

    Parameters
    ----------
    fields : mapping
        Of the entry for ``load`` or ``store``.
    config : DmaConfig

    Returns
    -------
    array of uint64, shape (bytes,)
    """
    loops = range(config.dimensions)
    base = np.uint64(fields["external_base"] | fields.get("external_base_high", 0) << 32)
    runs = base + _offsets([fields[f"external_bound_{d}"] for d in loops], [fields[f"external_stride_{d}"] for d in loops]).astype(np.uint64)
    addresses = runs[:, None] + np.arange(fields["run_bytes"], dtype=np.uint64)
    return addresses.reshape(-1) & np.uint64((1 << config.address_width) - 1)


def local_addresses(fields: Mapping[str, int], config: StreamerConfig, memory: MemoryConfig) -> np.ndarray:
    """Scratchpad byte addresses of a copy, before the addressing mode maps them to banks; -1 outside the memory.

    Parameters
    ----------
    fields : mapping
        Of the entry for the byte-addressed streamer.
    config : StreamerConfig
    memory : MemoryConfig

    Returns
    -------
    array of int64, shape (bytes,)
    """
    loops, word = range(config.temporal_dimensions), memory.word_bytes
    bounds = [fields[f"temporal_bound_{d}"] for d in loops]
    steps = fields["base"] + _offsets(bounds, [fields[f"temporal_stride_{d}"] for d in loops])
    spatial = _offsets(list(config.spatial_bounds), [fields[f"spatial_stride_{d}"] for d in range(config.spatial_dimensions)])
    if not len(steps):
        return np.zeros(0, np.int64)
    # Each step's bytes from lane 0 on; its words are those that hold the channels' addresses.
    words = (steps[:, None] + spatial[None, :]) // word * word
    lanes = (words[:, :, None] + np.arange(word)).reshape(-1, bounds[0], config.channels * word)
    first = steps.reshape(-1, bounds[0])[:, 0] % word
    index = first[:, None] + np.arange(fields["run_bytes"])
    runs = np.take_along_axis(lanes.reshape(len(first), -1), np.minimum(index, lanes.shape[1] * lanes.shape[2] - 1), axis=1)
    # What the steps of a run cannot hold is not copied.
    addresses = runs[index < lanes.shape[1] * lanes.shape[2]]
    return np.where((addresses >= 0) & (addresses < memory.size), addresses, -1)


def local_lanes(fields: Mapping[str, int], config: StreamerConfig, memory: MemoryConfig) -> np.ndarray:
    """Byte of its step that each byte of a copy is, like `local_addresses` of aligned or dense steps."""
    loops, word = range(config.temporal_dimensions), memory.word_bytes
    bounds = [fields[f"temporal_bound_{d}"] for d in loops]
    runs = fields["base"] + _offsets(bounds[1:], [fields[f"temporal_stride_{d}"] for d in loops][1:])
    index = runs[:, None] % word + np.arange(fields["run_bytes"])
    return (index % (config.channels * word))[index < bounds[0] * config.channels * word]
