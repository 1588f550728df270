# SPDX-License-Identifier: Apache-2.0
"""From a copy's job to the runs of bytes it touches in external memory."""

from amaranth import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.dma import DmaConfig
from ..parts.job import entry_layout
from ..streamer.address import ADDRESS_BITS, AddressGenerator
from .bursts import RunLayout


def address_of(config: DmaConfig, entry, name: str):
    """Value of an external address that may be split over two registers."""
    return Cat(entry[name], entry[f"{name}_high"]) if config.address_width > ADDRESS_BITS else entry[name]


class ExternalRuns(wiring.Component):
    """Walks the loops over runs: one run per cycle, the first one cycle after its job was taken.

    Members
    -------
    i : ``In(stream.Signature(entry_layout(unit)))``
        Jobs that move something; addresses are taken modulo 2**address_width.
    o : ``Out(stream.Signature(RunLayout(config, count_width)))``
    number : ``In(count_width)``
        Of the job being taken.
    """

    def __init__(self, config: DmaConfig, unit, count_width: int):
        self.config, self.unit, self.count_width = config, unit, count_width
        super().__init__({
            "i": In(stream.Signature(entry_layout(unit))),
            "o": Out(stream.Signature(RunLayout(config, count_width))),
            "number": In(count_width),
        })

    def elaborate(self, platform):
        m = Module()
        config, entry = self.config, self.i.payload
        bits = max(ADDRESS_BITS, config.address_width)
        m.submodules.generator = generator = AddressGenerator(config.loops, address_bits=bits)
        run_bytes = Signal.like(entry.run_bytes, attrs={"hwgen_role": "configuration"})
        number = Signal(self.count_width)
        m.d.comb += [
            generator.i.valid.eq(self.i.valid),
            self.i.ready.eq(generator.i.ready),
            generator.i.payload.base.eq(address_of(config, entry, "external_base")),
            *(generator.i.payload.bounds[d].eq(entry[f"external_bound_{d}"]) for d in range(config.dimensions)),
            *(generator.i.payload.strides[d].eq(entry[f"external_stride_{d}"]) for d in range(config.dimensions)),
            self.o.valid.eq(generator.o.valid),
            generator.o.ready.eq(self.o.ready),
            self.o.payload.address.eq(generator.o.payload.pointer),
            self.o.payload.bytes.eq(run_bytes),
            self.o.payload.last.eq(generator.o.payload.last),
            self.o.payload.job.eq(number),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [run_bytes.eq(entry.run_bytes), number.eq(self.number)]
        return m
