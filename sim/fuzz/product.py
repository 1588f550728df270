# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplications that the compiler maps, and what they must come to from their operands alone."""

import numpy as np

from ...compiler.gemm import Plan, plan
from ...compiler.problem import GemmProblem, Rescale
from ...config import ClusterConfig
from . import arithmetic
from .case import CaseJob
from .walk import Config


def mapped(config: ClusterConfig, job: CaseJob) -> Plan:
    """The compiler's plan for a job of kind ``gemm``."""
    # JSON has lists where the problem has tuples.
    rescale = {name: tuple(value) if isinstance(value, list) else value for name, value in job.problem["rescale"].items()}
    return plan(GemmProblem(**job.problem | {"rescale": Rescale(**rescale)}), config)


def expected(config: Config, problem: GemmProblem, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The result from the definition: products of plain integers, one element after the other.

    Returns
    -------
    array of object, shape (m, n)
        Low bits of each element as a signed number.
    """
    core, quantizer = config["accelerator"]["core"], config["accelerator"]["quantizer"]
    a, b = (np.array(arrays[name].tolist(), object) for name in "ab")
    a, b = a.T if problem.transpose_a else a, b.T if problem.transpose_b else b
    sums = (a - problem.a_zero_point).dot(b - problem.b_zero_point)
    if "c" in arrays:
        sums = sums + np.array(arrays["c"].tolist(), object)
    width = core["accumulator_width"]
    sums = [arithmetic.signed(int(value), width) for value in sums.ravel()]
    if problem.quantizes:
        rescale = problem.rescale
        fields = {name: getattr(rescale, name) for name in ("input_zero_point", "output_zero_point", "minimum", "maximum")}
        fields["rounding"] = quantizer["rounding_modes"].index(rescale.rounding)
        columns = [(_of(rescale.multiplier, j), _of(rescale.shift, j)) for j in range(problem.n)]
        sums = arithmetic.rescaled(sums, problem.n, quantizer, fields, columns)
    return np.array(sums, object).reshape(problem.m, problem.n)


def _of(value: int | tuple[int, ...], column: int) -> int:
    return value[column] if isinstance(value, tuple) else value
