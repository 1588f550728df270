# SPDX-License-Identifier: Apache-2.0
"""Random streamer jobs, and what they access, from the golden models."""

import random

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.config.streamer_unit import enable_name, parameter_fields
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
    if config.row_wrap:
        job["row_length"] = rng.randint(0, 3 * config.spatial_bounds[0])
        job["row_wrap"] = rng.randrange(-8, 9) * unit * reach
        job["row_loop"] = rng.randrange(config.temporal_dimensions)
    if config.tail_masks:
        job |= random_tails(memory, config, rng)
    if len(config.groups) > 1:
        job["addressing_mode"] = rng.randrange(len(config.groups))
    for extension in config.extensions:
        job[enable_name(extension)] = rng.randrange(2)
        job |= {field.name: rng.randint(field.lowest, field.highest) for field in parameter_fields(extension)}
    if rng.random() < 0.15:
        job["base"] = rng.choice([-unit, memory.size - unit, 3 * unit + 1])
    return job


def random_tails(memory: MemoryConfig, config: StreamerConfig, rng: random.Random) -> dict[str, int]:
    """Fields of tail masks, which act in many steps and leave out anything from nothing to all."""
    job = {}
    loops = [1 << d for d in range(config.temporal_dimensions)]
    for s, bound in enumerate(config.spatial_bounds):
        job[f"tail_loops_{s}"] = sum(rng.sample(loops, rng.randrange(len(loops) + 1)))
        job[f"tail_lanes_{s}"] = rng.randint(0, bound)
        job[f"tail_bytes_{s}"] = rng.randint(0, memory.word_bytes)
    job["tail_word_loops"] = sum(rng.sample(loops, rng.randrange(len(loops) + 1)))
    job["tail_word_bytes"] = rng.randint(0, memory.word_bytes)
    return job


def kept_of(memory: MemoryConfig, config: StreamerConfig, job: dict[str, int]) -> list[list[int]]:
    """First bytes of each channel's word that take part in each step."""
    bounds = [job[f"temporal_bound_{d}"] for d in range(config.temporal_dimensions)]
    if not config.tail_masks:
        return [[memory.word_bytes] * config.channels for _ in model.last_iterations(bounds)]
    spatial = range(config.spatial_dimensions)
    # What a job does not name is zero, as after reset.
    lanes, kept, loops = ([job.get(f"tail_{what}_{s}", 0) for s in spatial] for what in ("lanes", "bytes", "loops"))
    loops.append(job.get("tail_word_loops", 0))
    settings = (lanes, kept, job.get("tail_word_bytes", 0))
    return [[model.bytes_kept(lane, memory.word_bytes, model.tails_acting(last, loops), *settings) for lane in config.lanes()]
            for last in model.last_iterations(bounds)]


def addresses_of(config: StreamerConfig, job: dict[str, int]) -> list[list[int]]:
    """Byte address of each channel in each step."""
    dimensions = range(config.temporal_dimensions)
    rows = model.Rows(*(job.get(name, 0) for name in ("row_length", "row_wrap", "row_loop"))) if config.row_wrap else model.Rows(0, 0, 0)
    return list(model.step_addresses(
        job["base"], [job[f"temporal_bound_{d}"] for d in dimensions], [job[f"temporal_stride_{d}"] for d in dimensions],
        config.spatial_bounds, [job[f"spatial_stride_{d}"] for d in range(config.spatial_dimensions)], rows))


def steps_of(memory: MemoryConfig, config: StreamerConfig, job: dict[str, int]) -> list[list[tuple[int, int] | str]]:
    """Where each channel accesses in each step, or why it does not."""
    reach = 1 if config.reach == "all" else config.reach
    group = config.groups[job.get("addressing_mode", 0)]
    return [[model.place(address, group, memory, reach=reach, channel=c) if count else "left_out"
             for c, (address, count) in enumerate(zip(addresses, kept, strict=True))]
            for addresses, kept in zip(addresses_of(config, job), kept_of(memory, config, job), strict=True)]


def words_of(memory: MemoryConfig, config: StreamerConfig, job: dict[str, int], contents: dict) -> list[int]:
    """The wide words a reader delivers for a job."""
    delivered = []
    for places, kept in zip(steps_of(memory, config, job), kept_of(memory, config, job), strict=True):
        masks = [(1 << count) - 1 for count in kept]
        words = [0 if isinstance(place, str) else contents[place] & (1 << 8 * count) - 1
                 for place, count in zip(places, kept, strict=True)]
        words = model.extend(words, masks, config, job, memory)
        delivered.append(sum(word << c * memory.bank_width for c, word in enumerate(words)))
    return delivered
