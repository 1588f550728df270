# SPDX-License-Identifier: Apache-2.0
"""Memory at the pins of the external port, and readers and writers behind it, all at random."""

import random
from collections import deque
from types import SimpleNamespace

from amaranth import Cat
from support.external import pattern

CHANNELS = {
    "ar": ("arid", "araddr", "arlen", "arsize", "arburst", "arlock", "arcache", "arprot", "arqos"),
    "aw": ("awid", "awaddr", "awlen", "awsize", "awburst", "awlock", "awcache", "awprot", "awqos"),
    "w": ("wdata", "wstrb", "wlast"),
}


def channel(port, name):
    """A channel's pins as a stream."""
    pins = [getattr(port, pin) for pin in CHANNELS[name]]
    return SimpleNamespace(valid=getattr(port, f"{name}valid"), ready=getattr(port, f"{name}ready"), payload=Cat(pins))


class Memory:
    """Answers at the pins: reads of different identifiers interleave, answers of writes overtake each other between them.

    Attributes
    ----------
    reads, writes : list of (identifier, address, beats)
        Bursts in the order they came.
    beats : list of (data, strobe, last)
        Of writes, in order.
    answers : int
        Of writes.
    most : list of int
        Most bursts under way, of reads and of writes.
    """

    def __init__(self, port, *, stall, seed=1):
        self.port, self.config, self.stall, self.rng = port, port.config, stall, random.Random(seed)
        self.reads, self.writes, self.beats, self.answers, self.hold = [], [], [], 0, False
        self.most, self.under_way = [0, 0], [0, 0]

    async def serve(self, ctx):
        port, rng, size = self.port, self.rng, self.config.data_bytes
        queues, done = [deque() for _ in range(4)], [deque() for _ in range(4)]
        reading, answering, owed = None, None, deque()
        names = [pin for pins in CHANNELS.values() for pin in pins]
        while True:
            for name in ("arready", "awready", "wready"):
                ctx.set(getattr(port, name), rng.random() >= self.stall)
            if reading is None and any(queues) and not self.hold and rng.random() >= self.stall:
                reading = rng.choice([i for i, queue in enumerate(queues) if queue])
                address, last = queues[reading][0]
                ctx.set(port.rid, reading)
                ctx.set(port.rdata, int.from_bytes(bytes(pattern(address + b) for b in range(size)), "little"))
                ctx.set(port.rresp, 2 if pattern(address) % 7 == 0 else 0)
                ctx.set(port.rlast, last)
            if answering is None and any(done) and not self.hold and rng.random() >= self.stall:
                answering = rng.choice([i for i, queue in enumerate(done) if queue])
                ctx.set(port.bid, answering)
                ctx.set(port.bresp, 3 if pattern(done[answering][0]) % 7 == 0 else 0)
            ctx.set(port.rvalid, reading is not None)
            ctx.set(port.bvalid, answering is not None)
            _, _, ar, aw, w, r, b, *values = await ctx.tick().sample(
                *(getattr(port, f"{name}valid") & getattr(port, f"{name}ready") for name in ("ar", "aw", "w", "r", "b")),
                *(getattr(port, name) for name in names))
            pins = dict(zip(names, values, strict=True))
            if r:
                if queues[reading].popleft()[1]:
                    self.under_way[0] -= 1
                reading = None
            if b:
                done[answering].popleft()
                self.answers += 1
                self.under_way[1] -= 1
                answering = None
            if ar:
                address, length = self._burst("ar", pins)
                queues[pins["arid"]].extend((address + i * size, i == length) for i in range(length + 1))
                self.reads.append((pins["arid"], address, length + 1))
                self.under_way[0] += 1
            if aw:
                address, length = self._burst("aw", pins)
                owed.append((pins["awid"], address, length))
                self.writes.append((pins["awid"], address, length + 1))
                self.under_way[1] += 1
            if w:
                self.beats.append((pins["wdata"], pins["wstrb"], pins["wlast"]))
            # A burst is answered once its address and all its beats are there.
            while owed and len(self.beats) > self._last_beat(len(self.writes) - len(owed)):
                identifier, address, _ = owed.popleft()
                done[identifier].append(address)
            self.most = [max(pair) for pair in zip(self.most, self.under_way, strict=True)]

    def _last_beat(self, number):
        return sum(beats for *_, beats in self.writes[:number + 1]) - 1

    def _burst(self, name, pins):
        constants = {"size": self.config.data_bytes.bit_length() - 1, "burst": 1, "lock": 0, "cache": 3, "prot": 0, "qos": 0}
        for field, value in constants.items():
            assert pins[f"{name}{field}"] == value, f"{name}{field} is {pins[f'{name}{field}']}"
        return pins[f"{name}addr"], pins[f"{name}len"]


class User:
    """A reader or writer that asks for random bursts while ``asking``, and does nothing at all, as in a reset, unless ``running``."""

    def __init__(self, bus, config, *, idle, seed, length=6):
        self.bus, self.config, self.idle, self.rng, self.length = bus, config, idle, random.Random(seed), length
        self.running, self.asking, self.asked, self.got, self.given = True, True, [], [], []

    def _draw(self):
        size = self.config.data_bytes
        return {"address": self.rng.randrange(1 << 20) * size, "length": self.rng.randrange(self.length)}

    async def request(self, ctx):
        """Asks for bursts, and forgets one that has not been taken when stopped, as a reset does."""
        while True:
            burst = self._draw() if self.running and self.asking and self.rng.random() >= self.idle else None
            while True:
                ctx.set(self.bus.request.valid, burst is not None and self.running)
                if burst:
                    ctx.set(self.bus.request.payload, burst)
                _, _, ready = await ctx.tick().sample(self.bus.request.valid & self.bus.request.ready)
                if ready:
                    self.asked.append((burst["address"], burst["length"] + 1))
                if ready or burst is None or not self.running:
                    break
            ctx.set(self.bus.request.valid, 0)

    async def read(self, ctx):
        while True:
            ctx.set(self.bus.beat.ready, self.running and self.rng.random() >= self.idle)
            _, _, moved, beat = await ctx.tick().sample(self.bus.beat.valid & self.bus.beat.ready, self.bus.beat.payload)
            if moved:
                self.got.append((beat.data, beat.error, beat.last))

    async def write(self, ctx):
        """Gives beats of the bursts asked for, at times before they are."""
        size, position = self.config.data_bytes, 0
        while True:
            if not self.running:
                position = len(self.asked)
            if not self.running or position == len(self.asked) or self.rng.random() < self.idle:
                await ctx.tick()
                continue
            for i in range(self.asked[position][1]):
                beat = {"data": self.rng.getrandbits(8 * size), "strobe": self.rng.getrandbits(size) | 1, "last": i + 1 == self.asked[position][1]}
                ctx.set(self.bus.beat.payload, beat)
                ctx.set(self.bus.beat.valid, 1)
                moved = False
                while self.running and not moved:
                    _, _, moved = await ctx.tick().sample(self.bus.beat.ready)
                ctx.set(self.bus.beat.valid, 0)
                if not moved:
                    break
                self.given.append((beat["data"], beat["strobe"], int(beat["last"])))
            position += 1

    async def answers(self, ctx):
        while True:
            ctx.set(self.bus.answer.ready, self.running and self.rng.random() >= self.idle)
            _, _, moved, error = await ctx.tick().sample(self.bus.answer.valid & self.bus.answer.ready, self.bus.answer.payload.error)
            if moved:
                self.got.append(error)
