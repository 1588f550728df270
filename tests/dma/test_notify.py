# SPDX-License-Identifier: Apache-2.0
"""Notifications: one word each, at its address, done when answered."""

import random

import pytest
from support.engines import log_reports, wait_count
from support.external import Writes, dma_config
from support.streams import drive, log_cycles, simulate

from hwgen.dma.notify import NotifyEngine


@pytest.mark.parametrize(("data_width", "address_width"), [(32, 32), (64, 16), (512, 40), (128, 64)])
@pytest.mark.parametrize("stall", [0, 0.5])
def test_writes_one_word_for_each_job(data_width, address_width, stall):
    config, rng = dma_config(data_width, address_width=address_width)[1], random.Random(data_width)
    dut, size, jobs = NotifyEngine(config, 3), config.data_bytes, []
    for place in rng.sample(range((1 << address_width) // 4), 30):
        jobs.append({"address": 4 * place & 0xFFFF_FFFF, "data": rng.getrandbits(32)})
        if address_width > 32:
            jobs[-1]["address_high"] = 4 * place >> 32
    places = [job["address"] | job.get("address_high", 0) << 32 for job in jobs]
    failing = set(rng.sample(places, 5))
    served, reports, done = Writes(dut.bus, config, stall=stall, errors={place // size * size for place in failing}), [], []
    simulate(dut, drive(dut.job.entry, jobs), wait_count(dut.job.done, len(jobs)), checks=[dut.bus.request, dut.bus.beat],
             background=[served.serve, log_reports(dut.report, reports), log_cycles(dut.job.done, done)])
    failed = [place // size * size in served.errors for place in places]
    assert reports == [("error", place, number % 8) for number, place in enumerate(places) if failed[number]]
    assert served.written == {place + b: job["data"] >> 8 * b & 0xFF for place, job, bad in zip(places, jobs, failed, strict=True)
                              if not bad for b in range(4)}
    assert served.bursts == [(place // size * size, 1) for place in places] and served.beats == len(done) == len(jobs)


def test_a_job_is_not_done_before_its_answer_and_the_next_waits():
    config, done = dma_config(64)[1], []
    dut = NotifyEngine(config, 3)
    served = Writes(dut.bus, config, together=2)

    async def wait(ctx):
        await ctx.tick().repeat(30)
        assert served.bursts == [(8, 1)] and served.beats == 1 and not done
    simulate(dut, wait, background=[drive(dut.job.entry, [{"address": 12, "data": 1}, {"address": 4, "data": 2}]), served.serve,
                                    log_cycles(dut.job.done, done)])
