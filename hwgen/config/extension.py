# SPDX-License-Identifier: Apache-2.0
"""What describes a datapath extension of a streamer: the one interface of shipped and foreign ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .base import StrictModel
from .plugins import plugin_name
from .registers import Field

if TYPE_CHECKING:
    from .memory import MemoryConfig
    from .streamer import StreamerConfig


class ExtensionConfig(StrictModel):
    """What the generator must know of an extension: wide word in, wide word out.

    Attributes
    ----------
    hardware : str or type
        ``module:Class`` of the component, or the class itself; derived from `hwgen.streamer.extension.Extension`.
    """

    hardware: ClassVar[Any]
    kind: str
    """A shipped extension's name, or module:Class."""

    @property
    def label(self) -> str:
        """Name in registers and modules."""
        return plugin_name(self.kind)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Register fields of its own, set by each job; the enabling bit is added to them."""
        return ()

    @property
    def latency(self) -> int:
        """Cycles from a word to its result; 0 for a combinational extension."""
        return 0

    def check(self, streamer: StreamerConfig, memory: MemoryConfig) -> None:
        """Refuse a streamer or memory that the extension cannot work with.

        Raises
        ------
        ValueError
            Saying what would be right.
        """

    def needed(self, streamer: StreamerConfig) -> int:
        """Channels, counted from 0, whose words the result depends on; no others are fetched."""
        return streamer.channels

    def golden(self, words: list[int], mask: list[int], parameters: dict[str, int], memory: MemoryConfig) -> list[int]:
        """The model: one step's words, channel 0 first, to those that leave.

        Parameters
        ----------
        words : list of int
            Bank words; bytes that were left out read as zero.
        mask : list of int
            For each channel one bit for each byte, lowest first: 0 where a reader's tail masks left it
            out. It speaks of the words as they were fetched, whatever earlier extensions made of them.
        parameters : dict
            Register fields of the job, by the names in `fields`.
        memory : MemoryConfig
        """
        raise NotImplementedError(f"extension {self.kind} has no golden model")


def elements_of(words: list[int], width: int, memory: MemoryConfig) -> list[int]:
    """Unsigned elements of ``width`` bits of one step's words, lowest first."""
    return [word >> low & (1 << width) - 1 for word in words for low in range(0, memory.bank_width, width)]


def words_from(elements: list[int], width: int, memory: MemoryConfig) -> list[int]:
    """Words that hold these elements, signed or not; the inverse of `elements_of`."""
    count = memory.bank_width // width
    return [sum((element & (1 << width) - 1) << i * width for i, element in enumerate(elements[first:first + count]))
            for first in range(0, len(elements), count)]
