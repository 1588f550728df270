# SPDX-License-Identifier: Apache-2.0
"""Counting semaphores shared by all units and the host."""

from amaranth import Array, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from .unit_queue import SemaphoreAmount


class Semaphores(wiring.Component):
    """Each cycle serves one request to take and one to add, lowest unit first, the host before all.

    A request to take is served once the semaphore holds that much; one to add once the sum fits.
    Requests that cannot be served do not stand in the way of others.

    Members
    -------
    acquire, signal : ``In(stream.Signature(SemaphoreAmount))``, one for each unit
    host : ``In(stream.Signature(SemaphoreAmount))``
        Adds; ready says in the same cycle whether the sum fits.
    values : ``Out(ArrayLayout(semaphore_width, semaphores))``
    """

    def __init__(self, config: ClusterConfig, unit_count: int):
        self.config, self.unit_count = config, unit_count
        request = stream.Signature(SemaphoreAmount(config))
        super().__init__({
            "acquire": In(request).array(unit_count),
            "signal": In(request).array(unit_count),
            "host": In(request),
            "values": Out(data.ArrayLayout(config.jobs.semaphore_width, config.jobs.semaphores)),
        })

    def elaborate(self, platform):
        m = Module()
        layout = SemaphoreAmount(self.config)
        width = self.config.jobs.semaphore_width
        taken, added = Signal(layout), Signal(layout)
        values = Array(self.values[s] for s in range(self.config.jobs.semaphores))

        def serve(requests, chosen, label, possible):
            free = 1
            for i, request in enumerate(requests):
                can, served = Signal(name=f"{label}_{i}_possible"), Signal(name=f"{label}_{i}_served")
                m.d.comb += [
                    can.eq(request.valid & possible(values[request.payload.semaphore], request.payload.amount)),
                    served.eq(can & free),
                    request.ready.eq(served),
                ]
                with m.If(served):
                    m.d.comb += chosen.eq(request.payload)
                left = Signal(name=f"{label}_{i}_left")
                m.d.comb += left.eq(free & ~can)
                free = left

        serve(list(self.acquire), taken, "acquire", lambda value, amount: value >= amount)
        serve([self.host, *self.signal], added, "signal", lambda value, amount: ~(value + amount)[width])
        for s in range(self.config.jobs.semaphores):
            plus, minus = Signal(width, name=f"plus_{s}"), Signal(width, name=f"minus_{s}")
            with m.If(added.semaphore == s):
                m.d.comb += plus.eq(added.amount)
            with m.If(taken.semaphore == s):
                m.d.comb += minus.eq(taken.amount)
            m.d.sync += self.values[s].eq(self.values[s] + plus - minus)
        return m
