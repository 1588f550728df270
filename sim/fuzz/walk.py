# SPDX-License-Identifier: Apache-2.0
"""Where the entry of a streamer reads or writes, step by step, from the register reference alone.

Configs and fields are plain dictionaries, as in the config's JSON and in the register reference.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

OUTSIDE, UNALIGNED, BEYOND_REACH = 1, 2, 3
"""Causes of errors, as the register ``error_info`` numbers them."""

Fields = Mapping[str, int]
Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Access:
    """One bank word of one channel in one step.

    Attributes
    ----------
    channel : int
    address : int
        Byte address, modulo 2**32.
    kept : int
        First bytes of the word that take part.
    bank, row : int
        Of the word; -1 for a suppressed access.
    cause : int
        Why the access is suppressed, 0 if it is not.
    """

    channel: int
    address: int
    kept: int
    bank: int = -1
    row: int = -1
    cause: int = 0


def place(address: int, group: int, memory: Config) -> tuple[int, int]:
    """Bank and row of a byte address within the memory, where ``group`` banks are interleaved.

    Consecutive words go round the banks of one group until all their rows are used, then on to the next group.
    """
    word, depth = address // (memory["bank_width"] // 8), memory["bank_depth"]
    return word // (group * depth) * group + word % group, word % (group * depth) // group


def memory_bytes(memory: Config) -> int:
    return memory["banks"] * memory["bank_depth"] * memory["bank_width"] // 8


def channels(streamer: Config) -> int:
    count = 1
    for bound in streamer["spatial_bounds"]:
        count *= bound
    return count


def fetched(streamer: Config, fields: Fields) -> int:
    """How many channels take part: all, unless the first extension that acts repeats a few over all others."""
    everything = channels(streamer)
    for extension in streamer["extensions"]:
        if fields.get(f"{extension['kind']}_enable", 0):
            return everything // extension["factor"] if extension["kind"] == "broadcaster" else everything
    return everything


def accesses(streamer: Config, memory: Config, fields: Fields) -> Iterator[list[Access]]:
    """Accesses of each temporal step in order; channels that are left out have none."""
    spatial, dimensions = streamer["spatial_bounds"], range(streamer["temporal_dimensions"])
    bounds = [fields.get(f"temporal_bound_{d}", 0) for d in dimensions]
    strides = [fields.get(f"temporal_stride_{d}", 0) for d in dimensions]
    lanes, taking = _lanes(spatial), fetched(streamer, fields)
    lane_offsets = [sum(i * fields.get(f"spatial_stride_{s}", 0) for s, i in enumerate(lane)) for lane in lanes]
    length, along = fields.get("row_length", 0), fields.get("row_loop", 0)
    for backward in itertools.product(*(range(bound) for bound in reversed(bounds))):
        index = backward[::-1]
        pointer = fields.get("base", 0) + sum(i * s for i, s in zip(index, strides, strict=True))
        step = []
        for channel in range(taking):
            lane = lanes[channel]
            kept = _kept(streamer, memory, fields, index, bounds, lane)
            if not kept:
                continue
            address = pointer + lane_offsets[channel]
            if length:
                # Ends of rows passed by this channel, whose position counts lanes and iterations of one loop.
                address += fields.get("row_wrap", 0) * ((index[along] * spatial[0] + lane[0]) // length)
            step.append(_access(streamer, memory, fields, channel, address % (1 << 32), kept))
        yield step


def _lanes(spatial: list[int]) -> list[tuple[int, ...]]:
    """Index of each channel along the spatial dimensions, dimension 0 innermost."""
    return [lane[::-1] for lane in itertools.product(*(range(bound) for bound in reversed(spatial)))]


def _access(streamer: Config, memory: Config, fields: Fields, channel: int, address: int, kept: int) -> Access:
    if address >= memory_bytes(memory):
        return Access(channel, address, kept, cause=OUTSIDE)
    if address % (memory["bank_width"] // 8):
        return Access(channel, address, kept, cause=UNALIGNED)
    bank, row = place(address, streamer["groups"][fields.get("addressing_mode", 0)], memory)
    reach = streamer["reach"]
    if reach != "all" and (bank - channel) % reach:
        return Access(channel, address, kept, cause=BEYOND_REACH)
    return Access(channel, address, kept, bank, row)


def _kept(streamer: Config, memory: Config, fields: Fields, index: tuple[int, ...], bounds: list[int],
          lane: tuple[int, ...]) -> int:
    """First bytes of a channel's word that no tail mask leaves out."""
    kept = memory["bank_width"] // 8
    if not streamer.get("tail_masks", False):
        return kept
    ending = sum(1 << d for d, (i, bound) in enumerate(zip(index, bounds, strict=True)) if i + 1 == bound)

    def acts(loops: int) -> bool:
        return loops != 0 and loops & ending == loops

    for s, i in enumerate(lane):
        whole = fields.get(f"tail_lanes_{s}", 0)
        if acts(fields.get(f"tail_loops_{s}", 0)) and i >= whole:
            kept = min(kept, fields.get(f"tail_bytes_{s}", 0) if i == whole else 0)
    if acts(fields.get("tail_word_loops", 0)):
        kept = min(kept, fields.get("tail_word_bytes", 0))
    return kept
