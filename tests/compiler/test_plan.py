# SPDX-License-Identifier: Apache-2.0
"""Whole plans, checked access by access with the streamer's model."""

import itertools
import random

import pytest
from support.jobs import steps_of

from hwgen.compiler.gemm import plan
from hwgen.compiler.problem import GemmProblem, Rescale
from hwgen.config import BroadcasterConfig, ClusterConfig, TransposerConfig, preset
from hwgen.errors import MappingError

VARIANTS = list(itertools.product(("none", "bias", "full"), ("int32", "int8"), (False, True), (False, True)))
SIZES = [(1, 1, 1), (8, 8, 8), (17, 9, 33), (64, 64, 64), (16, 8, 40), (8, 128, 24)]
PRESETS = {"tiny": 5, "small": 2, "datamaestro": 1, "datamaestro-paper": 1}
"""By what sizes are divided so that they fit."""


def changed(config: ClusterConfig, streamer: str, **update) -> ClusterConfig:
    """The config with another setting of one streamer."""
    streamers = dict(config.streamers)
    streamers[streamer] = streamers[streamer].model_copy(update=update)
    return config.model_copy(update={"streamers": streamers})


def with_core(**update) -> ClusterConfig:
    """The preset ``tiny`` with another core and wider bank words, unchecked."""
    config = preset("tiny")
    core = config.accelerator.core.model_copy(update=update)
    return config.model_copy(update={
        "accelerator": config.accelerator.model_copy(update={"core": core}),
        "memory": config.memory.model_copy(update={"bank_width": 64})})


def with_quantizer(config: ClusterConfig, **update) -> ClusterConfig:
    accelerator = config.accelerator
    quantizer = accelerator.quantizer.model_copy(update=update)
    return config.model_copy(update={"accelerator": accelerator.model_copy(update={"quantizer": quantizer})})


