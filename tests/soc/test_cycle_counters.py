# SPDX-License-Identifier: Apache-2.0
"""Performance counters against the documented order of causes, put once more in plain Python."""

import random
from collections import Counter

import pytest
from support.streams import simulate

from hwgen.config import preset
from hwgen.config.counters import WAIT_CAUSES, cycle_causes
from hwgen.soc.cycle_counters import CycleCounters
from hwgen.streamer.status import WaitCause

CONFIG = preset("tiny")
STREAMERS = list(CONFIG.streamers)
READERS = [name for name, streamer in CONFIG.streamers.items() if streamer.reads]
WRITERS = [name for name in STREAMERS if name not in READERS]
COUNTED = list(CONFIG.all_streamers)
WAITING = [*STREAMERS, "core", "others"]
CAUSES = cycle_causes(CONFIG)


def state(step=0, active=0, blocked=0, needs="", running="", queued="", core_queued=0, others_running=0,
          others_queued=0, waiting=None, accesses=None, copying=0, awaits_copy=()):
    """What the counters see in one cycle; units by their letters."""
    return {
        "step": step, "active": active, "blocked": blocked, "core_queued": core_queued,
        "others_running": others_running, "others_queued": others_queued,
        "needs": {name: int(name in needs) for name in READERS},
        "running": {name: int(name in running) for name in STREAMERS},
        "queued": {name: int(name in queued) for name in STREAMERS},
        "waiting": {name: (waiting or {}).get(name, WaitCause.BANK_CONFLICT) for name in READERS},
        "copying": copying,
        "awaits_copy": {name: int(name in awaits_copy) for name in WAITING},
        "accesses": {name: (accesses or {}).get(name, 0) for name in COUNTED},
    }


def any_of(values, names):
    return any(values[name] for name in names)


def classify(s, stepped):
    """The first cause of the documented order that applies."""
    def dependency(*names):
        return "dma" if any_of(s["awaits_copy"], names) else "dependency"

    if s["step"]:
        return "steps"
    for name in READERS:
        if s["needs"][name]:
            if not s["running"][name]:
                return dependency(name) if s["queued"][name] else "configuration"
            return f"{name}_{WAIT_CAUSES[s['waiting'][name].value]}" if stepped else "fill"
    if s["blocked"]:
        if any_of(s["running"], WRITERS):
            return "output_blocked"
        return dependency(*WRITERS) if any_of(s["queued"], WRITERS) else "configuration"
    if s["core_queued"]:
        return dependency("core")
    if any_of(s["running"], WRITERS) or s["active"] or s["others_running"]:
        return "drain"
    if any_of(s["queued"], STREAMERS) or s["others_queued"]:
        return dependency(*STREAMERS, "others")
    return "dma" if s["copying"] else "configuration"


def is_over(s):
    """Nothing is running and nothing waits to."""
    return not (any_of(s["running"], STREAMERS) or any_of(s["queued"], STREAMERS)
                or s["copying"] or s["active"] or s["others_running"] or s["others_queued"] or s["core_queued"])


class Model:
    """Expected counters; cycles at the end count only once another job is there."""

    def __init__(self):
        self.charged, self.trailing = Counter(), 0
        self.cycles, self.stepped, self.accesses = 0, False, Counter()

    def cycle(self, s):
        cause = classify(s, self.stepped)
        self.stepped = bool(s["active"] and (self.stepped or s["step"]))
        if is_over(s):
            assert cause == "configuration"
            self.trailing += 1
        else:
            self.charged["configuration"] += self.trailing
            self.trailing = 0
            self.charged[cause] += 1
        self.cycles += any_of(s["running"], STREAMERS)
        self.accesses.update(s["accesses"])


async def play(ctx, dut, s, model=None, *, clear=0, open=0):
    for name, value in (s | {"clear": clear, "open": open}).items():
        ctx.set(getattr(dut, name), value)
    if model is not None:
        model.cycle(s)
    await ctx.tick()


def read(ctx, dut):
    counts = {}
    for index, cause in enumerate(CAUSES):
        ctx.set(dut.select, index)
        counts[cause] = ctx.get(dut.count)
    return counts


def check(ctx, dut, model):
    counts = read(ctx, dut)
    assert counts == {cause: model.charged[cause] for cause in CAUSES}
    assert sum(counts.values()) == ctx.get(dut.total_cycles)
    assert ctx.get(dut.cycles) == model.cycles
    assert {name: ctx.get(dut.access_counts[name]) for name in COUNTED} == {n: model.accesses[n] for n in COUNTED}


def counted(scenario):
    dut = CycleCounters(CONFIG)

    async def bench(ctx):
        await scenario(ctx, dut)

    simulate(dut, bench, cycles=100_000)


