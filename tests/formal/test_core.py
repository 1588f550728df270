# SPDX-License-Identifier: Apache-2.0
"""The GeMM core around its multipliers, proved: no step, tile or job is lost, and none waits without a cause."""

import pytest
from formal.core_spec import (
    BUSY,
    CAUSE,
    CONFIG,
    NEXT,
    OPERANDS,
    STEPS,
    TILE,
    TRUE,
    C,
    CoreSpec,
    DotProductArray,
    ZeroPointTerms,
)
from formal.job_spec import EARLY, LATE
from support.formal import mutant, prove, refute

from hwgen.gemm.accumulators import Accumulators
from hwgen.gemm.core import GemmCore
from hwgen.gemm.sequencer import StepSequencer

FREE_PARTS = "from .array import DotProductArray\n", "from .array import DotProductArray  # whose place others take\n"


def spec(component=GemmCore, change=FREE_PARTS):
    """A core whose multipliers only pass on operands, with one component changed."""
    core = mutant(GemmCore, *(change if component is GemmCore else FREE_PARTS))
    parts = [DotProductArray, ZeroPointTerms]
    if component is not GemmCore:
        parts.append(mutant(component, *change))
    core.elaborate.__globals__.update({part.__name__: part for part in parts})
    return CoreSpec(core(CONFIG))


@pytest.mark.parametrize("depth", [10, pytest.param(14, marks=pytest.mark.slow)])
def test_tiles_are_the_sums_of_their_steps(depth):
    prove(spec(), depth=depth, mode="bmc", cover_depth=12, timeout=900)


BUGS = {  # what it breaks, changed component, change
    "overwrites a tile that waits": (("d: payload holds until it is taken"), GemmCore, "products_valid & ~self.blocked & (", "products_valid & ("),
    "forgets a tile that waits": ("d: valid stays until the payload is taken", GemmCore, "with m.If(~self.blocked):", "with m.If(1):"),
    "sends every tile to D": (TILE, GemmCore, "self.d.valid.eq(finished & ~products.quantize)", "self.d.valid.eq(finished)"),
    "takes a step without A": (OPERANDS, GemmCore, "wanted & self.a.valid & self.b.valid & products_ready", "wanted & self.b.valid & products_ready"),
    "takes B while the step waits": (OPERANDS, GemmCore, "self.b.ready.eq(wanted & self.a.valid & products_ready)", "self.b.ready.eq(wanted & products_ready)"),
    "goes on without C": (TILE, GemmCore, "(~wants_c | self.c.valid)", "1"),
    "takes C while a tile waits": (C, GemmCore, "self.c.ready.eq(wants_c & ~self.blocked)", "self.c.ready.eq(wants_c)"),
    "pauses between tiles": (CAUSE, GemmCore, "products_ready.eq(~products_valid | advance)", "products_ready.eq(~products_valid)"),
    "blames C for nothing": (TRUE, GemmCore, "self.needs_c.eq(wants_c & ~self.c.valid)", "self.needs_c.eq(wants_c)"),
    "seems idle with the end of a job": (BUSY, GemmCore, "self.q.valid | ending)", "self.q.valid)"),
    "is done while its tile waits": (f"jobs: {EARLY}", GemmCore, "self.job.done.eq(ending & ~self.blocked)", "self.job.done.eq(ending)"),
    "adds the tile before": (TILE, GemmCore, "accumulators.keep.eq(~products.first)", "accumulators.keep.eq(1)"),
    "accumulates twice": (TILE, Accumulators, "with m.If(self.enable):", "with m.If(1):"),
    "does not count steps": (STEPS, StepSequencer, 'Mux(last, job["steps"], steps_left - 1)', 'Mux(last, job["steps"], steps_left)'),
    "makes later tiles one step long": (TILE, StepSequencer, 'Mux(last, job["steps"], steps_left - 1)', "Mux(last, 1, steps_left - 1)"),
    "loads C with every step": (C, StepSequencer, 'first & job["add_c"] & ~empty', 'job["add_c"] & ~empty'),
    "does not end an empty job": (f"jobs: {LATE}", StepSequencer, "end.eq(empty | last & (tiles_left == 1))", "end.eq(last & (tiles_left == 1))"),
    "pauses between jobs": (NEXT, StepSequencer, "self.entry.ready.eq(~running | self.o.ready & end)", "self.entry.ready.eq(~running)"),
    "takes the zero points of the next job": (TILE, StepSequencer, "with m.If(self.entry.valid & self.entry.ready):\n                m.d.sync += zero_point",
                                              "with m.If(self.entry.valid):\n                m.d.sync += zero_point"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_core_that(bug):
    broken, component, *change = BUGS[bug]
    refute(spec(component, change), broken, depth=12, timeout=300)
