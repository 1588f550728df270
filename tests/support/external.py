# SPDX-License-Identifier: Apache-2.0
"""External memory on the inner buses of copy engines, in plain Python, and small configs for them."""

import random
from collections import deque

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.config.dma import DmaConfig
from hwgen.dma.model import external_addresses


def dma_config(data_width=64, *, address_width=32, outstanding=4, dimensions=2):
    """A port of any width between a scratchpad of two words a step, or one if that is wider, and its engines."""
    memory = MemoryConfig(banks=4, bank_width=min(32, data_width), bank_depth=64)
    options = {"spatial_bounds": (data_width // memory.bank_width,), "temporal_dimensions": 3, "groups": (4,), "byte_addressed": True}
    return memory, DmaConfig(
        data_width=data_width, address_width=address_width, outstanding=outstanding, dimensions=dimensions,
        load=StreamerConfig(mode="write", **options), store=StreamerConfig(mode="read", **options))


def engine_entry(config, base, run, loops=(), **more):
    """Fields of an engine's entry; ``loops`` are pairs of bound and stride, innermost first."""
    fields = {"external_base": base & 0xFFFF_FFFF, "run_bytes": run} | more
    if config.address_width > 32:
        fields["external_base_high"] = base >> 32
    for d in range(config.dimensions):
        fields[f"external_bound_{d}"], fields[f"external_stride_{d}"] = loops[d] if d < len(loops) else (1, 0)
    return fields


def random_entry(config, rng, *, most=200, overlapping=True):
    """An entry that moves something, anywhere, often across a boundary of bursts or the end of the address space."""
    run = rng.choice([1, rng.randint(1, 20), rng.randint(1, most)])
    loops = [(rng.randint(1, 3), rng.choice([run, run + 1, -run, rng.randrange(1 << 14)])) for _ in range(config.dimensions)]
    if not overlapping:
        loops, extent = [], run
        for _ in range(config.dimensions):
            bound, stride = rng.randint(1, 3), extent + rng.choice([0, 1, rng.randrange(200)])
            extent += (bound - 1) * stride
            loops.append((bound, rng.choice([stride, -stride])))
    base = rng.choice([rng.randrange(1 << config.address_width), 4096 * rng.randrange(8) - rng.randrange(run + 8), -rng.randrange(1, 30)])
    return engine_entry(config, base % (1 << config.address_width), run, loops)


def bytes_at(config, entry):
    """External address of each byte of a copy, as plain numbers."""
    return [int(address) for address in external_addresses(entry, config)]


def pattern(address):
    """What an untouched external byte holds; neighbors and pages differ."""
    return (address * 37 + (address >> 8) * 101 + (address >> 20) * 59 + 11) & 0xFF


class Reads:
    """Serves an `AxiReadSignature`: beats in order, at random times, some of them errors.

    Parameters
    ----------
    stall : float
        Chance of not taking a burst, and of not giving a beat, in a cycle.
    errors : container
        Addresses of beats answered with an error.

    Attributes
    ----------
    bursts : list of (address, beats)
        As asked for.
    most : int
        Most bursts that were under way.
    hold : bool
        Give no beats.
    """

    def __init__(self, bus, config, *, stall=0.0, seed=5, errors=()):
        self.bus, self.config, self.stall, self.errors = bus, config, stall, errors
        self.rng, self.bursts, self.most, self.hold = random.Random(seed), [], 0, False

    async def serve(self, ctx):
        bus, size, rng, beats, shown = self.bus, self.config.data_bytes, self.rng, deque(), False
        while True:
            ctx.set(bus.request.ready, rng.random() >= self.stall)
            if beats and not shown and not self.hold and rng.random() >= self.stall:
                address, last = beats[0]
                failed = address in self.errors
                values = bytes(0xEE if failed else pattern(address + b) for b in range(size))
                ctx.set(bus.beat.payload, {"data": int.from_bytes(values, "little"), "error": failed, "last": last})
                shown = True
            ctx.set(bus.beat.valid, shown)
            taken = await _moves(ctx, bus.request, bus.beat)
            if taken[0] is not None:
                address, length = taken[0].address, taken[0].length
                _check_burst(self.config, address, length)
                self.bursts.append((address, length + 1))
                beats.extend((address + i * size, i == length) for i in range(length + 1))
                self.most = max(self.most, sum(last for _, last in beats))
            if taken[1] is not None:
                beats.popleft()
                shown = False


class Writes:
    """Serves an `AxiWriteSignature`: takes bursts and beats at random times and answers in order.

    Parameters
    ----------
    stall : float
        Chance of not taking a burst, a beat, and of not answering, in a cycle.
    errors : container
        Addresses of bursts answered with an error, which change nothing.
    together : int
        Answers wait for so many bursts and then come one after the other.

    Attributes
    ----------
    written : dict
        Bytes written by address.
    bursts : list of (address, beats)
    beats : int
        Beats that have come.
    """

    def __init__(self, bus, config, *, stall=0.0, seed=6, errors=(), together=1):
        self.bus, self.config, self.stall, self.errors, self.together = bus, config, stall, errors, together
        self.rng, self.written, self.bursts, self.beats = random.Random(seed), {}, [], 0

    async def serve(self, ctx):
        bus, size, rng = self.bus, self.config.data_bytes, self.rng
        asked, beats, done, shown, released = deque(), deque(), deque(), False, 0
        while True:
            ctx.set(bus.request.ready, rng.random() >= self.stall)
            ctx.set(bus.beat.ready, rng.random() >= self.stall)
            if not released and len(done) >= self.together:
                released = self.together
            if released and not shown and rng.random() >= self.stall:
                ctx.set(bus.answer.payload, {"error": done[0]})
                shown = True
            ctx.set(bus.answer.valid, shown)
            request, beat, answer = await _moves(ctx, bus.request, bus.beat, bus.answer)
            if request is not None:
                _check_burst(self.config, request.address, request.length)
                self.bursts.append((request.address, request.length + 1))
                asked.append((request.address, request.length + 1))
            if beat is not None:
                self.beats += 1
                beats.append((beat.data, beat.strobe, beat.last))
            if answer is not None:
                done.popleft()
                shown, released = False, released - 1
            while asked and len(beats) >= asked[0][1]:
                address, count = asked.popleft()
                failed = address in self.errors
                for i in range(count):
                    data, strobe, last = beats.popleft()
                    assert last == (i == count - 1), "last is not that of the burst"
                    if not failed:
                        self.written |= {address + i * size + b: data >> 8 * b & 0xFF for b in range(size) if strobe >> b & 1}
                done.append(failed)


async def _moves(ctx, *streams):
    """Payload of each stream that moves in this cycle, or None."""
    _, _, *values = await ctx.tick().sample(*(value for s in streams for value in (s.valid & s.ready, s.payload)))
    return [payload if moved else None for moved, payload in zip(values[::2], values[1::2], strict=True)]


def _check_burst(config, address, length):
    size = config.data_bytes
    assert address % size == 0, f"burst at {address:#x} is not aligned to beats"
    assert address // 4096 == (address + (length + 1) * size - 1) // 4096, f"burst at {address:#x} crosses 4 KiB"
