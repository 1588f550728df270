# SPDX-License-Identifier: Apache-2.0
from hwgen.compiler.conflicts import ConflictModel, layouts
from hwgen.compiler.loops import orders
from hwgen.compiler.operands import operands
from hwgen.compiler.placement import Place
from hwgen.compiler.problem import GemmProblem
from hwgen.config import preset

CONFIG = preset("datamaestro")
PROBLEM = GemmProblem(64, 64, 64)
NEEDED = operands(PROBLEM, CONFIG)
NEST = orders(8, 8, 8)[0]
GROUP = 8 * 512 * 8
"""Bytes of a group of 8 banks."""


def model():
    return ConflictModel(CONFIG, NEEDED, {role: operand.loops(NEST) for role, operand in NEEDED.items()}, 512)


def places(a, b, out):
    return {role: Place(8, group * GROUP + offset, NEEDED[role].size)
            for role, (group, offset) in {"a": a, "b": b, "out": out}.items()}


def test_separate_banks_lose_nothing():
    coarse, fine, shared = model()(places((0, 0), (1, 0), (2, 0)))
    assert (coarse, shared) == (1.0, 0.0) and fine < 1.5


def test_operands_in_the_same_banks_take_turns():
    coarse, _, shared = model()(places((0, 0), (0, 4096), (2, 0)))
    assert coarse == 2.0 and shared > 0


def test_layouts_do_not_overlap():
    for count, layout in enumerate(layouts(CONFIG, NEEDED)):
        spans = sorted((place.base, place.base + place.size) for place in layout.values() if place.group == 8)
        assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:]))
        if count == 200:
            break
    assert count > 10
