# SPDX-License-Identifier: Apache-2.0
"""Whether accesses stay within the program's buffers, and write only those that may be written."""

from collections.abc import Sequence

import numpy as np

from ...config import ClusterConfig
from ...config.dma import LOAD, NOTIFY
from ...config.register_map import WORD_BYTES
from ...errors import MappingError
from .buffers import UNWRITTEN, Buffer, scratchpad_bytes
from .entries import Numbered
from .external import ExternalRuns
from .footprints import Footprints


def check_buffers(buffers: Sequence[Buffer], config: ClusterConfig) -> None:
    """Refuse buffers that do not fit the cluster's memories.

    Raises
    ------
    MappingError
    """
    for buffer in buffers:
        if buffer.space == "external":
            if config.dma is None:
                raise MappingError(f"space of buffer {buffer.name!r} must be scratchpad, the only memory {config.name} has, not external")
            if buffer.end > 1 << config.dma.address_width:
                raise MappingError(f"buffer {buffer.name!r} must end within the {1 << config.dma.address_width} bytes of external addresses, not at {buffer.end}")
            continue
        groups = sorted({group for streamer in config.all_streamers.values() for group in streamer.groups})
        if buffer.group not in groups:
            raise MappingError(f"group of buffer {buffer.name!r} must be one of {', '.join(map(str, groups))}, not {buffer.group!r}")
        if buffer.end > config.memory.size:
            raise MappingError(f"buffer {buffer.name!r} must end within the scratchpad's {config.memory.size} bytes, not at {buffer.end}")


class ScratchpadBounds:
    """Bytes of the scratchpad that may be touched.

    Parameters
    ----------
    config : ClusterConfig
    buffers : sequence of Buffer
        Of the whole program.
    footprints : Footprints
    """

    def __init__(self, config: ClusterConfig, buffers: Sequence[Buffer], footprints: Footprints):
        self.config, self.footprints = config, footprints
        self.buffers = [buffer for buffer in buffers if buffer.space == "scratchpad"]
        self._touched, self._written = np.zeros(config.memory.size, bool), np.ones(config.memory.size, bool)
        for buffer in self.buffers:
            places = scratchpad_bytes(config.memory, buffer)
            if buffer.role != "guard":
                self._touched[places] = True
            if buffer.role in UNWRITTEN:
                self._written[places] = False
        for buffer in self.buffers:
            if buffer.role == "guard":
                self._touched[scratchpad_bytes(config.memory, buffer)] = False
        shape = config.memory.words, config.memory.word_bytes
        self._whole, self._writable = (flags.reshape(shape).all(axis=1) for flags in (self._touched, self._written))
        self._checked: set[tuple] = set()

    def check(self, one: Numbered) -> None:
        """Refuse an entry of a streamer that goes beyond.

        Raises
        ------
        MappingError
            With the first byte it must not touch.
        """
        key = one.unit, *one.entry.fields.items()
        if key in self._checked:
            return
        footprint, word_bytes = self.footprints.of(one), self.config.memory.word_bytes
        for whole, single, words in ((self._whole, self._touched, "touch"), (self._writable, self._written, "write")):
            if words == "write" and self.config.all_streamers[one.unit].reads:
                continue
            bad = [*(footprint.words[~whole[footprint.words]] * word_bytes), *footprint.bytes[~single[footprint.bytes]]]
            if bad:
                byte = int(bad[0]) + int(np.argmin(single[int(bad[0]):int(bad[0]) + word_bytes]))
                name = self.footprints.name(one, byte)
                if words == "touch":
                    raise MappingError(f"{one} #{one.number} must stay within the program's buffers, not touch {name}")
                held = next(buffer for buffer in self.buffers if buffer.role in UNWRITTEN and byte in scratchpad_bytes(self.config.memory, buffer))
                raise MappingError(f"{one} #{one.number} must not write buffer {held.name!r}, whose role is {held.role}, but writes {name}")
        self._checked.add(key)


class ExternalBounds:
    """Bytes of external memory that may be touched.

    Parameters
    ----------
    buffers : sequence of Buffer
        Of the whole program.
    runs : ExternalRuns
    """

    def __init__(self, buffers: Sequence[Buffer], runs: ExternalRuns):
        outside = [buffer for buffer in buffers if buffer.space == "external"]
        self.runs, self.unwritten = runs, [buffer for buffer in outside if buffer.role in UNWRITTEN]
        self.guards = [buffer for buffer in outside if buffer.role == "guard"]
        # Buffers that adjoin or overlap are one stretch.
        stretches: list[list[int]] = []
        for start, end in sorted((buffer.address, buffer.end) for buffer in outside if buffer.role != "guard"):
            if stretches and start <= stretches[-1][1]:
                stretches[-1][1] = max(end, stretches[-1][1])
            else:
                stretches.append([start, end])
        self._starts, self._ends = np.array([[-1, 0], *stretches], np.int64).T

    def check(self, one: Numbered) -> None:
        """Refuse an entry of `load`, `store` or `notify` that goes beyond.

        Raises
        ------
        MappingError
        """
        starts, ends = self.runs.of(one)
        if one.unit == NOTIFY and starts[0] % WORD_BYTES:
            raise MappingError(f"{one} #{one.number} must write a word at a multiple of {WORD_BYTES}, not at {starts[0]}")
        at = np.searchsorted(self._starts, starts, "right") - 1
        bad = np.flatnonzero((at < 0) | (ends > self._ends[at]))
        if len(bad):
            start, limit = int(starts[bad[0]]), int(self._ends[at[bad[0]]])
            raise MappingError(f"{one} #{one.number} must stay within the program's buffers, not touch external byte {max(start, limit)}")
        for held in self.guards if one.unit == LOAD else (*self.guards, *self.unwritten):
            hit = np.flatnonzero((starts < held.end) & (ends > held.address))
            if len(hit):
                verb = "touch" if held.role == "guard" else "write"
                raise MappingError(f"{one} #{one.number} must not {verb} buffer {held.name!r}, whose role is {held.role}, but {verb}{'e' * (verb == 'touch')}s"
                                   f" external byte {max(int(starts[hit[0]]), held.address)}")
