# SPDX-License-Identifier: Apache-2.0
"""Random matrix multiplications to run on the Verilog and on the cycle model."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hwgen.sim.external_memory import ExternalMemory
from hwgen.sim.external_run import GUARD_BYTES, external_timing

from hwgen.compiler.conv.plan import ConvPlan, plan_conv
from hwgen.compiler.conv.random_layers import random_layer
from hwgen.compiler.gemm import plan
from hwgen.compiler.jobs import Job, Signal, Wait
from hwgen.compiler.problem import GemmProblem, Rescale
from hwgen.compiler.tiled.plan import TiledPlan, plan_tiled
from hwgen.config import ClusterConfig
from hwgen.errors import MappingError

MOST_TILES = 8
"""Along each dimension of a problem."""


def random_problem(config: ClusterConfig, rng: random.Random) -> GemmProblem:
    """Of any shape up to a few tiles, and all that a problem may ask for."""
    accelerator = config.accelerator
    m, n, k = (rng.randint(1, MOST_TILES * size) for size in (accelerator.core.m, accelerator.core.n, accelerator.core.k))
    out_type, rescale = rng.choice(["int32", "int8"]), Rescale()
    if accelerator.quantizer.parameter_stream and rng.random() < 0.5:
        rescale = Rescale(multiplier=(1 << 30,) * n, shift=(40,) * n)
    return GemmProblem(m, n, k, transpose_a=rng.random() < 0.5, transpose_b=rng.random() < 0.5,
                       c=rng.choice(["none", "bias", "full"]), out_type=out_type, rescale=rescale)


def random_external(rng: random.Random) -> ExternalMemory:
    """Near or far, fast or slow."""
    return ExternalMemory(latency=rng.choice([1, 7, 20, 100, 500]), bandwidth=rng.choice([None, 1.5, 4, 8, 16, 64]),
                          outstanding=rng.choice([2, 8, 512]))


def resident_trial(config: ClusterConfig, rng: random.Random, *, interrupt: bool = True) -> tuple[list[Job], dict[str, Any]]:
    """Jobs with operands in the scratchpad, and how they are handed over."""
    while True:
        try:
            jobs = plan(random_problem(config, rng), config).jobs(interrupt=interrupt)
        except MappingError:
            continue
        return jobs, {"host_config": rng.choice(["serial", "shadow", "shadow", "queue"])}


def tiled_trial(config: ClusterConfig, external: ExternalMemory, rng: random.Random) -> tuple[list[Job], dict[str, Any]]:
    """A product's jobs with operands in external memory, and how they are handed over."""
    return _external_trial(plan_tiled(random_problem(config, rng), config, external_timing(config, external)), rng)


def conv_trial(config: ClusterConfig, external: ExternalMemory, rng: random.Random) -> tuple[list[Job], dict[str, Any]]:
    """A convolution's jobs, and how they are handed over."""
    return _external_trial(plan_conv(random_layer(config, rng.randrange(1 << 30)), config, external_timing(config, external)), rng)


def _external_trial(mapped: TiledPlan | ConvPlan, rng: random.Random) -> tuple[list[Job], dict[str, Any]]:
    host_config = rng.choice(["serial", "shadow", "shadow", "queue"])
    places = mapped.place()
    jobs = mapped.jobs(places, divided=host_config != "serial")
    return jobs, {"host_config": host_config, **({"reserved": places.end + GUARD_BYTES} if host_config == "queue" else {})}


def ordered_trial(config: ClusterConfig, rng: random.Random) -> tuple[list[Job], dict[str, Any]]:
    """Several problems, whose entries wait for one another by counts and semaphores as a die falls."""
    jobs, counts, amounts = [], Counter(), Counter()
    while len(jobs) < 6:
        (job,), _ = resident_trial(config, rng, interrupt=False)
        jobs.append(Job({name: replace(entry, waits=_waits(config, counts, amounts, rng)) for name, entry in job.entries.items()}))
        name = rng.choice(list(job.entries))
        # A semaphore of its own for each job: if several gave to one, who comes first could take what another counts on.
        signal = Signal(len(jobs) - 1, rng.randint(1, 3))
        jobs[-1] = Job(jobs[-1].entries | {name: replace(jobs[-1].entries[name], signal=signal)})
        amounts[signal.semaphore] += signal.amount
        counts.update(job.entries.keys())
    last = {name: replace(entry, interrupt=name in "DE") for name, entry in jobs[-1].entries.items()}
    return [*jobs[:-1], Job(last)], {"host_config": rng.choice(["serial", "shadow", "queue"])}


def _waits(config: ClusterConfig, counts: Counter, amounts: Counter, rng: random.Random) -> tuple[Wait, ...]:
    """Conditions that jobs before will meet; amounts of semaphores are taken from what is left."""
    waits = []
    for _ in range(rng.randrange(config.jobs.waits + 1)):
        if counts and rng.random() < 0.5:
            unit = rng.choice(sorted(counts))
            waits.append(Wait(unit, rng.randint(1, counts[unit])))
        elif semaphores := sorted(semaphore for semaphore, amount in amounts.items() if amount):
            semaphore = rng.choice(semaphores)
            amounts[semaphore] -= 1
            waits.append(Wait(f"semaphore_{semaphore}", 1))
    return tuple(waits)
