# SPDX-License-Identifier: Apache-2.0
"""The jobs of phases: B meets each tile of filters in the order of the core, and units are told how much there is."""

import numpy as np
import pytest
from support.conv import CONFIGS, mappings

from hwgen.compiler.conv.schedule import schedule
from hwgen.compiler.interpreter.walks import step_addresses


@pytest.mark.parametrize("name", CONFIGS)
def test_filters_come_tile_by_tile_for_every_group_of_positions(name):
    config = CONFIGS[name]
    core, size = config.accelerator.core, config.accelerator.core.k * config.accelerator.core.n
    for plan, _ in mappings(name)[::4]:
        uses = schedule(plan.tiling, {role: len(pool) for role, pool in plan.buffers.pools.items()}).uses
        entries = [job.entries for job in plan.jobs(plan.place()) if "B" in job.entries]
        for phase, used, entry in zip(plan.tiling.phases(), uses, entries, strict=True):
            fields, buffer = entry["B"].fields, plan.buffers.pools["b"][used["b"]]
            n, k = np.indices((phase.m.tiles, phase.n.tiles, phase.k.tiles)).reshape(3, -1)[1:]
            np.testing.assert_array_equal(step_addresses(config, config.streamers["B"], fields), buffer.base + (n * phase.k.tiles + k) * size)
            assert config.streamers["B"].groups[fields["addressing_mode"]] == buffer.group and fields["spatial_stride_0"] == core.k
            assert entry["core"].fields["tiles"] == phase.m.tiles * phase.n.tiles and entry["core"].fields["steps"] == phase.k.tiles
            assert entry["core"].fields["add_c"] == (not phase.first or plan.problem.c == "bias")
            assert entry["core"].fields["quantize"] == (phase.last and plan.problem.quantizes) == ("E" in entry)
            image = plan.buffers.pools["a"][used["a"]]
            assert entry["A"].fields["base"] == image.base + plan.buffers.tile.offset(phase)
            assert config.streamers["A"].groups[entry["A"].fields["addressing_mode"]] == image.group
