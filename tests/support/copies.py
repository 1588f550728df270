# SPDX-License-Identifier: Apache-2.0
"""Random copies between external memory and the scratchpad, and what they should do."""

import random
from dataclasses import dataclass

import numpy as np
from hwgen.sim.cluster import SimulatedCluster

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import Entry, Job
from hwgen.config.dma import LOAD, LOAD_STREAMER, STORE, STORE_STREAMER
from hwgen.dma.model import external_addresses, local_addresses, local_lanes


@dataclass(frozen=True)
class Copy:
    """One copy: direction, fields of the engine and of its streamer."""

    load: bool
    engine: dict
    streamer: dict

    @property
    def units(self):
        return (LOAD, LOAD_STREAMER) if self.load else (STORE, STORE_STREAMER)

    def job(self, *, interrupt=False, waits=(), engine_waits=()):
        engine, streamer = self.units
        last = streamer if self.load else engine
        return Job({
            engine: Entry(self.engine, interrupt=interrupt and last == engine, waits=engine_waits),
            streamer: Entry(self.streamer, interrupt=interrupt and last == streamer, waits=waits)})


def engine_fields(config, base, run, loops, **more):
    """Fields of an engine; ``loops`` are pairs of bound and stride, innermost first."""
    fields = {"external_base": base, "run_bytes": run}
    for d in range(config.dma.dimensions):
        bound, stride = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"external_bound_{d}": bound, f"external_stride_{d}": stride}
    return fields | more


def streamer_fields(streamer, base, run, loops, spatial, mode=0):
    """Fields of its streamer; the first of ``loops`` walks the steps of a run."""
    fields = {"base": base, "run_bytes": run, "addressing_mode": mode}
    for d, stride in enumerate(spatial):
        fields[f"spatial_stride_{d}"] = stride
    for d in range(streamer.temporal_dimensions):
        bound, stride = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"temporal_bound_{d}": bound, f"temporal_stride_{d}": stride}
    return fields


def dense_spatial(config, streamer):
    """Spatial strides of consecutive words."""
    strides, stride = [], config.memory.word_bytes
    for bound in streamer.spatial_bounds:
        strides.append(stride)
        stride *= bound
    return strides


