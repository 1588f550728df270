# SPDX-License-Identifier: Apache-2.0
"""Small programs at random, right and wrong ones."""

from hwgen.compiler.jobs import Entry, Job, Signal, Wait

from .programs import CONFIG, changed, gemm, load, program, store

PLACES = 24
"""Tiles of sums that jobs choose their places among: few, so that they meet."""


def random_job(rng):
    """A copy, a notification, or a few tiles, at places that others use as well."""
    def place():
        return 16 * rng.randrange(PLACES)

    kind = rng.random()
    if kind < 0.35:
        size = rng.randint(1, 24)
        return load(rng.choice([rng.randrange(256 - size), 512 + rng.randrange(64)]), place() + rng.choice([0, 0, 1, 5]), size)
    if kind < 0.55:
        size = rng.randint(1, 24)
        return store(place(), rng.choice([256, 512]) + rng.randrange(64), size)
    if kind < 0.65:
        return Job({"notify": Entry({"address": rng.choice([256, 512]) + 4 * rng.randrange(16), "data": rng.getrandbits(32)})})
    tiles, steps = rng.randint(1, 3), rng.randint(1, 3)
    d = place()
    return gemm(place(), place(), d, tiles=tiles, steps=steps, c=rng.choice([None, d, place()]))


def random_program(rng):
    """Jobs whose entries wait for some of those before, or for all that matter."""
    jobs = [random_job(rng) for _ in range(rng.randint(2, 7))]
    made, counts, share = program(*jobs), {}, rng.choice([0.2, 0.5, 0.8])
    for number, job in enumerate(jobs):
        for unit in job.entries:
            known = [(source, count) for source, count in counts.items() if count]
            most = CONFIG.jobs.waits if rng.random() < share else rng.randint(0, 1)
            chosen = rng.sample(known, min(len(known), most))
            made = changed(made, number, unit, waits=tuple(Wait(source, rng.choice([count, count, rng.randint(1, count)])) for source, count in chosen))
        for unit in job.entries:
            counts[unit] = counts.get(unit, 0) + 1
    if rng.random() < 0.5:
        made = with_semaphore(rng, made)
    return made


def with_semaphore(rng, made):
    """Some entries signal a semaphore, and others take what it gets."""
    entries = [(number, unit) for number, job in enumerate(made.jobs) for unit in job.entries]
    given = 0
    for number, unit in sorted(rng.sample(entries, min(len(entries), rng.randint(1, 3)))):
        amount = rng.randint(1, 2)
        made, given = changed(made, number, unit, signal=Signal(0, amount)), given + amount
    for number, unit in sorted(rng.sample(entries, min(len(entries), rng.randint(1, 3)))):
        waits = made.jobs[number].entries[unit].waits
        if given and len(waits) < CONFIG.jobs.waits:
            amount = rng.randint(1, given)
            made, given = changed(made, number, unit, waits=(*waits, Wait("semaphore_0", amount))), given - amount
    return made
