# SPDX-License-Identifier: Apache-2.0
"""The shipped accelerator: GeMM core, and a quantizer behind it."""

from amaranth import Cat, Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import GemmAcceleratorConfig, MemoryConfig
from ..config.gemm import core_unit
from ..config.quantizer import quantizer_unit
from ..gemm.core import GemmCore
from ..parts.job import JobSignature
from ..quant.quantizer import INPUT_BITS, Quantizer


class GemmAccelerator(wiring.Component):
    """Wires core and quantizer to one stream port per streamer.

    Members
    -------
    A, B, C : ``In(stream)``; D, E : ``Out(stream)``
        Operands, initial values, sums, int8 results; see `GemmCore` and `Quantizer`.
    job_core, job_quantizer : ``Out(JobSignature)``
    status : ``Out``
        ``step``, ``active``, ``blocked`` and ``needs_<reader>`` of the core.
    """

    def __init__(self, config: GemmAcceleratorConfig, memory: MemoryConfig):
        self.config = config
        super().__init__({
            **{name: (In if port.mode == "read" else Out)(stream.Signature(port.width)) for name, port in config.ports(memory).items()},
            "job_core": Out(JobSignature(core_unit(config.core))),
            "job_quantizer": Out(JobSignature(quantizer_unit(config.quantizer))),
            "status": Out(data.StructLayout({"step": 1, "active": 1, "blocked": 1, **{f"needs_{name}": 1 for name in "ABC"}})),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = GemmCore(self.config.core)
        m.submodules.quantizer = quantizer = Quantizer(self.config.quantizer, m=self.config.core.m, n=self.config.core.n)
        connect(m, flipped(self.A), core.a)
        connect(m, flipped(self.B), core.b)
        connect(m, flipped(self.C), core.c)
        connect(m, core.d, flipped(self.D))
        self._quantize(m, core.q, quantizer.i)
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
        return m

    def _quantize(self, m, sums, quantizer):
        """Give the quantizer the core's sums, sign-extended or cut to the width it takes."""
        width = self.config.core.accumulator_width
        if width == INPUT_BITS:
            connect(m, sums, quantizer)
            return
        elements = (sums.payload[bit:bit + width] for bit in range(0, len(sums.payload), width))
        fitted = [Cat(element, element[-1].replicate(max(INPUT_BITS - width, 0)))[:INPUT_BITS] for element in elements]
        m.d.comb += [
            quantizer.valid.eq(sums.valid),
            quantizer.payload.eq(Cat(fitted)),
            sums.ready.eq(quantizer.ready),
        ]
