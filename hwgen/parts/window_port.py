# SPDX-License-Identifier: Apache-2.0
"""How the memory window asks the interconnect for one word of any bank."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig


class WindowPortSignature(wiring.Signature):
    """One request at a time to any bank, for reading or writing, as the window sees it.

    Members
    -------
    request, grant : ``Out(1)``, ``In(1)``
        A request holds until it is granted.
    write : ``Out(1)``
    bank, row : ``Out``
    be : ``Out(bank_width / 8)``
        Bytes to write.
    write_data : ``Out(bank_width)``
    read_data : ``In(bank_width)``
        Word whose read was granted one cycle before.
    """

    def __init__(self, memory: MemoryConfig):
        super().__init__({
            "request": Out(1),
            "grant": In(1),
            "write": Out(1),
            "bank": Out(memory.bank_bits),
            "row": Out(memory.row_bits),
            "be": Out(memory.word_bytes),
            "write_data": Out(memory.bank_width),
            "read_data": In(memory.bank_width),
        })
