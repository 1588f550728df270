# SPDX-License-Identifier: Apache-2.0
"""Golden models of the streamer: loop nests, addressing modes and extensions in plain integers."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..config import MemoryConfig, StreamerConfig
from ..config.streamer_unit import enable_name, parameter_fields


def wrap(value: int, bits: int = 32) -> int:
    """``value`` modulo ``2**bits``."""
    return value & (1 << bits) - 1


def pointers(base: int, bounds: Sequence[int], strides: Sequence[int]) -> Iterator[int]:
    """Byte address of each temporal step modulo 2**32, dimension 0 innermost."""
    for index in itertools.product(*(range(bound) for bound in reversed(bounds))):
        yield wrap(base + sum(i * s for i, s in zip(reversed(index), strides, strict=True)))


def lane_addresses(pointer: int, bounds: Sequence[int], strides: Sequence[int]) -> list[int]:
    """Byte address of each channel of a step modulo 2**32, spatial dimension 0 innermost."""
    return list(pointers(pointer, bounds, strides))


@dataclass(frozen=True)
class Rows:
    """How the positions that spatial dimension 0 and a loop walk together are divided into rows.

    Attributes
    ----------
    length : int
        Positions in a row; 0 for a single row without end.
    wrap : int
        Bytes added at each end of a row.
    loop : int
        The loop that goes on along the row.
    """

    length: int
    wrap: int
    loop: int

    def ends(self, position: int) -> int:
        """Ends of rows passed on the way to a position."""
        return position // self.length if self.length else 0


def step_addresses(base: int, bounds: Sequence[int], strides: Sequence[int], spatial_bounds: Sequence[int],
                   spatial_strides: Sequence[int], rows: Rows) -> Iterator[list[int]]:
    """Byte address of each channel in each temporal step modulo 2**32, dimensions 0 innermost.

    In iteration ``t`` of the row's loop, channels of index ``i`` along spatial dimension 0 of ``N``
    stand at position ``N * t + i``.
    """
    for backward in itertools.product(*(range(bound) for bound in reversed(bounds))):
        index = backward[::-1]
        step = []
        for backward_lane in itertools.product(*(range(bound) for bound in reversed(spatial_bounds))):
            lane = backward_lane[::-1]
            address = base + rows.wrap * rows.ends(spatial_bounds[0] * index[rows.loop] + lane[0])
            address += sum(i * s for i, s in zip(index, strides, strict=True))
            address += sum(i * s for i, s in zip(lane, spatial_strides, strict=True))
            step.append(wrap(address))
        yield step


def last_iterations(bounds: Sequence[int]) -> Iterator[int]:
    """For each temporal step, the loops in their last iteration as a mask, loop 0 lowest."""
    for index in itertools.product(*(range(bound) for bound in reversed(bounds))):
        yield sum(1 << d for d, (i, bound) in enumerate(zip(reversed(index), bounds, strict=True)) if i == bound - 1)


def tails_acting(last: int, loops: Sequence[int]) -> list[bool]:
    """Which masks act in a step whose loops in their last iteration are ``last``, given each mask's set of loops."""
    return [chosen != 0 and chosen & ~last == 0 for chosen in loops]


def bytes_kept(lane: Sequence[int], word_bytes: int, acting: Sequence[bool], lanes: Sequence[int], edges: Sequence[int],
               of_word: int) -> int:
    """First bytes of a channel's word that take part in a step.

    Parameters
    ----------
    lane : sequence of int
        The channel's index along each spatial dimension.
    word_bytes : int
    acting : sequence of bool
        For each spatial dimension, then for all words, whether its mask acts.
    lanes, edges : sequence of int
        For each spatial dimension, channels kept whole and bytes kept of the next.
    of_word : int
        Bytes kept of every word.
    """
    kept = [word_bytes]
    for i, acts, whole, edge in zip(lane, acting, lanes, edges, strict=False):
        if acts and i >= whole:
            kept.append(edge if i == whole else 0)
    if acting[-1]:
        kept.append(of_word)
    return min(kept)


def remap(word: int, group: int, memory: MemoryConfig) -> tuple[int, int]:
    """Bank and row of a word address where ``group`` banks are interleaved.

    Consecutive words cycle through the banks of one group; once every row of those banks is used,
    addressing continues in the next group.
    """
    words_per_group = group * memory.bank_depth
    which, inside = divmod(word, words_per_group)
    row, bank = divmod(inside, group)
    return which * group + bank, row


def place(address: int, group: int, memory: MemoryConfig, *, reach: int = 1, channel: int = 0) -> tuple[int, int] | str:
    """Bank and row of a byte address, or the name of the error that suppresses the access."""
    if address >= memory.size:
        return "outside_memory"
    if address % memory.word_bytes:
        return "unaligned"
    bank, row = remap(address // memory.word_bytes, group, memory)
    if bank % reach != channel % reach:
        return "beyond_reach"
    return bank, row


def extend(words: Sequence[int], mask: Sequence[int], config: StreamerConfig, job: dict[str, int], memory: MemoryConfig) -> list[int]:
    """One step's words after the extensions that a job enables.

    Parameters
    ----------
    words : sequence of int
        One bank word for each channel.
    mask : sequence of int
        For each channel one bit for each byte that was not left out; all ones in writers.
    config : StreamerConfig
    job : dict
        Fields of the streamer's job by name; those of extensions that do not act may be missing.
    memory : MemoryConfig
    """
    words = list(words)
    for extension in config.extensions:
        if job[enable_name(extension)]:
            parameters = {field.name: job[named.name] for field, named in
                          zip(extension.fields, parameter_fields(extension), strict=True)}
            words = extension.golden(words, list(mask), parameters, memory)
    return words
