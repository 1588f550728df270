# SPDX-License-Identifier: Apache-2.0
"""What the compiler maps computes the product, by the interpreter alone: every access legal, every element right."""

import numpy as np
import pytest
from hwgen.sim.fuzz.cases import Cases
from hwgen.sim.fuzz.configs import drawn
from hwgen.sim.fuzz.model import Model
from hwgen.sim.fuzz.product import expected, mapped
from hwgen.sim.gemm import golden

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.operand_data import load_result, random_operands, store_operands
from hwgen.config import preset
from hwgen.config.load import from_dict

DRAWN = [drawn(number, 5) for number in range(60)]
CONFIGS = [config for config in DRAWN if config.accelerator.kind == "gemm"]
STREAMING = [config for config in DRAWN if config.accelerator.kind != "gemm"]


def check(config, job):
    """Run a mapped problem in the interpreter; every access must be legal, every element right."""
    plan, plain = mapped(config, job), config.model_dump(mode="json")
    arrays = random_operands(plan.problem, job.operands, config.accelerator.core)
    image = MemoryImage(config.memory, np.random.default_rng(1).integers(0, 256, config.memory.size, dtype=np.uint8))
    store_operands(plan, arrays, image)
    model = Model(plain, bytes(config.memory.size))
    model.words = [int.from_bytes(word.tobytes(), "little") for word in image.bytes.reshape(-1, config.memory.word_bytes)]
    for each in plan.jobs():
        model.run({unit: entry.fields for unit, entry in each.entries.items()})
    assert not model.errors and model.settled
    after = np.frombuffer(b"".join(word.to_bytes(config.memory.word_bytes, "little") for word in model.words), np.uint8)
    result = load_result(plan, MemoryImage(config.memory, after))
    wanted = expected(plain, plan.problem, arrays)
    assert (result.astype(object) == wanted).all()
    assert (golden(plan.problem, arrays, config.accelerator.core).astype(object) == wanted).all()
    return plan


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_random_problems_on_random_clusters(config):
    cases = Cases(config, 9, raw_share=0.0)
    jobs = [job for job in (cases.mapped_job(first=True) for _ in range(6)) if job.kind == "gemm"]
    for job in jobs:
        check(config, job)


@pytest.mark.parametrize("config", STREAMING, ids=range(len(STREAMING)))
def test_streams_of_words_are_within_reach(config):
    cases = Cases(config, 9, raw_share=0.0)
    model = Model(cases.plain, bytes(config.memory.size))
    for job in (cases.mapped_job(first=True) for _ in range(6)):
        if job.kind == "mapped":
            model.run(job.fields)
    assert not model.errors and model.settled


def test_nearly_every_cluster_can_be_mapped_to():
    kinds = [Cases(config, 9).mapped_job(first=True).kind for config in CONFIGS]
    assert kinds.count("gemm") >= 0.8 * len(kinds)


@pytest.mark.parametrize("name", ["A", "B", "C", "D", "E"])
@pytest.mark.parametrize("seed", range(3))
def test_tiles_begin_where_their_streamer_reaches(name, seed):
    """Two channels that reach every fourth bank: tiles lie twice as far apart as they are wide."""
    description = preset("tiny").model_dump(mode="json")
    streamer = description["streamers"][name]
    streamer["reach"] = 4 * (2 if name in "CD" else 1)
    description["memory"]["bank_depth"] = 512
    config = from_dict(description)
    cases = Cases(config, seed, raw_share=0.0)
    used = set()
    for _ in range(12):
        plan = check(config, cases.mapped_job(first=True))
        used |= {operand.streamer for operand in plan.operands.values()}
    assert name in used


@pytest.mark.parametrize("groups", [[4, 2], [2], [1]])
def test_streamers_of_narrow_groups_alone_can_be_mapped_to(groups):
    description = preset("tiny").model_dump(mode="json")
    for streamer in description["streamers"].values():
        streamer |= {"groups": groups, "reach": "all"}
    config = from_dict(description)
    cases = Cases(config, 1, raw_share=0.0)
    assert all(check(config, cases.mapped_job(first=True)) for _ in range(5))
