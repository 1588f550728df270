# SPDX-License-Identifier: Apache-2.0
"""Plans of random layers: their programs pass the checker, and leave the right bytes in any legal order."""

import numpy as np
import pytest

from hwgen.compiler.conv.golden import golden_conv
from hwgen.compiler.conv.plan import plan_conv
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.random_layers import random_layer
from hwgen.compiler.interpreter import InterpretedCluster
from hwgen.compiler.operand_data import random_operands
from hwgen.compiler.problem import Rescale
from hwgen.compiler.program.check import check
from hwgen.config import preset
from hwgen.errors import MappingError

CONFIGS = {name: preset(name) for name in ("datamaestro", "small", "tiny")}


def interpreted(config, problem, seed, *, order):
    """Plan, check and carry out a layer without hardware; every byte outside the result must stay."""
    plan = plan_conv(problem, config)
    check(plan.program(), config)
    places = plan.place(offsets={"a": seed % 11, "out": seed % 7})
    rng = np.random.default_rng(seed)
    external = rng.integers(0, 256, places.end + 64, dtype=np.uint8)
    arrays = random_operands(problem, seed, config.accelerator.core)
    plan.store(arrays, places, external)
    scratchpad = rng.integers(0, 256, (config.memory.words, config.memory.word_bytes), dtype=np.uint8)
    before = external.copy()
    InterpretedCluster(config, scratchpad, external, seed=order).run(plan.jobs(places))
    np.testing.assert_array_equal(plan.load(places, external), golden_conv(problem, arrays, config.accelerator.core))
    out = places["out"]
    before[out.address:out.end] = external[out.address:out.end]
    np.testing.assert_array_equal(external, before)
    return plan


@pytest.mark.parametrize("name, seed", [("datamaestro", seed) for seed in range(60)] + [("tiny", seed) for seed in range(30)] + [("small", seed) for seed in range(10)])
def test_random_layers(name, seed):
    interpreted(CONFIGS[name], random_layer(CONFIGS[name], seed), seed, order=seed if seed % 3 == 0 else None)


def test_kinds_of_layers_are_mapped_in_their_own_way():
    config, made = CONFIGS["datamaestro"], {}
    for name, problem in {
        "few channels": ConvProblem(40, 40, 3, 16, (7, 7), (2, 2), (3, 3, 3, 3)),
        "depthwise": ConvProblem(20, 20, 64, 64, (3, 3), padding=(1, 1, 1, 1), groups=64, out_type="int8"),
        "fully connected": ConvProblem(1, 1, 2048, 64, batch=5, out_type="int8"),
    }.items():
        made[name] = interpreted(config, problem, 1, order=None)
    assert made["few channels"].tiling.gathering == "patches"
    assert made["depthwise"].steps == 50 * 8 * 9
    assert made["fully connected"].tiling.problem.width == 5 and made["fully connected"].steps == 8 * 256


def test_stride_two_keeps_rows_of_odd_lengths_whole():
    plan = plan_conv(ConvProblem(14, 14, 64, 64, (3, 3), (2, 2), (1, 1, 1, 1), out_type="int8"), CONFIGS["datamaestro"])
    assert plan.steps == 7 * 8 * 72 and plan.tiling.wraps


@pytest.mark.parametrize("config, problem, message", [
    ("datamaestro-paper", ConvProblem(4, 4, 8, 8), "need a cluster with dma, which datamaestro-paper does not have"),
    ("datamaestro", ConvProblem(4, 4, 8, 8, out_type="int24"), "out_type must be int8, uint8 or int32"),
    ("datamaestro", ConvProblem(4, 4, 8, 8, a_zero_point=300), "a_zero_point must be within -128..127, not 300"),
    ("tiny", ConvProblem(4, 4, 8, 8, out_type="int8", rescale=Rescale((1,) * 8, (2,) * 8)), "needs a quantizer with a parameter_stream"),
    ("tiny", ConvProblem(300, 300, 64, 8, (300, 300)), "no tiling of a convolution of 300 x 300 x 64 with 8 filters fits the scratchpad of tiny"),
    ("datamaestro", ConvProblem(60000, 60000, 2, 8), "must fit the 4294967296 bytes"),
])
def test_says_what_cannot_be_done(config, problem, message):
    with pytest.raises(MappingError, match=message):
        plan_conv(problem, preset(config))
