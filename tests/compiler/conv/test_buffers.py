# SPDX-License-Identifier: Apache-2.0
"""Buffers hold their blocks, lie in the banks they claim, and share no word."""

import numpy as np
import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.buffers import divides, place_buffers, weight_words
from hwgen.compiler.conv.problem import ConvProblem
from hwgen.compiler.conv.tiling import ConvTiling
from hwgen.compiler.image import bank_places

CONFIG = CONFIGS["datamaestro"]


def words_of(config, buffer):
    """Words of a buffer, each by its number over all banks of row 0, then of row 1, ..."""
    assert buffer.base % (config.memory.word_bytes * buffer.group) == 0 and buffer.size % (config.memory.word_bytes * buffer.group) == 0
    first = buffer.base // config.memory.word_bytes
    row, bank = bank_places(np.arange(first, first + buffer.size // config.memory.word_bytes), buffer.group, config.memory)
    return row * config.memory.banks + bank


def banks_of(config, buffer):
    return {int(word) % config.memory.banks for word in words_of(config, buffer)}


@pytest.mark.parametrize("name", CONFIGS)
def test_no_two_buffers_share_a_word(name):
    config = CONFIGS[name]
    for plan, _ in mappings(name):
        taken = np.zeros(config.memory.words, int)
        for pool in plan.buffers.pools.values():
            for buffer in pool:
                taken[words_of(config, buffer)] += 1
        assert taken.max() == 1, plan.buffers
        assert len({buffer.name for pool in plan.buffers.pools.values() for buffer in pool}) == sum(map(len, plan.buffers.pools.values()))


@pytest.mark.parametrize("name", CONFIGS)
def test_buffers_lie_in_the_banks_of_their_kind(name):
    config = CONFIGS[name]
    quarter = config.memory.banks // 4
    lower, third, fourth = (set(range(*span)) for span in ((0, 2 * quarter), (2 * quarter, 3 * quarter), (3 * quarter, 4 * quarter)))
    kinds = set()
    for plan, _ in mappings(name):
        buffers = plan.buffers
        kinds.add(buffers.kind)
        found = {role: [banks_of(config, buffer) for buffer in pool] for role, pool in buffers.pools.items()}
        beside = {role: set.union(*banks) for role, banks in found.items() if role not in "ab"}
        if buffers.kind == "interleaved":
            assert all(buffer.group == config.memory.banks for pool in buffers.pools.values() for buffer in pool)
            continue
        assert all(banks <= lower for banks in found["a"])
        if buffers.kind == "halves":
            assert len(found["b"]) == 2 and found["b"][0] <= third and found["b"][1] <= fourth
            assert all(banks <= lower for banks in beside.values())
        else:
            assert all(banks <= third for banks in found["b"]) and len(found["b"]) == len(plan.tiling.blocks) * len(plan.tiling.chunks)
            assert len({"lower" if banks <= lower else "fourth" if banks <= fourth else "" for banks in beside.values()} | {""}) == 2
        assert buffers.beside == any(banks <= lower for role, banks in beside.items() if role in ("sums", "result"))
    assert kinds == {"halves", "quarters", "interleaved"}


@pytest.mark.parametrize("name", CONFIGS)
def test_buffers_hold_their_blocks_with_a_step_to_spare(name):
    config = CONFIGS[name]
    word, core = config.memory.word_bytes, config.accelerator.core
    for plan, _ in mappings(name):
        tiling, pools = plan.tiling, plan.buffers.pools
        phases = list(tiling.phases())
        assert min(buffer.size for buffer in pools["a"]) >= plan.buffers.tile.words * word
        largest = max(phase.n.tiles * phase.k.tiles for phase in phases) * core.k * core.n
        assert min(buffer.size for buffer in pools["b"]) >= largest and weight_words(tiling) * word >= largest
        tiles = max(phase.tiles for phase in phases)
        for role, size in (("result", core.m * core.n), ("sums", core.m * core.n * core.accumulator_width // 8)):
            assert all(buffer.size >= tiles * size + config.dma.data_bytes for buffer in pools.get(role, ()))
        blocks = len(tiling.bands) * len(tiling.blocks)
        assert len(pools.get("result", ())) == (min(2, blocks) if tiling.problem.quantizes else 0)
        assert len(pools.get("sums", ())) == (min(2, blocks) if tiling.needs_sums else 0)
        assert len(pools.get("bias", ())) == (min(2, len(tiling.blocks)) if tiling.needs_bias else 0)
        assert len(pools.get("p", ())) == (min(2, len(tiling.blocks)) if tiling.needs_parameters else 0)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_step_is_left_free_at_the_end_of_the_memory(name):
    config = CONFIGS[name]
    for plan, _ in mappings(name):
        for pool in plan.buffers.pools.values():
            for buffer in pool:
                assert buffer.base + buffer.size <= config.memory.size - config.dma.data_bytes


def numbers(problem, *, rows, n, k=None, divided=True):
    tiling = ConvTiling(problem, CONFIG, "pixels", "m", rows, problem.out_size[1], n, k or -(-problem.channels // 8))
    return [(buffers.kind, len(buffers.pools["a"]), len(buffers.pools["b"])) for buffers in place_buffers(tiling, divided=divided)]


def test_operands_have_two_buffers_each_where_they_fit():
    small = ConvProblem(8, 8, 16, 32, (3, 3), padding=(1, 1, 1, 1), out_type="int8")
    assert numbers(small, rows=2, n=2) == [("halves", 2, 2), ("quarters", 2, 2)]
    assert numbers(small, rows=8, n=4, divided=False) == [("interleaved", 1, 1)], "no more than there are blocks"
    assert numbers(small, rows=8, n=4) == [("quarters", 1, 1)], "a block for all has no second quarter"
    # 40 KiB of images with their pitch: not twice in the 64 KiB of the lower half.
    large = ConvProblem(64, 64, 64, 32, out_type="int8")
    assert numbers(large, rows=8, n=2) == [("halves", 1, 2), ("quarters", 1, 2)]
    assert numbers(large, rows=20, n=2) == []


def test_filters_that_fit_one_quarter_only_once_take_turns():
    # 18 KiB a block of filters: two in the third quarter's 32 KiB are too many.
    assert numbers(ConvProblem(8, 8, 64, 64, (3, 3), out_type="int8"), rows=2, n=4) == [("halves", 2, 2)]
    assert numbers(ConvProblem(8, 8, 128, 64, (3, 3), out_type="int8"), rows=2, n=4) == [], "36 KiB fit no quarter"
    assert numbers(ConvProblem(8, 8, 128, 64, (3, 3), out_type="int8"), rows=2, n=4, divided=False) == [("interleaved", 2, 2)]


def test_chunks_of_one_band_take_turns():
    problem = ConvProblem(8, 8, 32, 8, (3, 3), padding=(1, 1, 1, 1), out_type="int8")
    assert ("halves", 2, 2) in numbers(problem, rows=8, n=1, k=2) and numbers(problem, rows=8, n=1) == [("quarters", 1, 1)]


def test_filters_leave_a_step_free_at_the_end_of_the_memory():
    # 64 tiles of 512 bytes are the whole 32 KiB of a quarter; 63 leave room for a step behind them.
    assert numbers(ConvProblem(8, 8, 64, 1024, out_type="int8"), rows=1, n=63) == [("halves", 2, 2)]
    assert numbers(ConvProblem(8, 8, 64, 1024, out_type="int8"), rows=1, n=64) == []


def test_presets_have_halves_and_quarters():
    assert all(divides(config) for config in CONFIGS.values())
    mute = CONFIG.model_copy(update={"streamers": CONFIG.streamers | {"B": CONFIG.streamers["B"].model_copy(update={"groups": (32, 8, 1)})}})
    assert not divides(mute)
    wide = CONFIG.model_copy(update={"streamers": CONFIG.streamers | {"B": CONFIG.streamers["B"].model_copy(update={"spatial_bounds": (16,)})}})
    assert not divides(wide)
