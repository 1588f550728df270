# SPDX-License-Identifier: Apache-2.0
"""Extensions in a row: order, switches, and the pipeline that those with latency make."""

import random

import pytest
from amaranth import Module, Signal
from amaranth.lib import data
from support.extensions import AddConfig, add
from support.jobs import random_tails
from support.streams import simulate

from hwgen.config import (
    BroadcasterConfig,
    MemoryConfig,
    RequantizeConfig,
    StreamerConfig,
    TransposerConfig,
    ZeroFillConfig,
)
from hwgen.config.streamer_unit import enable_name, parameter_fields
from hwgen.streamer import model
from hwgen.streamer.chain import ExtensionChain, chain_latency

MEMORY = MemoryConfig(banks=2, bank_width=16, bank_depth=2)
TRANSPOSER, BROADCASTER = TransposerConfig(kind="transposer"), BroadcasterConfig(kind="broadcaster", factor=2)
REQUANTIZE, ZERO_FILL = RequantizeConfig(kind="requantize"), ZeroFillConfig(kind="zero_fill")
CHAINS = {
    "none": ((), 0),
    "switches": ((TRANSPOSER, BROADCASTER), 0),
    "switches the other way": ((BROADCASTER, TRANSPOSER), 0),
    "parameters": ((add(), TRANSPOSER), 0),
    "one with latency": ((REQUANTIZE,), 2),
    "latency between": ((TRANSPOSER, add(1), BROADCASTER), 1),
    "two with latency": ((REQUANTIZE, BROADCASTER, add(3)), 5),
    "masks first": ((ZERO_FILL, add(0), REQUANTIZE), 2),
    "masks after latency": ((ZERO_FILL, REQUANTIZE, add(2)), 4),
}


def streamer(extensions):
    return StreamerConfig(mode="read", spatial_bounds=(2,), groups=(2,), extensions=extensions, tail_masks=True)


def random_settings(config, rng):
    job = random_tails(MEMORY, config, rng)
    for extension in config.extensions:
        job[enable_name(extension)] = rng.randrange(2)
        job |= {field.name: rng.randint(field.lowest, field.highest) for field in parameter_fields(extension)}
    return job


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("pause", [0.0, 0.4])
def test_every_step_has_its_own_settings(name, pause):
    """Steps of ever new jobs, some places empty; tags of empty places arrive just as those of steps."""
    extensions, latency = CHAINS[name]
    config, rng = streamer(extensions), random.Random(len(name))
    assert chain_latency(config) == latency
    dut = ExtensionChain(MEMORY, config, tag=data.StructLayout({"number": 10}), idle={"number": 1023})
    steps = [([rng.getrandbits(16) for _ in range(2)], [rng.choice([0, 1, 3]) for _ in range(2)], random_settings(config, rng))
             for _ in range(300)]
    expected = [(number, model.extend(words, masks, config, job, MEMORY)) for number, (words, masks, job) in enumerate(steps)]
    seen = []

    async def bench(ctx):
        moves = 0
        while len(seen) < len(steps) + latency:
            words, masks, job = steps[min(moves, len(steps) - 1)]
            names = {field.name for extension in extensions for field in parameter_fields(extension)}
            ctx.set(dut.job, {"enable": sum(job[enable_name(e)] << k for k, e in enumerate(extensions)),
                              "parameters": {name: job[name] for name in names}})
            ctx.set(dut.i, words[0] | words[1] << 16)
            ctx.set(dut.mask, masks[0] | masks[1] << 2)
            ctx.set(dut.i_tag, {"number": min(moves, len(steps) - 1)})
            advance = rng.random() >= pause
            ctx.set(dut.advance, advance)
            packed = ctx.get(dut.o)
            if advance:
                seen.append((ctx.get(dut.o_tag).number, [packed & 0xFFFF, packed >> 16]))
            await ctx.tick()
            moves += advance

    m, clocked = Module(), Signal()
    m.submodules.dut = dut
    m.d.sync += clocked.eq(~clocked)
    simulate(m, bench)
    assert [number for number, _ in seen[:latency]] == [1023] * latency
    assert seen[latency:] == expected


def test_switches_make_a_difference():
    assert len({tuple(model.extend([0x2211, 0x4433], [3, 3], streamer((TRANSPOSER, BROADCASTER)),
                                   {"transposer_enable": t, "broadcaster_enable": b}, MEMORY))
                for t in (0, 1) for b in (0, 1)}) == 4


def test_rejects_hardware_that_is_no_extension():
    class Wrong(AddConfig):
        hardware = int

    with pytest.raises(TypeError, match=r"Hardware of extension here:Wrong must be a class derived from Extension, not <class 'int'>"):
        ExtensionChain(MEMORY, streamer((Wrong(kind="here:Wrong"),)))
