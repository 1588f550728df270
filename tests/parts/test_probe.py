# SPDX-License-Identifier: Apache-2.0
"""Probes keep their name in emitted Verilog."""

from amaranth import Module, Signal
from amaranth.back import verilog
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hwgen.emit.unused import without_unused
from hwgen.parts.probe import probe


class Probed(wiring.Component):
    """A register and a port, each under a probe as well."""

    i: In(data.StructLayout({"low": 2, "high": 3}))
    o: Out(1)

    def elaborate(self, platform):
        m = Module()
        held, unwatched = Signal(), Signal(5)
        m.d.sync += held.eq(self.i.low[0])
        m.d.comb += [self.o.eq(held), unwatched.eq(self.i)]
        self.probes = [probe(m, "held", held), probe(m, "ports", self.i)]
        return m


def test_probe_takes_the_width_of_its_value():
    m = Module()
    assert [len(probe(m, "one", Signal(7))), probe(m, "two", Signal(3)).name] == [7, "probe_two"]


def test_emission_keeps_probes_and_nothing_else_that_is_unread():
    text = without_unused(verilog.convert(Probed(), name="probed", emit_src=False, strip_internal_attrs=True))
    assert "  wire probe_held;\n" in text
    assert "  wire [4:0] probe_ports;\n" in text
    assert "unwatched" not in text
