# SPDX-License-Identifier: Apache-2.0
"""Causes that only some accelerators have: passes, and a busy accelerator whose status is derived."""

import pytest
from support.streams import simulate

from hwgen.config import preset
from hwgen.config.counters import cycle_causes
from hwgen.soc.cycle_counters import CycleCounters
from hwgen.streamer.status import WaitCause

QUIET = {"step": 0, "active": 0, "blocked": 0, "core_queued": 0, "others_running": 0, "others_queued": 0}
POOL, STEP = preset("max-pool"), preset("step-1")


def charged(config, **inputs):
    """The only cause of one cycle with these inputs."""
    dut, found = CycleCounters(config), []
    streamers = list(config.streamers)
    readers = [name for name in streamers if config.streamers[name].reads]
    needs, running = inputs.pop("needs", ""), inputs.pop("running", streamers)
    values = QUIET | inputs | {
        "needs": {name: int(name in needs) for name in readers}, "waiting": {name: WaitCause.BANK_CONFLICT for name in readers},
        "running": {name: int(name in running) for name in streamers}, "queued": dict.fromkeys(streamers, 0)}

    async def bench(ctx):
        ctx.set(dut.open, 1)
        await ctx.tick()
        for name, value in values.items():
            ctx.set(getattr(dut, name), value)
        await ctx.tick()
        for index, cause in enumerate(cycle_causes(config)):
            ctx.set(dut.select, index)
            if ctx.get(dut.count):
                found.append(cause)

    simulate(dut, bench, cycles=10)
    return found


@pytest.mark.parametrize("config, inputs, cause", [
    (STEP, {"passing": 1, "needs": "A"}, "pass"), (STEP, {"passing": 1, "step": 1}, "steps"), (STEP, {"needs": "A"}, "fill"),
    (POOL, {"busy": 1}, "accelerator_busy"), (POOL, {"busy": 1, "blocked": 1}, "output_blocked"), (POOL, {"busy": 1, "step": 1}, "steps"),
    (POOL, {"busy": 1, "needs": "X"}, "fill"), (POOL, {}, "drain"),
])
def test_each_stands_at_its_place_in_the_order(config, inputs, cause):
    assert charged(config, **inputs) == [cause]


def test_clusters_without_them_have_no_such_counters():
    causes = cycle_causes(preset("tiny"))
    assert "pass" not in causes and "accelerator_busy" not in causes
