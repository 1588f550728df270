# SPDX-License-Identifier: Apache-2.0
"""What the GeMM core promises of steps, tiles and jobs, whatever its multipliers compute."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from formal.job_spec import JobFollower
from support.checker import HandshakeChecker

from hwgen.config import GemmConfig
from hwgen.gemm import array, zero_points

CONFIG = GemmConfig(m=1, n=1, k=1, a_width=4, b_width=4, accumulator_width=16, step_width=4, tile_width=4)
TILE = "a tile leaves in order, as the sum of its own steps and of its tile of C, where its job says"
STEPS = "as many steps are issued as jobs have"
OPERANDS = "A and B are taken with a step and at no other time"
C = "a tile of C is taken for each tile that starts from one"
CAUSE = "a step is issued in every cycle but where an operand is missing or a result waits"
TRUE = "the causes told are true"
BUSY = "active from the start of a job until its last tile has left"
NEXT = "the next job is taken with the last step, or when none runs"
MOST = 2
"""Most steps of a tile and tiles of a job."""


def product(a, b, a_zero_point, b_zero_point):
    """What stands for a step's product: two bits of operands and two of zero points, the ones that tell signs."""
    return Cat(a[-1], b[-1]) + Cat(a_zero_point[-1], b_zero_point[-1])


class DotProductArray(array.DotProductArray):
    """Registers the operands themselves, as late as a real one does products."""

    def elaborate(self, platform):
        m = Module()
        with m.If(self.enable):
            m.d.sync += self.sums[0].eq(Cat(self.a[0][-1], self.b[0][-1]))
        return m


class ZeroPointTerms(zero_points.ZeroPointTerms):
    """Registers the zero points themselves."""

    def elaborate(self, platform):
        m = Module()
        with m.If(self.enable):
            m.d.sync += self.constant.eq(Cat(self.a_zero_point[-1], self.b_zero_point[-1]))
        return m


