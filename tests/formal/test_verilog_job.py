# SPDX-License-Identifier: Apache-2.0
"""Jobs of a Verilog module, proved for all time: one start each, fields that hold, done when the module says."""

import pytest
from amaranth import Elaboratable, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from support.formal import mutant, prove, refute

from hwgen.accelerators.verilog import VerilogAccelerator
from hwgen.config import MemoryConfig
from hwgen.config.verilog_accelerator import (
    VerilogAcceleratorConfig,
    VerilogFieldConfig,
    VerilogJobConfig,
    VerilogStreamConfig,
)

START = "the module starts when a job is taken, and at no other time"
FIELDS = "the fields of a job hold from its start until it is done"
DONE = "a job is done when the module says so"
NEXT = "a job is taken unless one runs"
STREAM = "streams go straight to the module"

CONFIG = VerilogAcceleratorConfig(
    kind="verilog", module="user", files=("user.v",), sources={"user.v": "module user; endmodule"},
    streams={"X": VerilogStreamConfig(mode="read", width=8, payload="x", valid="x_valid", ready="x_ready"),
             "Y": VerilogStreamConfig(mode="write", width=8, payload="y", valid="y_valid", ready="y_ready")},
    job=VerilogJobConfig(name="core", start="go", done="finished", fields={"size": VerilogFieldConfig(port="size_i", width=4)}))


class FreeModule(Elaboratable):
    """Takes the instance's place: keeps what it is given, and drives its outputs with free inputs of the spec."""

    def __init__(self, name, **ports):
        self.ports = ports

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.ports[f"o_{name}"].eq(value) for name, value in self.outputs.items()]
        return m


class VerilogJobSpec(wiring.Component):
    """Any jobs, any module that is not done in the cycle of its start nor without a job."""

    def __init__(self, kind):
        self.kind = kind
        super().__init__({
            "job": In(1), "size": In(4), "finished": In(1), "x_valid": In(1), "x": In(8), "y_ready": In(1),
            "x_ready": In(1), "y_valid": In(1), "y": In(8),
        })

    def elaborate(self, platform):
        m = Module()
        outputs = {name: getattr(self, name) for name in ("finished", "x_ready", "y_valid", "y")}
        made = []

        def instance(name, **ports):
            free = FreeModule(name, **ports)
            free.outputs = outputs
            made.append(free)
            return free

        self.kind.elaborate.__globals__["Instance"] = instance
        dut = self.kind(CONFIG, MemoryConfig())
        elaborated = dut.elaborate(platform)
        m.submodules.wrapper = elaborated
        given = made[0].ports
        job, taken, running, size = dut.job_core, Signal(), Signal(), Signal(4)
        m.d.comb += [
            job.entry.valid.eq(self.job), job.entry.payload.size.eq(self.size), taken.eq(self.job & job.entry.ready),
            dut.X.valid.eq(self.x_valid), dut.X.payload.eq(self.x), dut.Y.ready.eq(self.y_ready),
            Assume(~self.finished | running, "the module is done only with a job that it was given before"),
            Assert(given["i_go"] == taken, START),
            Assert(job.entry.ready == ~running, NEXT),
            Assert(job.done == self.finished, DONE),
            Assert(~(running | taken) | (given["i_size_i"] == Mux(running, size, self.size)), FIELDS),
            Assert((given["i_x_valid"] == self.x_valid) & (given["i_x"] == self.x) & (given["i_y_ready"] == self.y_ready), STREAM),
            Assert((dut.X.ready == self.x_ready) & (dut.Y.valid == self.y_valid) & (dut.Y.payload == self.y), STREAM),
            Cover(self.finished & (size == 9) & (self.size == 3) & self.job, "a job is done while the next one waits"),
        ]
        with m.If(taken):
            m.d.sync += [running.eq(1), size.eq(self.size)]
        with m.Elif(self.finished):
            m.d.sync += running.eq(0)
        return m


WHOLE = ("m.submodules.instance = Instance(config.module, **ports)", "m.submodules.instance = Instance(config.module, **ports)  # here")


def test_each_job_starts_the_module_once():
    prove(VerilogJobSpec(mutant(VerilogAccelerator, *WHOLE)), depth=4, cover_depth=6)


BUGS = {
    "starts a job again": (START, "start.eq(port.entry.valid & ~running)", "start.eq(port.entry.valid)"),
    "takes a job while another runs": (NEXT, "port.entry.ready.eq(~running)", "port.entry.ready.eq(~running | done)"),
    "shows the fields of the next job": (FIELDS, "Mux(running, held, given)", "given"),
    "shows fields a cycle late": (FIELDS, "Mux(running, held, given)", "held"),
    "takes fields whenever there are some": (FIELDS, "with m.If(start):\n                m.d.sync += held", "with m.If(1):\n                m.d.sync += held"),
    "is done with its start": (DONE, "port.done.eq(done)", "port.done.eq(start | done)"),
    "never is ready again": (NEXT, "m.d.sync += running.eq(0)", "m.d.sync += running.eq(1)"),
    "makes streams wait for jobs": (STREAM, '= own.ready\n', '= own.ready & 0 if not reads else own.ready\n'),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_wrapper_that(bug):
    broken, *change = BUGS[bug]
    refute(VerilogJobSpec(mutant(VerilogAccelerator, *change)), broken, depth=5)
