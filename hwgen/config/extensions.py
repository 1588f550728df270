# SPDX-License-Identifier: Apache-2.0
"""Datapath extensions of a streamer, as they are described.

An extension is a class derived from `ExtensionConfig`. Those that ship with the generator are in
this file; a user's own needs nothing but the same class in a package of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from .base import PowerOfTwo, StrictModel
from .plugins import Plugin, plugin_name
from .registers import Field as RegisterField

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
    def fields(self) -> tuple[RegisterField, ...]:
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
            One bit for each byte of each word that was not left out.
        parameters : dict
            Register fields of the job, by name.
        memory : MemoryConfig
        """
        raise NotImplementedError(f"extension {self.kind} has no golden model")


class TransposerConfig(ExtensionConfig):
    """Transposes the square tile of one step: channels are rows, elements of a word are columns."""

    hardware: ClassVar[Any] = "hwgen.streamer.extension:Transposer"
    kind: Literal["transposer"]
    element_width: PowerOfTwo = 8
    """Bits of one element; elements per word must equal the number of channels."""

    def check(self, streamer, memory):
        elements = memory.bank_width // self.element_width
        if elements != streamer.channels:
            raise ValueError(f"a transposer needs as many elements in a word as channels, {streamer.channels}, not {elements}")


class BroadcasterConfig(ExtensionConfig):
    """Fetches the first ``channels / factor`` channels and repeats them over all others."""

    hardware: ClassVar[Any] = "hwgen.streamer.extension:Broadcaster"
    kind: Literal["broadcaster"]
    factor: Annotated[int, Field(ge=2)] = 8
    """How many times the fetched words are repeated; divides the number of channels."""

    def check(self, streamer, memory):
        if not streamer.reads or streamer.channels % self.factor:
            raise ValueError(
                f"a broadcaster needs a reader whose {streamer.channels} channels divide by its factor,"
                f" not {self.factor} on a {streamer.mode} streamer")

    def needed(self, streamer):
        return streamer.channels // self.factor


AnyExtension = Annotated[
    Annotated[TransposerConfig | BroadcasterConfig, Field(discriminator="kind")],
    Plugin(ExtensionConfig, "hwgen.extensions"),
]
