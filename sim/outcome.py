# SPDX-License-Identifier: Apache-2.0
"""What came of computing one problem."""

from dataclasses import dataclass

import numpy as np

from ..compiler.conv.plan import ConvPlan
from ..compiler.gemm import Plan
from ..compiler.tiled.plan import TiledPlan
from .external_memory import ExternalMemory
from .external_traffic import Traffic
from .measures import Measures


@dataclass(frozen=True)
class Run:
    """Outcome of one problem.

    Attributes
    ----------
    plan : Plan, TiledPlan or ConvPlan
    result : array
        As the hardware computed it, of the problem's shape.
    bit_exact : bool
        Equal to the golden model in every element.
    untouched : bool
        No byte outside the result changed; in external memory also none outside the place of partial sums.
    first_difference : tuple or None
        Indices, hardware's and model's value where they first differ.
    measures : Measures
    simulated_cycles, seconds : int, float
        Of everything, loading and reading memory included; simulation proper, without building.
    external : ExternalMemory or None
        Where operands and result lie, if not in the scratchpad.
    traffic : Traffic or None
        What the external memory has seen.
    host_config : str
    """

    plan: Plan | TiledPlan | ConvPlan
    result: np.ndarray
    bit_exact: bool
    untouched: bool
    first_difference: tuple[tuple[int, ...], int, int] | None
    measures: Measures
    simulated_cycles: int
    seconds: float
    external: ExternalMemory | None = None
    traffic: Traffic | None = None
    host_config: str = "shadow"

    @property
    def passed(self) -> bool:
        return self.bit_exact and self.untouched and self.measures.accounted


def first_difference(result: np.ndarray, expected: np.ndarray) -> tuple[tuple[int, ...], int, int] | None:
    """Indices and both values where arrays first differ."""
    differences = np.argwhere(result != expected)
    if not len(differences):
        return None
    at = tuple(map(int, differences[0]))
    return at, int(result[at]), int(expected[at])
