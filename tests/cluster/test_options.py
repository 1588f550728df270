# SPDX-License-Identifier: Apache-2.0
"""A cluster whose streamers have every option somewhere: lint, and jobs against the golden models."""

import copy
import random

import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for, verilog_for
from hwgen.sim.lint import lint
from support.driving import differences, noise, push, wait_idle
from support.jobs import random_tails
from support.machine import Machine, tile_bytes, tile_job, touched, walk

from hwgen.config import from_dict, preset
from hwgen.config.streamer_unit import enable_name, parameter_fields
from hwgen.emit.verilog import top_name

ADD = "support.extensions:AddConfig"
OPTIONS = {
    "A": {"tail_masks": True, "row_wrap": True, "extensions": [{"kind": "zero_fill"}, {"kind": "transposer"}, {"kind": "requantize"}]},
    "B": {"fine_grained_prefetch": False, "extensions": [{"kind": "transposer"}, {"kind": ADD, "cycles": 1}]},
    "C": {"address_buffer_depth": 1, "data_buffer_depth": 1, "extensions": [{"kind": "broadcaster", "factor": 2}, {"kind": ADD}]},
    "D": {"tail_masks": True, "fine_grained_prefetch": False},
    "E": {"tail_masks": True, "address_buffer_depth": 1, "data_buffer_depth": 1, "extensions": [{"kind": "requantize"}]},
}


def all_options():
    description = copy.deepcopy(preset("tiny").model_dump(mode="json"))
    for name, options in OPTIONS.items():
        description["streamers"][name] |= options
    return from_dict(description)


CONFIG = all_options()
pytestmark = pytest.mark.xdist_group("all-options")


@pytest.fixture(scope="module")
def cluster():
    with SimulatedCluster(CONFIG, simulator_for(CONFIG)) as running:
        yield running


def random_fields(name, tiles, rng):
    """A walk over few tiles, cut off at its ends and extended in any way."""
    streamer, size = CONFIG.streamers[name], tile_bytes(CONFIG, name)
    loops = [(2, tiles // 2 * size), (tiles // 2, size)] if tiles % 2 == 0 else [(tiles, size)]
    fields = walk(CONFIG, name, tiles, rng.randrange(0x60) * 8, rng.choice((8, 4, 2)), loops)
    if streamer.tail_masks:
        fields |= random_tails(CONFIG.memory, streamer, rng)
    if streamer.row_wrap:
        fields |= {"row_length": rng.randint(0, 5), "row_wrap": 2 * rng.randrange(-4, 5), "row_loop": rng.randrange(2)}
    for extension in streamer.extensions:
        fields[enable_name(extension)] = rng.randrange(2)
        fields |= {field.name: rng.randint(field.lowest, field.highest) for field in parameter_fields(extension)}
    return fields


def random_tile_job(rng):
    """A job none of whose reads meets its own writes, and whose accesses all exist."""
    out = rng.choice("DE")
    tiles, steps = rng.randint(1, 6), rng.randint(1, 5)
    counts = {"A": tiles * steps, "B": tiles * steps, out: tiles} | ({"C": tiles} if rng.random() < 0.5 else {})
    while True:
        job = tile_job(CONFIG, tiles=tiles, steps=steps, out=out,
                       walks={name: random_fields(name, count, rng) for name, count in counts.items()})
        written = touched(CONFIG, out, job.entries[out])
        if not any(written & touched(CONFIG, name, job.entries[name]) for name in counts if name != out):
            return job


def test_no_findings():
    assert [str(finding) for finding in lint(verilog_for(CONFIG), top_name(CONFIG))] == []


@pytest.mark.parametrize("seed", range(10))
def test_jobs_match_the_models(cluster, seed):
    rng, image = random.Random(seed), noise(cluster, seed)
    cluster.reset()
    machine = Machine(CONFIG, image)
    cluster.load(image)
    for _ in range(8):
        job = random_tile_job(rng)
        push(cluster, job)
        wait_idle(cluster)
        machine.run(job)
        assert not differences(cluster.dump(), machine.image())
