# SPDX-License-Identifier: Apache-2.0
"""The registers behind the bus: address decoding, legality checks, and the entries being prepared."""

from amaranth import Cat, Module, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..config.base import bits_for
from ..config.descriptor_registers import GUARDED, descriptor_registers
from ..config.register_map import WORD_BYTES, RegisterMap, window_groups
from ..config.registers import REGISTER_BITS, Field, Register
from .legal_values import LegalValues
from .unit_queue import queued_layout


class RegisterFile(wiring.Component):
    """Combinational decoding of one write and one read per cycle.

    A write is refused, and changes nothing, unless its address is that of a writable register, all
    four bytes are written, and every field's value is legal; or if ``refuse`` is high.

    Members
    -------
    write, write_address, write_data, write_strobe : ``In``
        A write in this cycle.
    write_error : ``Out(1)``
        It is refused.
    refuse : ``In(1)``
        The register's owner refuses it; may depend on ``commands`` and ``write_data``.
    commands : ``Out``
        One bit for each write-only register, and for each one of the descriptor queue that may refuse
        to be written: it is being written with a legal value.
    job_write : ``Out(1)``
        A register that prepares or pushes a job is written.
    entries : ``Out``, by unit
        Entry being prepared: the value of every field of the unit's block.
    restore : ``In(units)``
        Units whose entry takes its reset values; a write in the same cycle comes after.
    settings : ``Out``, by register
        Values of the registers of the descriptor queue.
    values : ``In``, by register
        What read-only registers read as.
    interrupts : ``In(2)``
        Sets bits of ``interrupt_status``.
    interrupt_pending : ``Out(1)``
    window_mode : ``Out``
    read_address : ``In``
    read_data, read_error : ``Out``
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.map = config, RegisterMap(config)
        unit_count, words = len(self.map.units), self.map.global_block.registers
        self.offset_bits = bits_for(self.map.window_base)
        super().__init__({
            "write": In(1),
            "write_address": In(self.offset_bits),
            "write_data": In(REGISTER_BITS),
            "write_strobe": In(WORD_BYTES),
            "write_error": Out(1),
            "refuse": In(1),
            "commands": Out(data.StructLayout({w.name: 1 for w in words if w.access == "wo" or w.name in GUARDED})),
            "job_write": Out(1),
            "entries": Out(data.StructLayout({u.name: queued_layout(config, u, unit_count) for u in self.map.units})),
            "restore": In(unit_count),
            "settings": Out(data.StructLayout({w.name: w.width for w in self._settings()})),
            "values": In(data.StructLayout({w.name: REGISTER_BITS for w in words if w.access == "ro"})),
            "interrupts": In(2),
            "interrupt_pending": Out(1),
            "window_mode": Out(bits_for(len(window_groups(config)))),
            "read_address": In(self.offset_bits),
            "read_data": Out(REGISTER_BITS),
            "read_error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        word_address = self.write_address[bits_for(WORD_BYTES):]
        # Made here, outside of any condition, since registers with equal checks share them.
        legality = LegalValues(m, self.write_data)
        checks = {word: legality.check(word) for block in self.map.blocks for word in block.registers if word.access != "ro"}
        legal, accepted = Signal(), Signal()
        whole = self.write_strobe.all() & ~self.write_address[:bits_for(WORD_BYTES)].any()
        m.d.comb += [
            accepted.eq(self.write & legal & whole & ~self.refuse),
            self.write_error.eq(~(legal & whole) | self.refuse),
            self.read_error.eq(1),
        ]
        status, enable = Signal(2), Signal(2)
        m.d.sync += status.eq(status | self.interrupts)
        m.d.comb += self.interrupt_pending.eq((status & enable).any())
        # One signal for each field: a single wide one would be slow to simulate.
        held = {block.name: {field.name: self._held(block.name, field) for word in block.registers for field in word.fields}
                for block in self.map.unit_blocks}
        for name, fields in held.items():
            m.d.comb += [self.entries[name][field].eq(value) for field, value in fields.items()]

        with m.Switch(word_address):
            for block in self.map.blocks:
                for word in block.registers:
                    if word.access == "ro":
                        continue
                    with m.Case(block.address(word.name) // WORD_BYTES):
                        m.d.comb += legal.eq(checks[word])
                        if block.unit is None:
                            self._write_global(m, word, accepted, checks[word] & whole, status, enable)
                        else:
                            m.d.comb += self.job_write.eq(accepted)
            with m.Default():
                m.d.comb += legal.eq(0)
        for index, block in enumerate(self.map.unit_blocks):
            with m.If(self.restore[index]):
                m.d.sync += [held[block.name][field.name].eq(field.reset) for word in block.registers for field in word.fields]
            self._write_block(m, block, accepted, held[block.name])

        with m.Switch(self.read_address[bits_for(WORD_BYTES):]):
            for block in self.map.blocks:
                for word in block.registers:
                    if word.access == "wo":
                        continue
                    with m.Case(block.address(word.name) // WORD_BYTES):
                        m.d.comb += self.read_error.eq(self.read_address[:bits_for(WORD_BYTES)].any())
                        m.d.comb += self.read_data.eq(self._read(block, word, held, status, enable))
            with m.Default():
                pass
        return m

    @staticmethod
    def _held(block: str, field: Field) -> Signal:
        shape = signed(field.width) if field.signed else unsigned(field.width)
        return Signal(shape, name=f"{block}_{field.name}", init=field.reset, attrs={"hwgen_role": "configuration"})

    def _settings(self):
        """Registers that only the descriptor queue looks at."""
        return [word for word in descriptor_registers(self.config.dma) if word.access == "rw"]

    def _write_block(self, m, block, accepted, held):
        """Fields of a unit's block; apart from the decoding above, which each of them would repeat."""
        size = bits_for(block.end - block.offset)
        here = Signal(name=f"writes_{block.name}")
        m.d.comb += here.eq(accepted & (self.write_address[size:] == block.offset >> size))
        for word in block.registers:
            low = block.address(word.name) % (1 << size) // WORD_BYTES
            with m.If(here & (self.write_address[bits_for(WORD_BYTES):size] == low)):
                for field in word.fields:
                    m.d.sync += held[field.name].eq(self.write_data[field.offset:field.offset + field.width])

    def _write_global(self, m, word: Register, accepted, legal, status, enable):
        if word.name in self.commands.shape().members:
            m.d.comb += self.commands[word.name].eq(self.write & legal)
        if word.access == "wo":
            if word.name == "push":
                m.d.comb += self.job_write.eq(accepted)
            return
        with m.If(accepted):
            match word.name:
                case "interrupt_status":
                    m.d.sync += status.eq(status & ~self.write_data[:2] | self.interrupts)
                case "interrupt_enable":
                    m.d.sync += enable.eq(self.write_data[:2])
                case "window_mode":
                    m.d.sync += self.window_mode.eq(self.write_data[:len(self.window_mode)])
                case _:
                    m.d.sync += self.settings[word.name].eq(self.write_data)

    def _read(self, block, word: Register, held, status, enable):
        if block.unit is not None:
            if len(word.fields) == 1:
                return held[block.name][word.fields[0].name]
            return Cat(held[block.name][field.name] for field in word.fields)
        match word.name:
            case "interrupt_status":
                return status
            case "interrupt_enable":
                return enable
            case "window_mode":
                return self.window_mode
            case name if word.access == "rw":
                return self.settings[name]
            case name:
                return self.values[name]
