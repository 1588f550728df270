# SPDX-License-Identifier: Apache-2.0
"""The address generator, proved for all time to walk a loop nest that multiplies its indices."""

import pytest
from formal.address_spec import LAST, POINTER, READY, VALID, AddressGeneratorSpec
from support.formal import mutant, prove, refute

from hwgen.config import StreamerConfig
from hwgen.streamer.address import AddressGenerator


def generator(kind, dimensions, *, width=32, bound_width=4):
    """A generator of a mutant class, which has a module of its own, with addresses of so many bits."""
    kind.__init__.__globals__["ADDRESS_BITS"] = width
    return kind(StreamerConfig(mode="read", spatial_bounds=(1,), groups=(1,), temporal_dimensions=dimensions,
                               bound_width=bound_width), address_bits=width)


OPEN = "running, take, advance, empty =", (
    "self.pointers, self.counts, self.bounds, self.strides = pointers, counts, bounds, strides\n"
    "        running, take, advance, empty =")
"""Change that lets lemmas see the registers."""


@pytest.mark.parametrize(("dimensions", "width"), [
    (1, 8), (2, 8), (3, 6),
    pytest.param(6, 4, marks=pytest.mark.slow), pytest.param(3, 12, marks=pytest.mark.slow),
])
def test_steps_are_those_of_the_loop_nest(dimensions, width):
    """Sums wrap at any width alike; products of wide numbers are beyond the solver."""
    dut = generator(mutant(AddressGenerator, *OPEN), dimensions, width=width)
    prove(AddressGeneratorSpec(dut, lemmas=True), depth=1, cover_depth=2**dimensions + 5, timeout=900)


BUGS = {
    "runs an empty nest": (VALID, "running.eq(~empty)", "running.eq(1)"),
    "does not stop": (VALID, "with m.Elif(advance & self.o.payload.last):", "with m.Elif(advance & empty):"),
    "sees a bound of zero in one dimension only": (VALID, "== 0 for d in dimensions)", "== 0 for d in dimensions[:1])"),
    "wastes a cycle between nests": (READY, "~running | (self.o.ready & self.o.payload.last)", "~running"),
    "moves on without being taken": (POINTER, "advance.eq(running & self.o.ready)", "advance.eq(running)"),
    "keeps inner pointers": (POINTER, "advance & steps[d:].any()", "advance & steps[d]"),
    "keeps inner counts": (LAST, "advance & steps[d + 1:].any()", "advance & empty"),
    "takes the wrong stride": (POINTER, 'pattern = "-" * (len(dimensions) - d - 1) + "1" + "0" * d',
                               'pattern = "0" * (len(dimensions) - d - 1) + "1" + "-" * d'),
    "forgets its stride": (POINTER, "strides[d].eq(nest.strides[d])", "strides[d].eq(nest.strides[0])"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_proof_catches_generator_that(bug):
    broken, *change = BUGS[bug]
    refute(AddressGeneratorSpec(generator(mutant(AddressGenerator, *change), 2, width=8)), broken, depth=9, timeout=600)
