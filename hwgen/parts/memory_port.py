# SPDX-License-Identifier: Apache-2.0
"""How one channel asks the interconnect for one bank word."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig
from ..config.base import bits_for


class MemoryPortSignature(wiring.Signature):
    """One channel's port, as the channel sees it.

    A request holds until it is granted; read data follow exactly one cycle after the grant.

    Parameters
    ----------
    memory : MemoryConfig
    reach : int
        The port reaches the banks that equal its channel modulo this power of two; 1 reaches all.
    reads : bool
        Direction; a port only reads or only writes.
    masked : bool
        A writer's port may write single bytes.

    Members
    -------
    request : ``Out(1)``
    bank : ``Out(log2(banks / reach))``
        Which of the reachable banks, counted upwards.
    row : ``Out(row_bits)``
        Word within the bank.
    urgent : ``Out(1)``
        Refusing this request costs the unit a cycle (readers), or it stands still until the
        request is granted (writers).
    late : ``Out(1)``
        The streamer's other channels wait for this one, or soon will; it goes first among them.
    grant : ``In(1)``
        The request is served in this cycle.
    read_data : ``In(bank_width)`` (readers)
        Word granted one cycle before.
    write_data : ``Out(bank_width)`` (writers)
    write_bytes : ``Out(bank_width / 8)`` (writers whose ports are masked)
        Bytes to write, lowest first; others write all.
    """

    def __init__(self, memory: MemoryConfig, *, reach: int, reads: bool, masked: bool = False):
        self.memory, self.reach, self.reads, self.masked = memory, reach, reads, masked and not reads
        data = {"read_data": In(memory.bank_width)} if reads else {"write_data": Out(memory.bank_width)}
        if self.masked:
            data["write_bytes"] = Out(memory.word_bytes)
        super().__init__({
            "request": Out(1),
            "bank": Out(bits_for(memory.banks // reach)),
            "row": Out(memory.row_bits),
            "urgent": Out(1),
            "late": Out(1),
            "grant": In(1),
            **data,
        })
