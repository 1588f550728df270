# SPDX-License-Identifier: Apache-2.0
"""How the interconnect drives one bank."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig


class BankSignature(wiring.Signature):
    """The port of a `MemoryBank`, as its user sees it; members are documented there."""

    def __init__(self, memory: MemoryConfig):
        super().__init__({
            "en": Out(1),
            "we": Out(1),
            "be": Out(memory.word_bytes),
            "addr": Out(memory.row_bits),
            "wdata": Out(memory.bank_width),
            "rdata": In(memory.bank_width),
        })
