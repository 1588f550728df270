# SPDX-License-Identifier: Apache-2.0
"""A reader's request is urgent exactly when refusing it costs an accelerator at full rate a cycle."""

import pytest
from support.streams import simulate

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer.reader import ReadStreamer

MEMORY = MemoryConfig(banks=8, bank_width=8, bank_depth=16)
CYCLES = 40


def run(channels, depth, start, refused=None):
    """Words taken, and by cycle and channel whether it requests and is urgent.

    The accelerator takes words at full rate from cycle ``start``; all requests are granted but the
    one of ``refused``, a cycle and a channel.
    """
    config = StreamerConfig(mode="read", spatial_bounds=(channels,), temporal_dimensions=1, groups=(8,),
                            address_buffer_depth=4, data_buffer_depth=depth)
    dut, requests, taken = ReadStreamer(MEMORY, "X", config), {}, 0

    async def bench(ctx):
        nonlocal taken
        ctx.set(dut.job.entry.payload, {"base": 0, "spatial_stride_0": 1, "temporal_bound_0": 1000, "temporal_stride_0": 0})
        ctx.set(dut.job.entry.valid, 1)
        for cycle in range(CYCLES):
            ctx.set(dut.o.ready, cycle >= start)
            for c, port in enumerate(dut.ports):
                ctx.set(port.grant, refused != (cycle, c))
            signals = [signal for port in dut.ports for signal in (port.request, port.urgent)]
            _, _, valid, *ports = await ctx.tick().sample(dut.o.valid, *signals)
            taken += valid and cycle >= start
            requests.update({(cycle, c): (ports[2 * c], ports[2 * c + 1]) for c in range(channels)})

    simulate(dut, bench)
    return taken, requests


@pytest.mark.parametrize("channels,depth", [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 8), (3, 4), (3, 5)])
def test_urgent_exactly_when_a_refusal_costs_a_cycle(channels, depth):
    outcomes = set()
    for start in (0, 4, 5, 6, 7, 12):
        undisturbed, requests = run(channels, depth, start)
        assert undisturbed == CYCLES - max(start, 3 if depth <= 2 else 4)
        for cycle in range(start, start + 4):
            channel = cycle % channels
            request, urgent = requests[cycle, channel]
            if request:
                taken, _ = run(channels, depth, start, refused=(cycle, channel))
                assert undisturbed - taken == urgent
                outcomes.add(urgent)
    assert outcomes == ({0, 1} if depth > 3 else {1})
