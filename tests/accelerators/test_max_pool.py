# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from pydantic import ValidationError
from support.streams import collect, drive, log_cycles, simulate

from hwgen.accelerators.max_pool import MaxPool
from hwgen.config import MemoryConfig, preset
from hwgen.config.max_pool import MaxPoolConfig


def entry(window, outputs, unsigned_elements=0):
    return {"window": window, "outputs": outputs, "unsigned_elements": unsigned_elements}


def largest(words, jobs, width):
    """The largest element of each window, element by element."""
    results, words = [], list(words)
    for job in jobs:
        for _ in range(job["outputs"] if job["window"] else 0):
            window, words = words[:job["window"]], words[job["window"]:]
            result = 0
            for e in range(16 // width):
                elements = [word >> width * e & (1 << width) - 1 for word in window]
                signed = [x - (1 << width) if x >> width - 1 and not job["unsigned_elements"] else x for x in elements]
                result |= (max(signed) & (1 << width) - 1) << width * e
            results.append(result)
    return results


JOBS = [entry(3, 4), entry(1, 5, 1), entry(0, 3), entry(4, 0), entry(2, 1), entry(9, 2, 1), entry(1, 1), entry(2, 3)]


@pytest.mark.parametrize("width", [8, 16])
@pytest.mark.parametrize("idle", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_matches_the_definition_under_stalls(width, idle, seed):
    config = MaxPoolConfig(kind="max_pool", width=16, element_width=width)
    dut = MaxPool(config, MemoryConfig())
    words = [int(w) for w in np.random.default_rng(seed).integers(0, 1 << 16, sum(j["window"] * j["outputs"] for j in JOBS))]
    expected, found, done = largest(words, JOBS, width), [], []
    simulate(dut, drive(dut.X, words, idle=idle, seed=seed), drive(dut.job_pool.entry, JOBS, idle=idle, seed=seed + 1),
             collect(dut.Y, found, len(expected), stall=idle, seed=seed + 2), checks=[dut.Y], background=[log_cycles(dut.job_pool.done, done)])
    assert found == expected
    model = config.golden({"X": np.array(words, "<u2").view(np.uint8).reshape(-1, 2)}, {"pool": JOBS})["Y"]
    assert model.view("<u2").ravel().tolist() == expected


def test_one_word_a_cycle_across_windows_and_jobs():
    dut, taken, done, found = MaxPool(MaxPoolConfig(kind="max_pool", width=8), MemoryConfig()), [], [], []
    jobs = [entry(2, 3), entry(1, 4), entry(3, 2)]
    simulate(dut, drive(dut.X, range(16)), drive(dut.job_pool.entry, jobs), collect(dut.Y, found, 9),
             background=[log_cycles(dut.X.valid & dut.X.ready, taken), log_cycles(dut.job_pool.done, done)])
    assert taken == list(range(taken[0], taken[0] + 16))
    assert len(done) >= 2


@pytest.mark.parametrize("options", [{"element_width": 4}, {"width": 12}, {"window_width": 1}])
def test_rejects_what_cannot_be(options):
    with pytest.raises(ValidationError):
        MaxPoolConfig(kind="max_pool", **options)


def test_preset_has_the_ports_of_its_accelerator():
    assert list(preset("max-pool").streamers) == ["X", "Y"]


@pytest.mark.parametrize("width", [2, 3, 8])
def test_examples_fit_the_window_register(width):
    config, random = MaxPoolConfig(kind="max_pool", window_width=width), np.random.default_rng(1)
    windows = {config.example(random).fields["pool"]["window"] for _ in range(200)}
    assert min(windows) == 1 and max(windows) == min(9, (1 << width) - 1)
