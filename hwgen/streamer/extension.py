# SPDX-License-Identifier: Apache-2.0
"""What every datapath extension is in hardware: wide word in, wide word out."""

from abc import abstractmethod

from amaranth import Const, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import ExtensionConfig, MemoryConfig, StreamerConfig
from ..parts.job import fields_layout


class Extension(wiring.Component):
    """A function of one step's words and of the job's parameters.

    ``o`` belongs to the ``i`` of ``config.latency`` cycles in which ``advance`` was high before. In
    cycles without ``advance`` an extension with latency stands still. What is in ``i`` may be no step
    at all; it then leaves as nothing as well. Enabling and bypassing is the chain's business.

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
    mask : ``In(channels * bank_width / 8)``
        One bit for each byte of the words as a reader fetched them: 0 if tail masks left it out. It
        belongs to the ``i`` of the same cycle; all ones in writers and without tail masks.
    parameters : ``In(fields_layout(config.fields))``
        The job's values of the extension's fields; those of the ``i`` of the same cycle.
    advance : ``In(1)``
        The pipeline moves; high all the time where no extension has latency.
    """

    def __init__(self, memory: MemoryConfig, streamer: StreamerConfig, config: ExtensionConfig):
        self.memory, self.streamer, self.config = memory, streamer, config
        width = streamer.channels * memory.bank_width
        super().__init__({
            "i": In(width),
            "o": Out(width),
            "mask": In(width // 8),
            "parameters": In(fields_layout(config.fields)),
            "advance": In(1),
        })

    @abstractmethod
    def elaborate(self, platform): ...


def fetched_channels(streamer: StreamerConfig, enable):
    """Value: mask of the channels to fetch when the extensions whose bit is set in ``enable`` act."""
    everything = (1 << streamer.channels) - 1
    mask = Const(everything, streamer.channels)
    fetches_all = True
    for k, config in reversed(list(enumerate(streamer.extensions))):
        # What an extension needs counts for all that follow it, since they see only its result.
        needed = config.needed(streamer)
        if needed != streamer.channels or not fetches_all:
            mask = Mux(enable[k], (1 << needed) - 1, mask)
            fetches_all = False
    return mask
