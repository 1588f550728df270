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
    result : array or None
        As the hardware computed it, of the problem's shape; None from the cycle model.
    bit_exact : bool or None
        Equal to the golden model in every element.
    untouched : bool or None
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
    engine : {"rtl", "model"}
        The emitted Verilog, or the cycle model, which has no data.
    """

    plan: Plan | TiledPlan | ConvPlan
    result: np.ndarray | None
    bit_exact: bool | None
    untouched: bool | None
    first_difference: tuple[tuple[int, ...], int, int] | None
    measures: Measures
    simulated_cycles: int
    seconds: float
    external: ExternalMemory | None = None
    traffic: Traffic | None = None
    host_config: str = "shadow"
    engine: str = "rtl"

    @property
    def passed(self) -> bool:
        """Right in every respect that the engine knows of."""
        if self.engine == "model":
            return self.measures.accounted
        return self.bit_exact and self.untouched and self.measures.accounted


def first_difference(result: np.ndarray, expected: np.ndarray) -> tuple[tuple[int, ...], int, int] | None:
    """Indices and both values where arrays first differ."""
    differences = np.argwhere(result != expected)
    if not len(differences):
        return None
    at = tuple(map(int, differences[0]))
    return at, int(result[at]), int(expected[at])
