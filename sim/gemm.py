# SPDX-License-Identifier: Apache-2.0
"""Run matrix multiplications on the emitted Verilog and hold them to the golden model."""

from dataclasses import replace

import numpy as np

from ..compiler.elements import DEFAULT_CORE
from ..compiler.gemm import Plan, plan
from ..compiler.image import MemoryImage
from ..compiler.operand_data import check_arrays, load_result, store_operands
from ..compiler.problem import GemmProblem
from ..config import GemmConfig
from ..gemm import model as gemm_model
from ..quant import model as quantizer_model
from .cluster import SimulatedCluster
from .measures import measure
from .outcome import Run, first_difference


def golden(problem: GemmProblem, arrays: dict[str, np.ndarray], core: GemmConfig = DEFAULT_CORE) -> np.ndarray:
    """Expected result on ``core``, from the models; of a batch product by product."""
    if problem.batch is not None:
        one = replace(problem, batch=None, a_shared=False, b_shared=False)
        return np.stack([golden(one, {name: array if array.ndim < 3 else array[i] for name, array in arrays.items()}, core) for i in range(problem.batch)])
    a = arrays["a"].T if problem.transpose_a else arrays["a"]
    b = arrays["b"].T if problem.transpose_b else arrays["b"]
    c = arrays.get("c")
    if c is not None:
        c = np.broadcast_to(c, (problem.m, problem.n))
    result = gemm_model.accumulate(
        a, b, c, a_zero_point=problem.a_zero_point, b_zero_point=problem.b_zero_point,
        a_unsigned=problem.a_unsigned, b_unsigned=problem.b_unsigned,
        a_width=core.a_width, b_width=core.b_width, accumulator_width=core.accumulator_width)
    if not problem.quantizes:
        return result
    r = problem.rescale
    return quantizer_model.rescale(
        result, multiplier=np.asarray(r.multiplier), shift=np.asarray(r.shift), input_zero_point=r.input_zero_point,
        output_zero_point=r.output_zero_point, minimum=r.minimum, maximum=r.maximum, rounding=r.rounding,
        input_width=core.accumulator_width)


def after_passes(mapping: Plan, image: MemoryImage) -> None:
    """Do to ``image`` what the mapping's passes do to the scratchpad."""
    core = mapping.config.accelerator.core
    for one in mapping.passes:
        place, source = mapping.places[one.role], mapping.places[one.source]
        given = image.read(source.base, source.group, source.size).reshape(one.words, -1)
        if one.transpose:
            size = core.m * core.m * core.a_width // 8
            tiles = np.unpackbits(given[:, :size], bitorder="little").reshape(one.words, core.m, core.m, core.a_width)
            made = np.packbits(tiles.transpose(0, 2, 1, 3), bitorder="little").reshape(one.words, size)
        else:
            row = core.n * core.accumulator_width // 8
            made = np.tile(given[:, :row], core.m)
        # What lies between the tiles stays as it is.
        kept = image.read(place.base, place.group, place.size).reshape(one.words, -1)
        kept[:, :made.shape[1]] = made
        image.write(place.base, place.group, kept.reshape(-1))


def run_gemm(cluster: SimulatedCluster, problem: GemmProblem, arrays: dict[str, np.ndarray], *, seed: int = 0,
             host_config: str = "shadow", mapping: Plan | None = None, from_reset: bool = False) -> Run:
    """Compute one problem whose operands lie in the scratchpad.

    The whole scratchpad is filled with random bytes around the operands and compared afterwards. ``mapping`` is the best if left out;
    ``host_config`` and ``from_reset`` are those of `SimulatedCluster.run`.

    Raises
    ------
    MappingError, DataError
        If the problem does not fit or the arrays are not those of the problem.
    """
    core = cluster.config.accelerator.core
    mapping = mapping or plan(problem, cluster.config)
    check_arrays(problem, arrays, core)
    memory = cluster.config.memory
    session = cluster.session
    before_cycles, before_seconds = session.cycles, session.seconds
    noise = np.random.default_rng(seed).integers(0, 256, memory.size, dtype=np.uint8)
    image = MemoryImage(memory, noise)
    store_operands(mapping, arrays, image)
    cluster.load(image)
    cluster.run(mapping.jobs(), host_config=host_config, from_reset=from_reset)
    counters = cluster.counters()
    after = cluster.dump()

    result, expected = load_result(mapping, after), golden(problem, arrays, core)
    place = mapping.places["out"]
    after_passes(mapping, image)
    masked = MemoryImage(memory, after.bytes)
    masked.write(place.base, place.group, image.read(place.base, place.group, place.size))
    return Run(
        plan=mapping, result=result, bit_exact=bool(np.array_equal(result, expected)), untouched=bool(np.array_equal(masked.bytes, image.bytes)),
        first_difference=first_difference(result, expected), measures=measure(counters, problem, cluster.config),
        simulated_cycles=session.cycles - before_cycles, seconds=session.seconds - before_seconds, host_config=host_config)
