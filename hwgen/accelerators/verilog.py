# SPDX-License-Identifier: Apache-2.0
"""A module written in Verilog, wired up by its port map."""

from amaranth import ClockSignal, Const, Instance, Module, Mux, ResetSignal, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig
from ..config.verilog_accelerator import VerilogAcceleratorConfig
from ..parts.job import JobSignature


class VerilogAccelerator(wiring.Component):
    """The instance, and what its job needs: one job at a time, its fields held until it is done.

    Members
    -------
    <stream> : ``In`` or ``Out(stream.Signature(width))``
    job_<unit> : ``Out(JobSignature(unit))``, if the module takes jobs
        A job is taken in the cycle in which the module sees its start; the next one at the earliest in
        the cycle after ``done``.
    """

    def __init__(self, config: VerilogAcceleratorConfig, memory: MemoryConfig):
        self.config = config
        members = {name: (In if port.mode == "read" else Out)(stream.Signature(port.width))
                   for name, port in config.streams.items()}
        for unit in config.units():
            members[f"job_{unit.name}"] = Out(JobSignature(unit))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        config = self.config
        ports = {f"p_{name}": Const(value, 32) for name, value in config.parameters.items()}
        ports[f"i_{config.clock}"] = ClockSignal()
        if config.reset:
            # A register follows resets that reach this component alone; the module then starts a cycle later.
            alive, reset = Signal(), Signal()
            m.d.sync += alive.eq(1)
            m.d.comb += reset.eq(ResetSignal() | ~alive)
            ports[f"i_{config.reset}"] = reset if config.reset_active == "high" else ~reset
        for name, port in config.streams.items():
            own, reads = getattr(self, name), port.mode == "read"
            ports[f"{'i' if reads else 'o'}_{port.payload}"] = own.payload
            ports[f"{'i' if reads else 'o'}_{port.valid}"] = own.valid
            ports[f"{'o' if reads else 'i'}_{port.ready}"] = own.ready
        if config.job is not None:
            ports |= self._job(m)
        m.submodules.instance = Instance(config.module, **ports)
        return m

    def _job(self, m):
        job = self.config.job
        port = getattr(self, f"job_{job.name}")
        running, start, done = Signal(), Signal(), Signal()
        m.d.comb += [port.entry.ready.eq(~running), start.eq(port.entry.valid & ~running), port.done.eq(done)]
        with m.If(start):
            m.d.sync += running.eq(1)
        with m.Elif(done):
            m.d.sync += running.eq(0)
        ports = {f"i_{job.start}": start, f"o_{job.done}": done}
        for name, field in job.fields.items():
            given = port.entry.payload[name]
            held, seen = Signal.like(given, name=f"{name}_held", attrs={"hwgen_role": "configuration"}), Signal.like(given, name=name)
            m.d.comb += seen.eq(Mux(running, held, given))
            with m.If(start):
                m.d.sync += held.eq(given)
            ports[f"i_{field.port}"] = seen
        return ports
