# SPDX-License-Identifier: Apache-2.0
"""Addressing modes: from a word address to a bank and a row, chosen at run time."""

from amaranth import Cat, Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig
from ..config.base import bits_for, is_power_of_two


class BankAddress(data.StructLayout):
    """Where a word lies: its bank and its row within the bank."""

    def __init__(self, memory: MemoryConfig):
        super().__init__({"bank": memory.bank_bits, "row": memory.row_bits})


class AddressRemapper(wiring.Component):
    """Combinational logical-to-physical address permutation.

    In mode ``k``, consecutive words cycle through ``groups[k]`` banks; once every row of those
    banks is used, addressing continues in the next group of banks. A group of all banks is the
    paper's FIMA, a single bank its NIMA, all others GIMA.

    Parameters
    ----------
    memory : MemoryConfig
        Geometry of the scratchpad.
    groups : tuple of int
        Banks in one group for each mode, powers of two.

    Members
    -------
    mode : ``In(bits for len(groups))``
        Modes beyond the last select the last.
    i : ``In(word_bits)``
        Logical word address.
    o : ``Out(BankAddress(memory))``
        Physical address, with no latency.

    Raises
    ------
    ValueError
        If there is no group, or one that is not a power of two within the banks.
    """

    def __init__(self, memory: MemoryConfig, *, groups: tuple[int, ...]):
        if not groups:
            raise ValueError(f"Remapper needs one or more groups, not {groups!r}")
        for group in groups:
            if not is_power_of_two(group) or group > memory.banks:
                raise ValueError(f"Remapper needs groups that are powers of two within 1..{memory.banks}, not {group!r}")
        self.memory, self.groups = memory, groups
        super().__init__({
            "mode": In(bits_for(len(groups))),
            "i": In(memory.word_bits),
            "o": Out(BankAddress(memory)),
        })

    def elaborate(self, platform):
        m = Module()
        *others, last = map(self._permute, self.groups)
        with m.Switch(self.mode):
            for mode, permutation in enumerate(others):
                with m.Case(mode):
                    m.d.comb += self.o.eq(permutation)
            with m.Default():
                m.d.comb += self.o.eq(last)
        return m

    def _permute(self, group: int):
        low, rows = bits_for(group), self.memory.row_bits
        within, row, which = self.i[:low], self.i[low:low + rows], self.i[low + rows:]
        return Cat(within, which, row)
