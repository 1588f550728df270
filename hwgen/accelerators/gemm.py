# SPDX-License-Identifier: Apache-2.0
"""The shipped accelerator: GeMM core, and a quantizer behind it."""

from amaranth import Module, Mux
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import GemmAcceleratorConfig, MemoryConfig
from ..config.gemm import core_unit
from ..config.mover import mover_unit
from ..config.quantizer import quantizer_unit
from ..gemm.core import GemmCore
from ..parts.job import JobSignature
from ..quant.quantizer import Quantizer
from .mover import Mover


class GemmAccelerator(wiring.Component):
    """Wires core and quantizer to one stream port per streamer.

    Members
    -------
    A, B, C, P : ``In(stream)``; D, E : ``Out(stream)``
        Operands, initial values, parameters (only if streamed), sums, quantized results; see `GemmCore` and
        `Quantizer`.
    job_core, job_quantizer : ``Out(JobSignature)``
    status : ``Out``
        ``step``, ``active``, ``blocked`` and ``needs_<reader>`` of the core.
    """

    def __init__(self, config: GemmAcceleratorConfig, memory: MemoryConfig):
        self.config, ports = config, config.ports(memory)
        super().__init__({
            **{name: (In if port.mode == "read" else Out)(stream.Signature(port.width)) for name, port in ports.items()},
            "job_core": Out(JobSignature(core_unit(config.core))),
            "job_quantizer": Out(JobSignature(quantizer_unit(config.quantizer))),
            **({"job_mover": Out(JobSignature(mover_unit()))} if config.mover else {}),
            "status": Out(data.StructLayout({
                "step": 1, "active": 1, "blocked": 1, **({"passing": 1} if config.mover else {}),
                **{f"needs_{name}": 1 for name, port in ports.items() if port.mode == "read"}})),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = GemmCore(self.config.core)
        m.submodules.quantizer = quantizer = Quantizer(
            self.config.quantizer, m=self.config.core.m, n=self.config.core.n, input_width=self.config.core.accumulator_width)
        connect(m, flipped(self.B), core.b)
        connect(m, core.q, quantizer.i)
        if self.config.mover:
            self._add_mover(m, core, quantizer)
        else:
            connect(m, flipped(self.A), core.a)
            connect(m, flipped(self.C), core.c)
            connect(m, core.d, flipped(self.D))
            connect(m, quantizer.o, flipped(self.E))
        connect(m, core.job, flipped(self.job_core))
        connect(m, quantizer.job, flipped(self.job_quantizer))
        m.d.comb += [
            self.status.step.eq(core.step),
            self.status.active.eq(core.active),
            self.status.blocked.eq(core.blocked),
            self.status.needs_A.eq(core.needs_a),
            self.status.needs_B.eq(core.needs_b),
            self.status.needs_C.eq(core.needs_c),
        ]
        if self.config.quantizer.parameter_stream:
            m.d.comb += [
                quantizer.p.valid.eq(self.P.valid),
                quantizer.p.payload.eq(self.P.payload),
                self.P.ready.eq(quantizer.p.ready),
                self.status.needs_P.eq(quantizer.needs_p & core.blocked),
            ]
        return m

    def _add_mover(self, m, core, quantizer):
        """The mover, and its share of A and C, D and E while it has a pass and the core no job."""
        m.submodules.mover = mover = Mover(self.config.core)
        connect(m, mover.job, flipped(self.job_mover))
        m.d.comb += [mover.idle.eq(~core.active & ~quantizer.active), self.status.passing.eq(mover.moved)]
        for port, its, own, taken in ((self.A, core.a, mover.a, mover.takes_a), (self.C, core.c, mover.c, mover.takes_c)):
            m.d.comb += [
                its.valid.eq(port.valid & ~taken), own.valid.eq(port.valid), its.payload.eq(port.payload),
                own.payload.eq(port.payload), port.ready.eq(Mux(taken, own.ready, its.ready)),
            ]
        for port, its, own, taken in ((self.D, core.d, mover.d, mover.takes_c), (self.E, quantizer.o, mover.e, mover.takes_a)):
            m.d.comb += [
                port.valid.eq(Mux(taken, own.valid, its.valid)), port.payload.eq(Mux(taken, own.payload, its.payload)),
                its.ready.eq(port.ready & ~taken), own.ready.eq(port.ready),
            ]