CASES = {
    "a step, whatever else": (state(step=1, active=1, needs="A", blocked=1), "steps"),
    "reader has no job": (state(active=1, needs="AB", running="B"), "configuration"),
    "reader's job waits": (state(active=1, needs="AB", queued="A", running="B"), "dependency"),
    "first reader counts": (state(active=1, needs="BC", running="BC", waiting={"B": WaitCause.NO_CREDIT}), "B_no_credit"),
    "reader before output": (state(active=1, needs="C", running="CD", blocked=1), "C_bank_conflict"),
    "output blocked": (state(active=1, running="DE", blocked=1), "output_blocked"),
    "writer has no job": (state(active=1, running="AB", blocked=1), "configuration"),
    "writer's job waits": (state(active=1, queued="E", running="A", blocked=1), "dependency"),
    "core's job waits": (state(running="D", core_queued=1, others_queued=1), "dependency"),
    "results under way": (state(running="D", queued="A"), "drain"),
    "in the quantizer": (state(others_running=1, queued="A"), "drain"),
    "some job waits": (state(queued="A"), "dependency"),
    "readers only": (state(running="AB"), "configuration"),
    "copies only": (state(copying=1), "dma"),
    "reader's job waits for a copy": (state(active=1, needs="A", queued="AB", awaits_copy="A"), "dma"),
    "another's job waits for a copy": (state(active=1, needs="A", queued="AB", awaits_copy="B"), "dependency"),
    "core's job waits for a copy": (state(core_queued=1, awaits_copy=["core"]), "dma"),
    "some job waits for a copy": (state(queued="AB", awaits_copy="B"), "dma"),
}


@pytest.mark.parametrize("case", CASES)
def test_documented_cause(case):
    seen, cause = CASES[case]
    assert classify(seen, True) == cause

    async def scenario(ctx, dut):
        await play(ctx, dut, state(), open=1)
        await play(ctx, dut, state(step=1, active=1))
        for _ in range(5):
            await play(ctx, dut, seen)
        counts = read(ctx, dut)
        counts["steps"] -= 1
        assert {name: count for name, count in counts.items() if count} == {cause: 5}

    counted(scenario)


def test_fill_ends_with_the_first_step_of_an_idle_core():
    async def scenario(ctx, dut):
        hungry = state(active=1, needs="A", running="A")
        await play(ctx, dut, state(), open=1)
        for s in (hungry, hungry, state(step=1, active=1), hungry, state(running="D"), hungry):
            await play(ctx, dut, s)
        counts = read(ctx, dut)
        assert (counts["fill"], counts["A_bank_conflict"]) == (3, 1)

    counted(scenario)


def test_counts_nothing_before_a_job_register_is_written():
    async def scenario(ctx, dut):
        for _ in range(5):
            await play(ctx, dut, state(step=1, active=1, running="A", accesses={"A": 2}))
        check(ctx, dut, Model())

    counted(scenario)


def test_waiting_for_a_dependency_counts_without_anything_running():
    async def scenario(ctx, dut):
        await play(ctx, dut, state(), open=1)
        for _ in range(7):
            await play(ctx, dut, state(queued="A", core_queued=1))
        counts = read(ctx, dut)
        assert counts["dependency"] == ctx.get(dut.total_cycles) == 7
        assert counts["configuration"] == 0

    counted(scenario)


def random_state(rng):
    if rng.random() < 0.2:
        return state()
    chance = rng.choice([0.1, 0.4, 0.8])

    def names(of, chance=chance):
        return "".join(name for name in of if rng.random() < chance)

    active = rng.random() < 0.9
    return state(
        step=int(active and rng.random() < 0.2), active=int(active), blocked=int(active and rng.random() < chance),
        needs=names(READERS, 0.3) if active else "", running=names(STREAMERS, rng.choice([0.2, 0.9])),
        queued=names(STREAMERS), core_queued=int(rng.random() < chance),
        others_running=int(active or rng.random() < chance), others_queued=int(rng.random() < chance),
        waiting={name: rng.choice(list(WaitCause)) for name in READERS},
        copying=int(rng.random() < 0.3), awaits_copy=[name for name in WAITING if rng.random() < 0.3],
        accesses={name: rng.randrange(CONFIG.all_streamers[name].channels + 1) for name in COUNTED})


@pytest.mark.parametrize("seed", range(4))
def test_random_cycles_match_model(seed):
    rng = random.Random(seed)

    async def scenario(ctx, dut):
        seen = set()
        for _ in range(4):
            await play(ctx, dut, random_state(rng), clear=1)
            check(ctx, dut, Model())
            # The core's past is known whether or not anything is counted.
            await play(ctx, dut, state())
            model = Model()
            await play(ctx, dut, state(), open=1)
            for _ in range(600):
                await play(ctx, dut, random_state(rng), model, open=int(rng.random() < 0.05))
                if rng.random() < 0.05:
                    check(ctx, dut, model)
            check(ctx, dut, model)
            seen |= set(+model.charged)
        assert seen == set(CAUSES)

    counted(scenario)