class CoreSpec(wiring.Component):
    """Any jobs of few steps, any operands, any consumers; one tile, any one, is followed from its last step."""

    def __init__(self, dut):
        self.dut = dut
        super().__init__({
            "job": In(1), "entry": In(dut.job.entry.payload.shape()), "valid": In(3), "ready": In(2), "pick": In(2),
            "a": In(4), "b": In(4), "c": In(16),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = dut = self.dut
        m.submodules.jobs = jobs = JobFollower(most=8, slack=1, empty_slack=4)
        for k, (name, payload) in enumerate((("a", self.a), ("b", self.b), ("c", self.c))):
            m.d.comb += [getattr(dut, name).valid.eq(self.valid[k]), getattr(dut, name).payload.eq(payload)]
        for name in "abcdq":
            m.submodules[name] = checker = HandshakeChecker(16 if name in "cdq" else 4, assume=name in "abc")
            m.d.comb += checker.watch(getattr(dut, name))
        taken, took_c, leave = Signal(), Signal(), Signal()
        steps, tiles = self.entry.steps, self.entry.tiles
        m.d.comb += [
            dut.job.entry.valid.eq(self.job), dut.job.entry.payload.eq(self.entry), dut.d.ready.eq(self.ready[0]), dut.q.ready.eq(self.ready[1]),
            Assume((steps <= MOST) & (tiles <= MOST), "a job is short"), Assume(self.c < 8, "tiles of C hold small numbers"),
            taken.eq(self.job & dut.job.entry.ready), took_c.eq(self.valid[2] & dut.c.ready),
            leave.eq(dut.d.valid & self.ready[0] | dut.q.valid & self.ready[1]),
            jobs.taken.eq(taken), jobs.words.eq(Mux(steps == 0, 0, tiles)), jobs.moved.eq(leave), jobs.done.eq(dut.job.done),
            jobs.pick.eq(self.pick[0]),
        ]
        # The steps issued are of the job taken last.
        job, wanted, index, first, last = Signal(self.entry.shape(), name="job_taken"), Signal(6), Signal(4), Signal(), Signal()
        m.d.comb += [first.eq(index == 0), last.eq(index + 1 == job.steps)]
        with m.If(taken):
            m.d.sync += [job.eq(self.entry), wanted.eq((steps * tiles)[:6]), index.eq(0)]
        with m.Elif(dut.step):
            m.d.sync += [wanted.eq(wanted - 1), index.eq(Mux(last, 0, index + 1))]
        blocked = (dut.d.valid & ~self.ready[0]) | (dut.q.valid & ~self.ready[1])
        m.d.comb += [
            Assert(~dut.step | (wanted != 0), STEPS),
            Assert((wanted == 0) | dut.step | dut.needs_a | dut.needs_b | dut.needs_c | dut.blocked, CAUSE),
            Assert(~dut.needs_a | ~self.valid[0], TRUE), Assert(~dut.needs_b | ~self.valid[1], TRUE),
            Assert(~dut.needs_c | ~self.valid[2], TRUE), Assert(dut.blocked == blocked, TRUE),
            Assert((dut.step == (self.valid[0] & dut.a.ready)) & (dut.step == (self.valid[1] & dut.b.ready)), OPERANDS),
            Assert(dut.active == (jobs.running != dut.job.done), BUSY),
            Assert(~dut.step | (wanted != 1) | dut.job.entry.ready, NEXT),
            Assert((jobs.running != 0) | dut.job.entry.ready, NEXT),
            Assert(~taken | (wanted == dut.step), NEXT),
            Assert(~(dut.d.valid & dut.q.valid), TILE),
        ]
        self._follow(m, job, first, last, took_c, leave)
        return m

    def _follow(self, m, job, first, last, took_c, leave):
        dut = self.dut
        flips = [Cat(value[:3], value[3] ^ job[f"{name}_unsigned"])
                 for name, value in (("a", self.a), ("b", self.b), ("a", job.a_zero_point), ("b", job.b_zero_point))]
        total, now, due, latest = Signal(16), Signal(16), Signal(2), Signal(16)
        m.d.comb += now.eq(Mux(first, 0, total) + product(*flips))
        m.d.sync += due.eq(due + (dut.step & first & job.add_c) - took_c)
        with m.If(dut.step):
            m.d.sync += total.eq(now)
        with m.If(took_c):
            m.d.sync += latest.eq(self.c)
        held, ahead, following, waits = Signal(4), Signal(4), Signal(), Signal()
        part, quantize, own, initial = Signal(16), Signal(), Signal(), Signal(16)
        m.d.sync += held.eq(held + (dut.step & last) - leave)
        m.d.comb += own.eq(following & leave & (ahead == 0))
        with m.If(~following & self.pick[1] & dut.step & last):
            m.d.sync += [following.eq(1), ahead.eq(held - leave), part.eq(now), quantize.eq(job.quantize),
                         initial.eq(Mux(job.add_c, Mux(took_c, self.c, latest), 0)), waits.eq(job.add_c & first)]
        with m.Elif(following):
            with m.If(leave):
                m.d.sync += [following.eq(ahead != 0), ahead.eq(ahead - 1)]
            with m.If(waits & took_c):
                m.d.sync += [waits.eq(0), initial.eq(self.c)]
        payload = Mux(quantize, dut.q.payload, dut.d.payload)
        m.d.comb += [
            Assert(~leave | (held != 0), TILE),
            Assert(~own | ~waits, C), Assert(~took_c | (due == 1), C), Assert(due <= 1, C),
            Assert(~own | (Mux(quantize, dut.q.valid, dut.d.valid) & (payload == (part + initial)[:16])), TILE),
            Cover(own & quantize & (initial == 5) & (job.steps == MOST), "a tile leaves that started from C"),
            Cover(own & dut.step & first & last & (ahead == 0), "a tile of one step follows without a gap"),
            Cover(following & dut.blocked & (held == 2) & ~dut.step, "a tile waits with another behind it"),
        ]
