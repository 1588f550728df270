# SPDX-License-Identifier: Apache-2.0
"""Access patterns on the emitted Verilog: rows that are no multiple of the channels, and strides of two words."""

import numpy as np
import pytest
from hwgen.sim.cluster import SimulatedCluster
from hwgen.sim.design import simulator_for
from hwgen.sim.program import Program

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import Entry, Job
from hwgen.config import preset

WORD, LANES = 8, 8
LATENCY = 10
"""Cycles besides one per group: from the start to the first word, and from the last to its bank."""
NEUTRAL = {f"temporal_{what}_{d}": value for d in range(6) for what, value in (("bound", 1), ("stride", 0))}

pytestmark = pytest.mark.xdist_group("max-pool")


@pytest.fixture(scope="module")
def pool():
    config = preset("max-pool")
    with SimulatedCluster(config, simulator_for(config)) as cluster:
        yield cluster


def run(cluster, x, y, *, window, outputs, seed):
    """Stream random memory through; contents before and after, and the counters."""
    memory = cluster.config.memory
    before = MemoryImage(memory, np.random.default_rng(seed).integers(0, 256, memory.size, dtype=np.uint8))
    cluster.reset()
    cluster.load(before)
    x = NEUTRAL | {"addressing_mode": 0} | x
    y = {name: value for name, value in NEUTRAL.items() if int(name[-1]) < 3} | {"addressing_mode": 0, "spatial_stride_0": WORD} | y
    cluster.run([Job({"X": Entry(x), "Y": Entry(y, interrupt=True),
                      "pool": Entry({"window": window, "outputs": outputs, "unsigned_elements": 1})})])
    program = Program()
    for unit in ("X", "Y", "pool"):
        program.poll(cluster.map.address(f"cluster.completed_{unit}"), 0xFFFF_FFFF, 1, limit=10_000)
    cluster.play(program)
    return before, cluster.dump(), cluster.counters()


@pytest.mark.parametrize("rows, length, groups", [
    (28, 28, 98), (14, 14, 25), (7, 7, 7), (5, 5, 4), (9, 5, 6), (16, 1, 2), (13, 1, 2), (3, 20, 8),
])
@pytest.mark.parametrize("border", [2, 0])
def test_rows_of_any_length_take_a_group_a_cycle(pool, rows, length, groups, border):
    pixels, pitch, base, out = rows * length, length + border, 3 * WORD, 2 * 8 * 512 * WORD
    assert groups == -(-pixels // LANES)
    tail = {"tail_loops_0": 1, "tail_lanes_0": (pixels - 1) % LANES + 1, "tail_bytes_0": 0}
    x = {"base": base, "addressing_mode": 1, "spatial_stride_0": WORD, "temporal_bound_0": groups, "temporal_stride_0": LANES * WORD,
         "row_length": length, "row_loop": 0, "row_wrap": border * WORD} | tail
    y = {"base": out, "addressing_mode": 2, "temporal_bound_0": groups, "temporal_stride_0": LANES * WORD} | tail
    before, after, counters = run(pool, x, y, window=1, outputs=groups, seed=rows)

    source = before.read(base, 16, rows * pitch * WORD).reshape(rows, pitch * WORD)[:, :length * WORD]
    expected = MemoryImage(before.memory, before.bytes)
    expected.write(out, 8, np.ascontiguousarray(source).reshape(-1))
    assert np.array_equal(after.bytes, expected.bytes)
    assert counters["steps"] == groups
    assert counters["X_bank_conflict"] == 0
    assert counters["cycles"] <= groups + LATENCY
    assert counters["accesses_X"] == counters["accesses_Y"] == pixels


@pytest.mark.parametrize("mode, group, cycles", [(0, 32, 1), (1, 16, 1), (2, 8, 2)])
def test_words_two_apart_need_as_many_cycles_as_they_hit_a_bank(pool, mode, group, cycles):
    """Eight words two apart lie in 8 banks of a group of 16 or 32, and in 4 banks, two in each, of a group of 8."""
    steps = 240
    banks = {2 * lane % group for lane in range(LANES)}
    assert cycles == LANES // len(banks)
    x = {"base": 0, "addressing_mode": mode, "spatial_stride_0": 2 * WORD, "temporal_bound_0": steps, "temporal_stride_0": 16 * WORD}
    y = {"base": 31 * 512 * WORD, "addressing_mode": 0, "temporal_bound_0": 1}
    *_, counters = run(pool, x, y, window=steps, outputs=1, seed=mode)
    assert counters["steps"] == steps
    assert cycles * steps <= counters["cycles"] <= cycles * steps + LATENCY
    assert (counters["X_bank_conflict"] > 0) == (cycles > 1)