def contiguous(config, load, external, local, count, mode=0):
    """A copy of bytes that lie one after the other on either side."""
    streamer = config.dma.load if load else config.dma.store
    steps = -(-(local % config.memory.word_bytes + count) // config.dma.data_bytes)
    return Copy(load, engine_fields(config, external, count, []), streamer_fields(
        streamer, local, count, [(steps, config.dma.data_bytes)], dense_spatial(config, streamer), mode))


def _split(rng, total, loops):
    """``total`` as a run and bounds of at most ``loops`` loops, their product being the total."""
    bounds = []
    for _ in range(rng.randrange(loops + 1)):
        divisors = [d for d in range(2, 13) if total % d == 0]
        if not divisors:
            break
        bounds.append(rng.choice(divisors))
        total //= bounds[-1]
    return total, bounds


def _nest(rng, run, bounds, gap):
    """Strides of loops around a run without overlap, the extent, and where its lowest byte lies before the base."""
    extent, before, loops = run, 0, []
    for bound in bounds:
        stride = extent + rng.choice([0, 0, 1, rng.randrange(gap)])
        reach = (bound - 1) * stride
        extent += reach
        if rng.random() < 0.2:
            before += reach
            stride = -stride
        loops.append((bound, stride))
    return loops, extent, before


def random_copy(config, rng: random.Random, external_size: int) -> Copy:
    """A copy of any shape that fits; its destination overlaps nothing."""
    memory, dma = config.memory, config.dma
    while True:
        load = rng.random() < 0.5
        streamer = dma.load if load else dma.store
        total = rng.choice([rng.randrange(1, 40), rng.randrange(1, 600), 2 ** rng.randrange(9) * 3 ** rng.randrange(4)])
        total = min(total, memory.size // 2)
        run, bounds = _split(rng, total, dma.dimensions)
        loops, extent, before = _nest(rng, run, bounds, 300)
        if extent >= external_size:
            continue
        base = before + rng.randrange(external_size - extent)
        engine = engine_fields(config, base, run, loops)

        spatial = dense_spatial(config, streamer)
        run, bounds = _split(rng, total, streamer.temporal_dimensions - 1)
        scattered = rng.random() < 0.3
        if scattered:
            spatial = [memory.word_bytes * rng.randrange(-9, 10) for _ in spatial]
        loops, extent, before = _nest(rng, run, bounds, 60)
        spare = rng.randrange(2)
        steps = -(-(memory.word_bytes - 1 + run) // dma.data_bytes) + spare
        loops = [(steps, memory.word_bytes * rng.randrange(-40, 40) if scattered else dma.data_bytes), *loops]
        if extent >= memory.size:
            continue
        local = streamer_fields(streamer, before + rng.randrange(memory.size - extent), run, loops, spatial, rng.randrange(len(streamer.groups)))
        places = local_addresses(local, streamer, memory)
        if len(places) == total and (places >= 0).all() and (not load or len(np.unique(places)) == total):
            return Copy(load, engine, local)


def image_places(config, copy: Copy) -> np.ndarray:
    """Positions in a scratchpad image, as its bytes are stored, of a copy's bytes in order."""
    streamer, memory = config.all_streamers[copy.units[1]], config.memory
    addresses = local_addresses(copy.streamer, streamer, memory)
    rows, banks = places_of(memory, addresses // memory.word_bytes, streamer.groups[copy.streamer["addressing_mode"]])
    return (rows * memory.banks + banks) * memory.word_bytes + addresses % memory.word_bytes


def places_of(memory, words, group):
    """Rows and banks of word addresses."""
    which, inside = np.divmod(words, group * memory.bank_depth)
    row, bank = np.divmod(inside, group)
    return row, which * group + bank


def apply(config, copy: Copy, image: MemoryImage, external: np.ndarray) -> None:
    """Do the copy to plain arrays."""
    flat, places, addresses = image.bytes.reshape(-1), image_places(config, copy), external_addresses(copy.engine, config.dma)
    if copy.load and copy.engine.get("fill"):
        pattern = np.frombuffer(copy.engine["fill_pattern"].to_bytes(4, "little"), np.uint8)
        flat[places] = pattern[local_lanes(copy.streamer, config.dma.load, config.memory) % 4]
    elif copy.load:
        flat[places] = external[addresses]
    else:
        external[addresses] = flat[places]


def run_copies(cluster: SimulatedCluster, copies: list[Copy], size: int, seed: int, *, chained=True, host_config="shadow"):
    """Run copies one after the other and compare all of the scratchpad and ``size`` bytes of external memory; the run's results."""
    config, rng = cluster.config, np.random.default_rng(seed)
    image = MemoryImage(config.memory, rng.integers(0, 256, config.memory.size, dtype=np.uint8))
    external = rng.integers(0, 256, size, dtype=np.uint8)
    cluster.session.memory[:size] = external
    cluster.load(image)
    jobs = ordered(cluster, copies) if chained else [copy.job(interrupt=copy is copies[-1]) for copy in copies]
    results = cluster.run(jobs, host_config=host_config, reserved=size)
    for copy in copies:
        apply(config, copy, image, external)
    after = cluster.dump()
    assert np.array_equal(cluster.session.memory[:size], external), "external memory differs"
    assert np.array_equal(after.bytes, image.bytes), "the scratchpad differs"
    return results


def ordered(cluster: SimulatedCluster, copies: list[Copy]):
    """Jobs in which each copy waits for the one before."""
    from hwgen.compiler.jobs import Wait
    units = (LOAD, LOAD_STREAMER, STORE, STORE_STREAMER)
    counts = {name: value for name, value in zip(units, cluster.read(*(f"completed_{name}" for name in units)).values(), strict=True)}
    jobs, last = [], None
    for copy in copies:
        engine, streamer = copy.units
        waits = () if last is None else (Wait(*last),)
        jobs.append(copy.job(interrupt=copy is copies[-1], waits=waits, engine_waits=waits))
        for name in copy.units:
            counts[name] = (counts[name] + 1) % (1 << cluster.config.jobs.count_width)
        final = streamer if copy.load else engine
        last = final, counts[final]
    return jobs
