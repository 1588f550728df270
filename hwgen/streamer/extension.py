# SPDX-License-Identifier: Apache-2.0
"""Datapath extensions: wide word in, wide word out, switched per job, bypassed when off."""

from abc import abstractmethod

from amaranth import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import BroadcasterConfig, ExtensionConfig, MemoryConfig, StreamerConfig, TransposerConfig


class Extension(wiring.Component):
    """A combinational function of one step's words.

    Parameters
    ----------
    memory : MemoryConfig
    streamer : StreamerConfig
    config : ExtensionConfig
        The extension's own entry in ``streamer.extensions``.

    Members
    -------
    i, o : ``In`` and ``Out(channels * bank_width)``
        Word of channel ``c`` at bit ``c * bank_width``.
    """

    def __init__(self, memory: MemoryConfig, streamer: StreamerConfig, config: ExtensionConfig):
        self.memory, self.streamer, self.config = memory, streamer, config
        width = streamer.channels * memory.bank_width
        super().__init__({"i": In(width), "o": Out(width)})

    @classmethod
    def needed(cls, streamer: StreamerConfig, config: ExtensionConfig) -> int:
        """Channels, counted from 0, whose words the result depends on; no others are fetched."""
        return streamer.channels

    @abstractmethod
    def elaborate(self, platform): ...


class Transposer(Extension):
    """Exchanges row (channel) and column (position in the word) of every element of the tile."""

    config: TransposerConfig

    def elaborate(self, platform):
        m = Module()
        width, size = self.config.element_width, self.streamer.channels
        for row in range(size):
            for column in range(size):
                source = self.i.word_select(column * size + row, width)
                m.d.comb += self.o.word_select(row * size + column, width).eq(source)
        return m


class Broadcaster(Extension):
    """Repeats the words of the first ``channels / factor`` channels over all channels."""

    config: BroadcasterConfig

    @classmethod
    def needed(cls, streamer, config):
        return streamer.channels // config.factor

    def elaborate(self, platform):
        m = Module()
        period = len(self.i) // self.config.factor
        for copy in range(self.config.factor):
            m.d.comb += self.o.word_select(copy, period).eq(self.i[:period])
        return m


EXTENSIONS: dict[str, type[Extension]] = {"transposer": Transposer, "broadcaster": Broadcaster}


class ExtensionChain(wiring.Component):
    """All extensions of a streamer in order, each bypassed unless enabled.

    Members
    -------
    enable : ``In(number of extensions)``
        Bit ``k`` switches extension ``k``; holds for all words of a job.
    i, o : ``In`` and ``Out(channels * bank_width)``
        No latency.
    """

    def __init__(self, memory: MemoryConfig, streamer: StreamerConfig):
        self.extensions = [EXTENSIONS[config.kind](memory, streamer, config) for config in streamer.extensions]
        self.width = streamer.channels * memory.bank_width
        super().__init__({
            "enable": In(len(self.extensions)),
            "i": In(self.width),
            "o": Out(self.width),
        })

    def elaborate(self, platform):
        m = Module()
        words = self.i
        for k, extension in enumerate(self.extensions):
            m.submodules[extension.config.kind] = extension
            out = Signal(self.width, name=f"{extension.config.kind}_o")
            m.d.comb += [extension.i.eq(words), out.eq(Mux(self.enable[k], extension.o, words))]
            words = out
        m.d.comb += self.o.eq(words)
        return m


def fetched_channels(streamer: StreamerConfig, enable):
    """Value: mask of the channels to fetch when the extensions whose bit is set in ``enable`` act."""
    everything = (1 << streamer.channels) - 1
    mask = Const(everything, streamer.channels)
    fetches_all = True
    for k, config in reversed(list(enumerate(streamer.extensions))):
        # What an extension needs counts for all that follow it, since they see only its result.
        needed = EXTENSIONS[config.kind].needed(streamer, config)
        if needed != streamer.channels or not fetches_all:
            mask = Mux(enable[k], (1 << needed) - 1, mask)
            fetches_all = False
    return mask