def accesses(config, operand, fields):
    """Bank and row of each channel that takes part in each step."""
    settings = config.streamers[operand.streamer]
    factor = next((e.factor for e in settings.extensions if fields.get(f"{e.kind}_enable") and e.kind == "broadcaster"), 1)
    return [places[:settings.channels // factor] for places in steps_of(config.memory, settings, fields)]


def check(problem, config):
    """Every access exists, no two operands share a word, and each moves what the core takes."""
    mapping = plan(problem, config)
    job, taken = mapping.job(), {}
    m, n, k = problem.tiles(config)
    assert mapping.steps == m * n * k
    for role, operand in mapping.operands.items():
        place = mapping.places[role]
        steps = accesses(config, operand, job.entries[operand.streamer].fields)
        assert len(steps) == (m * n if role in ("c", "out") else m * n * k)
        own = set()
        for places in steps:
            wrong = [p for p in places if isinstance(p, str)]
            assert not wrong, f"{role} {wrong[0]}"
            own |= set(places)
        word = config.memory.word_bytes
        whole = set(inside(config, place))
        assert own <= whole and place.base + place.size <= config.memory.size
        if role == "out":
            assert len(own) * word == place.size and len(steps) * len(steps[0]) == len(own), "each result word once"
        for p in whole:
            assert p not in taken, f"{role} overlaps {taken[p]}"
            taken[p] = role
    assert job.entries["core"].fields["tiles"] == m * n and job.entries["core"].fields["steps"] == k
    return mapping


def inside(config, place):
    """Bank and row of every word of a place."""
    memory = config.memory
    for i in range(-(-place.size // memory.word_bytes)):
        which, rest = divmod(place.base // memory.word_bytes + i, place.group * memory.bank_depth)
        row, bank = divmod(rest, place.group)
        yield which * place.group + bank, row


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("c, out_type, transpose_a, transpose_b", VARIANTS)
@pytest.mark.parametrize("name", PRESETS)
def test_every_access_of_every_variant(name, c, out_type, transpose_a, transpose_b, size):
    m, n, k = (max(1, s // PRESETS[name]) for s in size)
    check(GemmProblem(m, n, k, transpose_a, transpose_b, c, out_type), preset(name))


@pytest.mark.parametrize("seed", range(25))
def test_every_access_of_problems_that_nearly_fill_the_memory(seed):
    """Places then span groups of banks, or take all that is left."""
    rng, config = random.Random(seed), preset("tiny")
    fitted = refused = 0
    for _ in range(12):
        m, n, k = (rng.randint(1, limit) for limit in (40, 40, 60))
        problem = GemmProblem(m, n, k, c=rng.choice(["none", "bias", "full"]), out_type=rng.choice(["int32", "int8"]))
        try:
            check(problem, config)
            fitted += 1
        except MappingError:
            refused += 1
    assert fitted


@pytest.mark.parametrize("problem, config, message", [
    (GemmProblem(64, 64, 64), preset("tiny"),
     r"^operands and result must fit the scratchpad's 2048 bytes, padding included, not 24576$"),
    (GemmProblem(1, 1, 1 << 20), preset("tiny"), r"^steps of K must be fewer than 65536, not 524288$"),
    (GemmProblem(2, 2, 2, transpose_a=True), changed(preset("tiny"), "A", extensions=()),
     r"^transpose_a needs a transposer on streamer A, which tiny does not have$"),
    (GemmProblem(2, 2, 2, transpose_a=True),
     changed(preset("tiny"), "A", extensions=(TransposerConfig(kind="transposer", rows=4),)),
     r"^transpose_a needs a transposer on streamer A of 2 rows of 8-bit elements, not 4 rows of 8 bits$"),
    (GemmProblem(2, 2, 2, transpose_b=True),
     changed(preset("tiny"), "B", extensions=(TransposerConfig(kind="transposer", element_width=16),)),
     r"^transpose_b needs a transposer on streamer B of 2 rows of 8-bit elements, not 2 rows of 16 bits$"),
    (GemmProblem(2, 2, 2, transpose_b=True), changed(preset("tiny"), "B", extensions=()),
     r"^transpose_b needs a transposer on streamer B, which tiny does not have$"),
    (GemmProblem(2, 2, 2, c="bias"), changed(preset("tiny"), "C", extensions=()),
     r"^c bias needs a broadcaster on streamer C, which tiny does not have$"),
    (GemmProblem(2, 2, 2, c="bias"), changed(preset("tiny"), "C", extensions=(BroadcasterConfig(kind="broadcaster", factor=4),)),
     r"^c bias needs a broadcaster on streamer C whose factor is the core's 2 rows, not 4$"),
    (GemmProblem(8, 8, 8), changed(preset("tiny"), "B", temporal_dimensions=1),
     r"^no loop order of 4 x 4 x 4 tiles fits the loops of the streamers of tiny$"),
    (GemmProblem(2, 2, 80), changed(preset("tiny"), "A", bound_width=4),
     r"^no loop order of 1 x 1 x 40 tiles fits the loops of the streamers of tiny$"),
    (GemmProblem(2, 2, 2, b_zero_point=128), preset("tiny"), r"^b_zero_point must be within -128\.\.127, not 128$"),
    (GemmProblem(2, 2, 2, c="bias"), with_core(n=1, k=4), r"^c bias needs rows of a multiple of the bank word's 64 bits, not 1 elements of 32 bits$"),
    (GemmProblem(2, 2, 2, transpose_a=True), with_core(a_width=16), r"^transpose_a needs a transposer on streamer A of 2 rows of 16-bit elements, not 2 rows of 8 bits$"),
    (GemmProblem(8, 8, 8, out_type="int8", rescale=Rescale(rounding="half_up")), preset("datamaestro-paper"),
     r"^rounding on datamaestro-paper must be one of double, not 'half_up'$"),
    (GemmProblem(2, 2, 2, out_type="int8"), with_quantizer(preset("tiny"), result_width=16),
     r"^int8 results need a quantizer with a result_width of 8, not 16$"),
])
def test_refuses(problem, config, message):
    with pytest.raises(MappingError, match=message):
        plan(problem, config)


def test_picks_an_order_whose_loops_fit_the_bounds():
    """Twenty tiles in one loop are too many for 4 bits; in blocks of two, with the other loop between, they are not."""
    config = changed(preset("tiny"), "D", bound_width=4)
    mapping = check(GemmProblem(4, 40, 2), config)
    assert mapping.operands["out"].loops(mapping.nest) == [(2, 16), (2, 320), (10, 32)]


@pytest.mark.parametrize("modes", [("double", "gemmlowp", "half_even", "half_up"), ("half_up", "double")])
def test_rounding_is_numbered_as_built_in(modes):
    config = with_quantizer(preset("tiny"), rounding_modes=modes)
    for number, rounding in enumerate(modes):
        job = plan(GemmProblem(2, 2, 2, out_type="int8", rescale=Rescale(rounding=rounding)), config).job()
        assert job.entries["quantizer"].fields["rounding"] == number
    job = plan(GemmProblem(2, 2, 2, out_type="int8"), with_quantizer(config, rounding_modes=("double",))).job()
    assert "rounding" not in job.entries["quantizer"].fields
