# SPDX-License-Identifier: Apache-2.0
"""The banked scratchpad."""

from amaranth import ClockSignal, Instance, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped

from ..config import ClusterConfig
from ..parts.bank_port import BankSignature
from ..parts.memory_bank import MemoryBank


class Scratchpad(wiring.Component):
    """All banks, side by side.

    Parameters
    ----------
    config : ClusterConfig
    bank_module : str or None
        Name of the Verilog module that is instantiated for each bank (ports clk, en, we, be, addr,
        wdata, rdata); None builds `MemoryBank`, which can be simulated in Python.

    Members
    -------
    banks : ``In(BankSignature(memory))``, one for each bank
    """

    def __init__(self, config: ClusterConfig, *, bank_module: str | None = None):
        self.memory, self.bank_module = config.memory, bank_module
        super().__init__({"banks": In(BankSignature(config.memory)).array(config.memory.banks)})

    def elaborate(self, platform):
        m = Module()
        for b, port in enumerate(self.banks):
            if self.bank_module is None:
                m.submodules[f"bank_{b}"] = bank = MemoryBank(self.memory)
                connect(m, flipped(port), bank)
            else:
                m.submodules[f"bank_{b}"] = Instance(
                    self.bank_module, i_clk=ClockSignal(), i_en=port.en, i_we=port.we, i_be=port.be,
                    i_addr=port.addr, i_wdata=port.wdata, o_rdata=port.rdata)
        return m
