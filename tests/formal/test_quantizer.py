# SPDX-License-Identifier: Apache-2.0
"""The quantizer around its lanes, proved: tiles keep order, job and parameters; jobs end with their last tile."""

import pytest
from formal.job_spec import EARLY, LATE
from formal.quantizer_spec import ALIVE, BUSY, LEAVES, OWED, TILE, WORDS, LaneBank, QuantizerSpec
from support.formal import mutant, prove, refute

from hwgen.config.quantizer import QuantizerConfig
from hwgen.quant.assembler import TileAssembler
from hwgen.quant.columns import ColumnParameters
from hwgen.quant.job import JobSequencer
from hwgen.quant.parameters import ParameterPipeline
from hwgen.quant.quantizer import Quantizer
from hwgen.quant.serializer import TileSerializer

FREE_LANES = "from .bank import LaneBank\n", "from .bank import LaneBank  # whose place others take\n"


def spec(parts=(), *, elements=3, lanes=2, streamed=False):
    """A quantizer whose lanes only mix, with other parts in place of its own if given."""
    quantizer = next((part for part in parts if part.__name__ == "Quantizer"), None) or mutant(Quantizer, *FREE_LANES)
    scope = quantizer.elaborate.__globals__
    scope.update({part.__name__: part for part in (LaneBank, *parts)})
    config = QuantizerConfig(lanes=lanes, result_width=4, parameter_stream=streamed, rounding_modes=("half_up",))
    return QuantizerSpec(quantizer(config, m=elements, n=1, input_width=16))


@pytest.mark.parametrize(("elements", "lanes", "streamed", "depth"), [
    (3, 2, False, 11), (1, 1, False, 11), (1, 1, True, 10),
])
def test_tiles_leave_in_order_with_their_parameters(elements, lanes, streamed, depth):
    prove(spec(elements=elements, lanes=lanes, streamed=streamed), depth=depth, mode="bmc", cover_depth=16, timeout=900)


HELD = "output: payload holds until it is taken"
BUGS = {  # whether parameters are streamed, what it breaks, changed component, change
    "loses a group that comes while a tile waits": (0, TILE, TileAssembler, "Mux(self.advance, self.group, caught)", "self.group"),
    "overwrites a tile that waits": (0, HELD, TileAssembler, "with m.If(free):", "with m.If(1):"),
    "goes on while a tile waits": (0, TILE, TileAssembler, "with m.Elif(self.valid):", "with m.Elif(0):"),
    "stores groups in each other's place": (0, TILE, TileAssembler, "index.eq(Mux(last, 0, index + 1))", "index.eq(Mux(last, 0, 1))"),
    "takes a tile over another": (0, TILE, TileSerializer, "(~self.valid | leaves)", "1"),
    "takes tiles without jobs": (0, OWED, TileSerializer, "self.permit & (", "("),
    "hands out a group twice": (0, TILE, TileSerializer, "with m.If(self.valid & self.advance):", "with m.If(self.valid & self.advance & self.permit):"),
    "starts the next job's parameters too early": (0, TILE, ParameterPipeline, "with m.If(self.begin):", "with m.If(self.begin | self.start):"),
    "moves parameters while lanes stand still": (0, TILE, ParameterPipeline, "with m.If(self.advance):", "with m.If(1):"),
    "is done before the last tile is taken": (0, f"jobs: {EARLY}", TileAssembler, "self.finished.eq(self.o.valid & self.o.ready & result_final)",
                                              "self.finished.eq(self.o.valid & result_final)"),
    "ends an empty job before the one in front": (0, f"jobs: {EARLY}", JobSequencer, "~head.payload.some & ~more & self.drained", "~head.payload.some & ~more"),
    "does not end an empty job": (0, f"jobs: {LATE}", JobSequencer, "self.job.done.eq(self.finished | retire)", "self.job.done.eq(self.finished)"),
    "counts a tile too many": (0, OWED, JobSequencer, "remaining.eq(left - 1), more.eq(~self.final)", "remaining.eq(left - 1), more.eq(left != 0)"),
    "seems idle with a tile inside": (0, BUSY, JobSequencer, "head.valid | more | ~self.drained", "head.valid | more"),
    "never begins": (0, LEAVES, Quantizer, "leaves.eq(advance & ~waits)", "leaves.eq(0)"),
    "keeps its tile": (0, ALIVE, TileSerializer, "[index.eq(0), self.valid.eq(0)]", "[index.eq(0), self.valid.eq(1)]"),
    "uses the word of the tile before": (1, TILE, ColumnParameters, "self.waits.eq(begins & ~full)", "self.waits.eq(0)"),
    "takes words without tiles": (1, WORDS, ColumnParameters, "self.permit & Mux(", "Mux("),
    "takes a word over another": (1, WORDS, ColumnParameters, "(coming & (~full | self.use))", "coming"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_quantizer_that(bug):
    streamed, broken, component, *change = BUGS[bug]
    refute(spec([mutant(component, *change)], elements=1 if streamed else 3, lanes=1 if streamed else 2, streamed=bool(streamed)),
           broken, depth=14, timeout=300)
