# SPDX-License-Identifier: Apache-2.0
"""Ragged tiles: which channels of a step, and which bytes of their words, take part."""

from amaranth import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from ..config.base import bits_for


def tail_flags(config: StreamerConfig) -> int:
    """Masks that may act on a step: one for each spatial dimension in order, then that of words."""
    return config.spatial_dimensions + 1 if config.tail_masks else 0


class TailSettings(data.StructLayout):
    """How much each mask of a job keeps; members are named like the fields of the job."""

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        byte_count = bits_for(memory.word_bytes + 1)
        members = {}
        if config.tail_masks:
            for s, bound in enumerate(config.spatial_bounds):
                members |= {f"tail_lanes_{s}": bits_for(bound + 1), f"tail_bytes_{s}": byte_count}
            members["tail_word_bytes"] = byte_count
        super().__init__(members)


class TailMask(wiring.Component):
    """Combinational masks of one step.

    A mask along spatial dimension ``s`` keeps channels whose index is below ``tail_lanes_s``, and of
    the channel with just that index the first ``tail_bytes_s`` bytes; the mask of words keeps the
    first ``tail_word_bytes`` bytes of each. What every acting mask keeps takes part.

    Members
    -------
    tail : ``In(tail_flags(config))``
        Masks that act.
    settings : ``In(TailSettings(memory, config))``
    lanes : ``Out(channels)``
        Channels of whose words any byte takes part.
    bytes : ``Out(ArrayLayout(word_bytes, channels))``
        Bytes that take part, lowest first.

    Raises
    ------
    ValueError
        If the streamer has no tail masks.
    """

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        if not config.tail_masks:
            raise ValueError(f"TailMask needs a config with tail_masks, not {config.tail_masks!r}")
        self.memory, self.config = memory, config
        super().__init__({
            "tail": In(tail_flags(config)),
            "settings": In(TailSettings(memory, config)),
            "lanes": Out(config.channels),
            "bytes": Out(data.ArrayLayout(memory.word_bytes, config.channels)),
        })

    def elaborate(self, platform):
        m = Module()
        config, word_bytes = self.config, self.memory.word_bytes
        kept = []
        for s, bound in enumerate(config.spatial_bounds):
            kept.append([])
            first = self._first(m, f"first_{s}", self.settings[f"tail_bytes_{s}"])
            for i in range(bound):
                lanes, mask = self.settings[f"tail_lanes_{s}"], Signal(word_bytes, name=f"kept_{s}_{i}")
                m.d.comb += mask.eq((~self.tail[s] | (lanes > i)).replicate(word_bytes)
                                    | ((lanes == i).replicate(word_bytes) & first))
                kept[s].append(mask)
        word = Signal(word_bytes)
        m.d.comb += word.eq((~self.tail[-1]).replicate(word_bytes) | self._first(m, "first", self.settings.tail_word_bytes))
        for c, lane in enumerate(config.lanes()):
            taken = word
            for s, i in enumerate(lane):
                taken = taken & kept[s][i]
            # What a mask keeps of a word is its first bytes, so byte 0 tells whether anything is left.
            m.d.comb += [self.bytes[c].eq(taken), self.lanes[c].eq(self.bytes[c][0])]
        return m

    def _first(self, m: Module, name: str, count):
        """Mask of the first ``count`` bytes of a word."""
        mask = Signal(self.memory.word_bytes, name=name)
        m.d.comb += [mask[b].eq(count > b) for b in range(len(mask))]
        return mask
