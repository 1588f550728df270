# SPDX-License-Identifier: Apache-2.0
"""The golden model of copies against plain loops over runs, steps, channels and bytes."""

import random

import pytest
from support.external import dma_config, engine_entry

from hwgen.config import MemoryConfig, StreamerConfig
from hwgen.dma.model import external_addresses, local_addresses, local_lanes


def walk(bounds, strides):
    """Offsets of a loop nest, dimension 0 innermost."""
    if not bounds:
        yield 0
        return
    for i in range(bounds[-1]):
        for inner in walk(bounds[:-1], strides[:-1]):
            yield inner + i * strides[-1]


@pytest.mark.parametrize(("address_width", "dimensions"), [(16, 1), (32, 3), (40, 2), (63, 2), (64, 2)])
def test_external_addresses(address_width, dimensions):
    config, rng = dma_config(64, address_width=address_width, dimensions=dimensions)[1], random.Random(address_width)
    for _ in range(50):
        base = rng.choice([rng.randrange(1 << address_width), (1 << address_width) - rng.randrange(1, 50)])
        loops = [(rng.randrange(4) or rng.randint(0, 1), rng.choice([rng.randrange(-50, 50), rng.randrange(-2**31, 2**31)])) for _ in range(dimensions)]
        run = rng.randrange(20)
        expected = [(base + offset + b) % (1 << address_width) for offset in walk(*zip(*loops, strict=True)) for b in range(run)]
        assert external_addresses(engine_entry(config, base, run, loops), config).tolist() == expected


def local_bytes(fields, config, memory):
    """Address and lane of each byte of a copy, step by step."""
    loops, word, channels = range(config.temporal_dimensions), memory.word_bytes, config.channels
    spatial = list(walk(config.spatial_bounds, [fields[f"spatial_stride_{d}"] for d in range(config.spatial_dimensions)]))
    bounds, strides = [fields[f"temporal_bound_{d}"] for d in loops], [fields[f"temporal_stride_{d}"] for d in loops]
    found = []
    for outer in walk(bounds[1:], strides[1:]):
        left = fields["run_bytes"]
        for i in range(bounds[0]):
            address = fields["base"] + outer + i * strides[0]
            lane = address % word if i == 0 else 0
            while lane < channels * word and left:
                inside = (address // word * word) + spatial[lane // word] + lane % word
                found.append((inside if 0 <= inside < memory.size else -1, lane))
                lane, left = lane + 1, left - 1
    return found


@pytest.mark.parametrize(("spatial_bounds", "dimensions"), [((1,), 1), ((4,), 1), ((2, 2), 2), ((8,), 3)])
@pytest.mark.parametrize("word", [1, 4, 8])
def test_local_addresses_and_lanes(spatial_bounds, dimensions, word):
    memory = MemoryConfig(banks=8, bank_width=8 * word, bank_depth=32)
    config = StreamerConfig(mode="write", spatial_bounds=spatial_bounds, temporal_dimensions=dimensions, groups=(8,), byte_addressed=True)
    rng, cut = random.Random(word), 0
    for _ in range(60):
        fields = {"base": rng.randrange(-20, memory.size), "run_bytes": rng.randrange(3 * config.channels * word)}
        for d in range(dimensions):
            fields |= {f"temporal_bound_{d}": rng.choice([0, 1, 2, 3, 3]), f"temporal_stride_{d}": rng.randrange(-100, 100)}
        for s in range(len(spatial_bounds)):
            fields[f"spatial_stride_{s}"] = word * rng.randrange(-4, 5)
        expected = local_bytes(fields, config, memory)
        assert local_addresses(fields, config, memory).tolist() == [address for address, _ in expected]
        assert local_lanes(fields, config, memory).tolist() == [lane for _, lane in expected]
        steps = 1
        for d in range(1, dimensions):
            steps *= fields[f"temporal_bound_{d}"]
        cut += len(expected) < steps * fields["run_bytes"]
    assert cut
