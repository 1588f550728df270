# SPDX-License-Identifier: Apache-2.0
"""The datapath extensions that ship with the generator, as they are described.

A user's own is a class derived from `ExtensionConfig` like these, in a package of theirs.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from .base import Positive, PowerOfTwo
from .extension import ExtensionConfig, elements_of, words_from
from .plugins import Plugin
from .registers import Field as RegisterField


class TransposerConfig(ExtensionConfig):
    """Transposes the tile of one step, whose elements lie row after row in the words of all channels."""

    hardware: ClassVar[Any] = "hwgen.streamer.extensions.transposer:Transposer"
    kind: Literal["transposer"]
    element_width: PowerOfTwo = 8
    """Bits of one element; divides the bank word."""
    rows: Positive | None = None
    """Rows of the tile as it comes in; the number of channels where a word holds as many elements."""

    def check(self, streamer, memory):
        if self.element_width > memory.bank_width:
            raise ValueError(f"a transposer's element_width must not exceed the {memory.bank_width} bits of a word, not {self.element_width}")
        elements = memory.bank_width // self.element_width
        if self.rows is None and elements != streamer.channels:
            raise ValueError(
                f"a transposer needs rows unless a word has as many elements as there are channels, {streamer.channels}, not {elements}")
        total = elements * streamer.channels
        if self.rows is not None and total % self.rows:
            raise ValueError(f"a transposer's rows must divide the {total} elements of a step, not {self.rows}")

    def rows_of(self, channels: int) -> int:
        """Rows of the tile that comes in; those of the one that leaves are its columns."""
        return self.rows or channels

    def golden(self, words, mask, parameters, memory):
        tile = elements_of(words, self.element_width, memory)
        rows = self.rows_of(len(words))
        columns = len(tile) // rows
        return words_from([tile[r * columns + c] for c in range(columns) for r in range(rows)], self.element_width, memory)


class BroadcasterConfig(ExtensionConfig):
    """Fetches the first ``channels / factor`` channels and repeats them over all others."""

    hardware: ClassVar[Any] = "hwgen.streamer.extensions.broadcaster:Broadcaster"
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

    def golden(self, words, mask, parameters, memory):
        return words[:len(words) // self.factor] * self.factor


class RequantizeConfig(ExtensionConfig):
    """Rescales signed elements one by one and clamps them to their width.

    Each becomes ``((x - input_zero_point) * multiplier / 2**shift, rounded half up) + output_zero_point``.
    """

    hardware: ClassVar[Any] = "hwgen.streamer.extensions.requantize:Requantizer"
    kind: Literal["requantize"]
    element_width: Literal[8, 16] = 8
    """Bits of one signed element, before and after."""

    @property
    def fields(self):
        return (
            RegisterField("input_zero_point", self.element_width, "Subtracted from each element.", signed=True),
            RegisterField("output_zero_point", self.element_width, "Added to each rescaled element.", signed=True),
            RegisterField("multiplier", 16, "Multiplies each element; the scale times 2**shift."),
            RegisterField("shift", 5, "Bits shifted right after the multiplication, rounding half up."),
        )

    @property
    def latency(self):
        return 2

    def check(self, streamer, memory):
        if self.element_width > memory.bank_width:
            raise ValueError(f"requantize's element_width must not exceed the {memory.bank_width} bits of a word, not {self.element_width}")

    def golden(self, words, mask, parameters, memory):
        half, sign = (1 << parameters["shift"]) >> 1, 1 << self.element_width - 1
        results = []
        for element in elements_of(words, self.element_width, memory):
            value = (element ^ sign) - sign - parameters["input_zero_point"]
            rescaled = (value * parameters["multiplier"] + half >> parameters["shift"]) + parameters["output_zero_point"]
            results.append(min(max(rescaled, -sign), sign - 1))
        return words_from(results, self.element_width, memory)


class ZeroFillConfig(ExtensionConfig):
    """Puts a value of the job's, such as a zero point, where tail masks left bytes out."""

    hardware: ClassVar[Any] = "hwgen.streamer.extensions.zero_fill:ZeroFill"
    kind: Literal["zero_fill"]
    element_width: Literal[8, 16, 32] = 8
    """Bits of one element, and so of the value."""

    @property
    def fields(self):
        return (RegisterField("fill_value", self.element_width, "Stands for elements that were left out.", signed=True),)

    def check(self, streamer, memory):
        if not (streamer.reads and streamer.tail_masks and streamer.extensions[0] == self):
            raise ValueError("zero_fill must be the first extension of a reader with tail_masks, which leave bytes out,"
                             f" not on a {streamer.mode} streamer with {', '.join(e.label for e in streamer.extensions)}"
                             f" and tail_masks = {str(streamer.tail_masks).lower()}")
        if self.element_width > memory.bank_width:
            raise ValueError(f"zero_fill's element_width must not exceed the {memory.bank_width} bits of a word, not {self.element_width}")

    def golden(self, words, mask, parameters, memory):
        count = memory.bank_width // self.element_width
        (filler,) = words_from([parameters["fill_value"]] * count, self.element_width, memory)
        result = []
        for word, kept in zip(words, mask, strict=True):
            for byte in range(memory.word_bytes):
                if not kept >> byte & 1:
                    word = word & ~(0xFF << 8 * byte) | filler & 0xFF << 8 * byte
            result.append(word)
        return result


AnyExtension = Annotated[
    Annotated[TransposerConfig | BroadcasterConfig | RequantizeConfig | ZeroFillConfig, Field(discriminator="kind")],
    Plugin(ExtensionConfig, "hwgen.extensions"),
]
