# SPDX-License-Identifier: Apache-2.0
"""What the stages of the descriptor queue hand to one another."""

from amaranth import unsigned
from amaranth.lib import data, enum

from ...config import ClusterConfig
from ...config.base import bits_for
from ...config.descriptor_format import HEADER, LARGEST_RING, MASK_BITS, SECTION, SOURCE
from ...config.error_causes import ErrorCause
from ...config.register_map import WORD_BYTES, RegisterMap
from ...config.registers import REGISTER_BITS
from ...parts.job import fields_layout

HEADER_LAYOUT, SECTION_LAYOUT, SOURCE_LAYOUT = (fields_layout(word.fields) for word in (HEADER, SECTION, SOURCE))
BLOCK_WORDS = 64
"""Words of the aligned blocks that no request for words crosses; 256 bytes, so no AXI burst crosses 4 KiB."""
POSITION_BITS = LARGEST_RING + 1
"""Bits that count the words of a full ring."""
CAUSE_BITS = bits_for(max(ErrorCause) + 1)
LENGTH_BITS = HEADER_LAYOUT["length"].width


def word_address_bits(config: ClusterConfig) -> int:
    """Bits of the address of a word of 32 bits in either memory; one more, so that a ring's end beyond it shows."""
    return max(REGISTER_BITS, config.dma.address_width) - bits_for(WORD_BYTES) + 1


class RequestLayout(data.StructLayout):
    """Words at consecutive addresses within one aligned block of `BLOCK_WORDS`."""

    def __init__(self, config: ClusterConfig):
        super().__init__({"address": word_address_bits(config), "count": bits_for(BLOCK_WORDS + 1), "table": 1})


WORD_LAYOUT = data.StructLayout({"data": REGISTER_BITS, "error": 1, "table": 1})
"""A word that was asked for; ``table`` is that of its request."""

FAILURE_LAYOUT = data.StructLayout({"cause": CAUSE_BITS, "fatal": 1, "length": LENGTH_BITS})
"""Why a descriptor is refused; ``fatal`` if its length cannot be trusted, so that nobody knows where the next one is."""


class CheckedLayout(data.StructLayout):
    """A word of a descriptor without checksum; or, if ``failed``, a failure in place of a descriptor."""

    def __init__(self):
        super().__init__({"data": REGISTER_BITS, "last": 1, "failed": 1})


class Act(enum.Enum, shape=unsigned(2)):
    """What an item asks for."""

    WRITE = 0
    PUSH = 1
    END = 2


class StepLayout(data.StructLayout):
    """What a word of a descriptor comes to, its legality not looked at; an ``END`` holds a failure, or cause 0."""

    def __init__(self, registers: RegisterMap):
        most = max(len(block.registers) for block in registers.unit_blocks)
        super().__init__({
            "act": Act, "restore": 1, "unit": SECTION_LAYOUT["unit"].width,
            "register": bits_for(max(most, MASK_BITS)), "data": REGISTER_BITS,
        })


class ItemLayout(data.StructLayout):
    """A legal step: a register write by word address, a push, or the end of a descriptor."""

    def __init__(self, registers: RegisterMap):
        super().__init__({
            "act": Act, "restore": 1, "unit": SECTION_LAYOUT["unit"].width,
            "address": bits_for(registers.window_base) - bits_for(WORD_BYTES), "data": REGISTER_BITS,
        })
