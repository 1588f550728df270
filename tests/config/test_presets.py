# SPDX-License-Identifier: Apache-2.0
"""What each preset promises; for ``datamaestro-paper``, Table II of arXiv 2504.14091."""

import pytest

from hwgen.config import preset, preset_names
from hwgen.config.quantizer import ROUNDING_MODES

TABLE_II = {
    # stream: mode, spatial bounds, temporal dimensions, channels, depth of both buffers, extensions
    "A": ("read", (8,), 6, 8, 8, ["transposer"]),
    "B": ("read", (8,), 3, 8, 8, ["transposer"]),
    "C": ("read", (8, 4), 3, 32, 1, ["broadcaster"]),
    "D": ("write", (8, 4), 3, 32, 1, []),
    "E": ("write", (8,), 3, 8, 1, []),
}


def test_paper_streamers_are_those_of_table_ii():
    streamers = preset("datamaestro-paper").streamers
    assert list(streamers) == list(TABLE_II)
    for name, (mode, bounds, temporal, channels, depth, extensions) in TABLE_II.items():
        streamer = streamers[name]
        assert (streamer.mode, streamer.spatial_bounds, streamer.channels) == (mode, bounds, channels)
        assert streamer.temporal_dimensions == temporal
        assert (streamer.address_buffer_depth, streamer.data_buffer_depth) == (depth, depth)
        assert [extension.kind for extension in streamer.extensions] == extensions
        assert streamer.groups == (32, 8)
        assert streamer.reach == "all"


def test_paper_broadcaster_widens_256_to_2048_bits():
    config = preset("datamaestro-paper")
    (broadcaster,) = config.streamers["C"].extensions
    width = config.streamers["C"].channels * config.memory.bank_width
    assert (width // broadcaster.factor, width) == (256, 2048)


@pytest.mark.parametrize("name", ["datamaestro-paper", "datamaestro"])
def test_published_memory_and_core(name):
    config = preset(name)
    assert (config.memory.banks, config.memory.bank_width, config.memory.bank_depth) == (32, 64, 512)
    assert config.memory.size == 128 * 1024
    core = config.accelerator.core
    assert (core.m, core.n, core.k, core.multipliers) == (8, 8, 8, 512)
    assert (core.a_width, core.b_width, core.accumulator_width) == (8, 8, 32)


def test_paper_quantizer_holds_a_column_each():
    assert preset("datamaestro-paper").accelerator.quantizer.channels == 8


@pytest.mark.parametrize("name", [name for name in preset_names() if preset(name).accelerator.kind == "gemm"])
def test_only_the_paper_quantizer_lacks_rounding_modes(name):
    modes = preset(name).accelerator.quantizer.rounding_modes
    assert modes == (("double",) if name == "datamaestro-paper" else ROUNDING_MODES)


def test_default_selects_among_four_modes():
    config = preset("datamaestro")
    assert {streamer.groups for streamer in config.streamers.values()} == {(32, 16, 8, 1)}
    assert config.streamers["A"].reach == "all"
    assert config.accelerator.quantizer.lanes == 16


@pytest.mark.parametrize("name, edge", [("small", 4), ("tiny", 2)])
def test_smaller_cores(name, edge):
    core = preset(name).accelerator.core
    assert (core.m, core.n, core.k) == (edge, edge, edge)


def test_presets_are_called_as_they_are_named():
    for name in preset_names():
        assert preset(name).name == name
