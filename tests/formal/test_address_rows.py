# SPDX-License-Identifier: Apache-2.0
"""The address generator, proved for all time to walk rows of any length where division says they end."""

import pytest
from formal.address_spec import AT_END, POINTER, ROW_ENDS, AddressGeneratorSpec
from support.formal import mutant, prove, refute

from hwgen.config import StreamerConfig
from hwgen.streamer.address import AddressGenerator
from hwgen.streamer.row import RowPosition

OPEN = "running, take, advance, empty =", (
    "self.pointers, self.counts, self.bounds, self.strides = pointers, counts, bounds, strides\n"
    "        running, take, advance, empty =")
OPEN_ROW = "        along, outside = Signal(), Signal()\n", (
    "        along, outside = Signal(), Signal()\n"
    "        self.held = {'loop': loop, 'length': length, 'wrap': wrap, 'short': short, 'rest': rest, 'fewest': fewest,\n"
    "                     'left': left}\n")
"""Changes that let lemmas see the registers."""


def generator(kind, row, *, lanes, dimensions, width=6, bound_width=3, wrap_width=3):
    """A generator of mutant classes, which have modules of their own, with addresses of so many bits."""
    kind.__init__.__globals__.update(ADDRESS_BITS=width, RowPosition=row)
    config = StreamerConfig(mode="read", spatial_bounds=(lanes,), groups=(1,), temporal_dimensions=dimensions, row_wrap=True,
                            tail_masks=True)
    return kind(config.model_copy(update={"bound_width": bound_width}), wrap_width, address_bits=width)


@pytest.mark.parametrize(("lanes", "dimensions", "bits"), [
    (2, 2, {"bound_width": 2}), (3, 1, {}), (4, 1, {"wrap_width": 2}), (3, 2, {"wrap_width": 2}),
])
def test_rows_end_where_division_says(lanes, dimensions, bits):
    """Sums wrap at any width alike."""
    dut = generator(mutant(AddressGenerator, *OPEN), mutant(RowPosition, *OPEN_ROW), lanes=lanes, dimensions=dimensions,
                    width=4, **bits)
    prove(AddressGeneratorSpec(dut, lemmas=True), depth=1, cover_depth=2**dimensions + 5, timeout=900)


ROW_BUGS = {
    "ends rows one position early": (POINTER, "left <= rest", "left < rest"),
    "goes on along the row where it should begin anew": (ROW_ENDS, "self.advance & outside", "self.advance & along & outside"),
    "begins anew where it should go on": (ROW_ENDS, "self.steps >> loop >> 1", "self.steps >> loop"),
    "adds ends of rows whichever loop advances": (POINTER, "Mux(along, fewest", "Mux(self.advance, fewest"),
    "sees one end among the lanes": (ROW_ENDS, "Cat(is_near[i], *later).any()", "is_near[i]"),
    "sees one end at the beginning": (ROW_ENDS, "if i % size == 0", "if i == size"),
    "miscounts what short rows add": (POINTER, "times(k // 2) << 1", "times(k // 2)"),
    "adds ends of rows that are switched off": (POINTER, "fewest.eq(0), wrap.eq(0)]", "fewest.eq(0)]"),
}


@pytest.mark.parametrize("bug", ROW_BUGS)
def test_proof_catches_row_that(bug):
    broken, *change = ROW_BUGS[bug]
    dut = generator(mutant(AddressGenerator, *OPEN), mutant(RowPosition, *change), lanes=4, dimensions=2)
    refute(AddressGeneratorSpec(dut), broken, depth=9, timeout=600)


GENERATOR_BUGS = {
    "forgets what rows add": (POINTER, "stride + row.passed", "stride"),
    "tells the end of inner loops only": (AT_END, "at_end.eq(at_end)", "at_end.eq(inner_at_end)"),
}


@pytest.mark.parametrize("bug", GENERATOR_BUGS)
def test_proof_catches_generator_that(bug):
    broken, *change = GENERATOR_BUGS[bug]
    dut = generator(mutant(AddressGenerator, *change), RowPosition, lanes=4, dimensions=2)
    refute(AddressGeneratorSpec(dut), broken, depth=9, timeout=600)
