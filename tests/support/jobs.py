# SPDX-License-Identifier: Apache-2.0
"""Random streamer jobs, and what they access, from the golden models."""

import random

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.streamer import model


def random_job(memory: MemoryConfig, config: StreamerConfig, rng: random.Random, *, steps: int = 24) -> dict[str, int]:
    """Field values of a job whose accesses are mostly legal; strides may be negative or zero."""
    reach = 1 if config.reach == "all" else config.reach
    unit = memory.word_bytes
    job = {"base": rng.randrange(memory.words // reach) * unit * reach}
    for d in range(config.spatial_dimensions):
        job[f"spatial_stride_{d}"] = unit * (1 if d == 0 else config.spatial_bounds[0])
        if reach == 1 and rng.random() < 0.5:
            job[f"spatial_stride_{d}"] = rng.randrange(-8, 9) * unit
    room = steps
    for d in range(config.temporal_dimensions):
        bound = rng.randint(1, min(room, 4)) if rng.random() > 0.04 else 0
        room //= max(bound, 1)
        job[f"temporal_bound_{d}"] = bound
        job[f"temporal_stride_{d}"] = rng.randrange(-8, 9) * unit * reach
    if len(config.groups) > 1:
        job["addressing_mode"] = rng.randrange(len(config.groups))
    for extension in config.extensions:
        job[f"{extension.kind}_enable"] = rng.randrange(2)
    if rng.random() < 0.15:
        job["base"] = rng.choice([-unit, memory.size - unit, 3 * unit + 1])
    return job


def steps_of(memory: MemoryConfig, config: StreamerConfig, job: dict[str, int]) -> list[list[tuple[int, int] | str]]:
    """Where each channel accesses in each step, or why it does not."""
    reach = 1 if config.reach == "all" else config.reach
    dimensions = range(config.temporal_dimensions)
    steps = []
    for pointer in model.pointers(job["base"], [job[f"temporal_bound_{d}"] for d in dimensions],
                                  [job[f"temporal_stride_{d}"] for d in dimensions]):
        strides = [job[f"spatial_stride_{d}"] for d in range(config.spatial_dimensions)]
        group = config.groups[job.get("addressing_mode", 0)]
        addresses = model.lane_addresses(pointer, config.spatial_bounds, strides)
        steps.append([model.place(a, group, memory, reach=reach, channel=c) for c, a in enumerate(addresses)])
    return steps


def words_of(memory: MemoryConfig, config: StreamerConfig, job: dict[str, int], contents: dict) -> list[int]:
    """The wide words a reader delivers for a job."""
    delivered = []
    for places in steps_of(memory, config, job):
        words = [0 if isinstance(place, str) else contents[place] for place in places]
        for extension in config.extensions:
            if not job[f"{extension.kind}_enable"]:
                continue
            if extension.kind == "transposer":
                words = model.transpose(words, extension.element_width, memory.bank_width)
            else:
                words = model.broadcast(words, extension.factor)
        delivered.append(sum(word << c * memory.bank_width for c, word in enumerate(words)))
    return delivered
