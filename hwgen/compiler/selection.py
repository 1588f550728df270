# SPDX-License-Identifier: Apache-2.0
"""Of mappings that look best by an estimate, the one that takes the fewest cycles."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ..errors import HwgenError

Measure = Callable[[Any], int]
"""Cycles of a plan, from the first job to the last byte."""

TRIED = 16
"""Mappings measured at most."""
CYCLES = 12_000_000
"""All of them together; larger problems than half of that are taken as they are estimated."""
PHASES = 24_000
"""All of them together, since jobs take time to lay out as well; mappings into more phases than half of that are taken as they are estimated."""
WORSE = 1.06
"""What looks worse than the best by so much is not measured."""


def fastest(plans: Iterable[Any], measure: Measure | None) -> Any:
    """The plan that takes the fewest cycles.

    Parameters
    ----------
    plans : iterable of TiledPlan or ConvPlan
        Those expected to be fastest first.
    measure : callable, optional
        The first is taken if it is left out, or as soon as it raises an error: what it measures with does not know such a
        cluster.

    Returns
    -------
    TiledPlan or ConvPlan
        With the cycles measured as those expected.
    """
    plans = iter(plans)
    first = next(plans)
    if measure is None or 2 * first.expected_cycles > CYCLES or 2 * first.phases > PHASES:
        return first
    best, spent, phases, tried = None, 0, 0, 0
    for plan in (first, *plans):
        if tried and (tried >= TRIED or spent + plan.expected_cycles > CYCLES or plan.expected_cycles > WORSE * first.expected_cycles):
            break
        if phases + plan.phases > PHASES:
            continue
        phases += plan.phases
        try:
            cycles = measure(plan)
        except HwgenError:
            if best is None:
                return first
            continue
        tried, spent = tried + 1, spent + cycles
        if best is None or cycles < best.expected_cycles:
            best = replace(plan, expected_cycles=cycles, measured=True)
    return best
