# SPDX-License-Identifier: Apache-2.0
"""Any accelerator on the emitted Verilog: random words and jobs, held to a golden model."""

import importlib.util
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from ..compiler.image import MemoryImage
from ..compiler.stream_jobs import StreamPlan, plan_streams
from ..config import ClusterConfig, Example, load
from ..config.accelerator import Jobs, Streams
from ..config.counters import cycle_causes
from ..errors import DataError
from .cluster import SimulatedCluster
from .design import simulator_for
from .program import Program

Golden = Callable[[Streams, Jobs], Streams]
MOST_JOBS = 4
"""Jobs of one run, pushed one behind the other."""


@dataclass(frozen=True)
class StreamRun:
    """Outcome of one run of jobs.

    Attributes
    ----------
    bit_exact : bool
        Every result word equals the model's.
    untouched : bool
        No other byte of the scratchpad changed.
    first_difference : str or None
        Where result and model first differ.
    words : dict
        Words each port moved.
    steps, cycles, total_cycles : int
        As in `Measures`; a step is what the accelerator reports as one, or a word of its pacing port.
    stalls : dict
    """

    bit_exact: bool
    untouched: bool
    first_difference: str | None
    words: dict[str, int]
    steps: int
    cycles: int
    total_cycles: int
    stalls: dict[str, int]

    @property
    def accounted(self) -> bool:
        """Every cycle is charged exactly once."""
        return self.steps + sum(self.stalls.values()) == self.total_cycles

    @property
    def passed(self) -> bool:
        return self.bit_exact and self.untouched and self.accounted

    def as_dict(self) -> dict:
        return asdict(self) | {"accounted": self.accounted}


def load_model(path: Path | None, config: ClusterConfig) -> tuple[Golden, Callable[[np.random.Generator], Example]]:
    """Golden model and maker of examples: of a Python file, else the accelerator's own.

    Raises
    ------
    DataError
        If the file cannot be run or has no function ``golden``.
    """
    accelerator = config.accelerator
    if path is None:
        return accelerator.golden, accelerator.example
    if not path.is_file():
        raise DataError(f"golden model must be a Python file, not {str(path)!r}")
    specification = importlib.util.spec_from_file_location("hwgen_golden_model", path)
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise DataError(f"golden model {str(path)!r} cannot be loaded: {type(error).__name__}: {error}") from None
    if not callable(getattr(module, "golden", None)):
        raise DataError(f"golden model {str(path)!r} must have a function golden(inputs, jobs)")
    return module.golden, getattr(module, "example", accelerator.example)


def expected_words(plan: StreamPlan, golden: Golden, inputs: Streams) -> Streams:
    """What the model says, checked for its form.

    Raises
    ------
    DataError
        If the model fails or its words are not those of the ports.
    """
    try:
        outputs = golden({name: words.copy() for name, words in inputs.items()}, plan.fields())
    except NotImplementedError as error:
        raise DataError(str(error)) from None
    for name, streamer in plan.config.streamers.items():
        if streamer.reads:
            continue
        shape = (plan.words(name), streamer.channels * plan.config.memory.word_bytes)
        found = np.asarray(outputs.get(name, np.zeros((0, shape[1]), np.uint8)))
        if found.dtype != np.uint8 or found.shape != shape:
            raise DataError(f"golden model must give {name} as uint8 of shape {shape}, not {found.dtype} of shape {found.shape}")
    return outputs


def run_streams(cluster: SimulatedCluster, plan: StreamPlan, golden: Golden, *, seed: int) -> StreamRun:
    """Fill the scratchpad with random bytes, run the jobs, and compare all of it with the model."""
    config, memory = cluster.config, cluster.config.memory
    image = MemoryImage(memory, np.random.default_rng(seed).integers(0, 256, memory.size, dtype=np.uint8))
    inputs = {name: plan.stored(image, name) for name in plan.places if config.streamers[name].reads}
    expected = expected_words(plan, golden, inputs)
    cluster.load(image)
    cluster.reset()
    jobs = plan.jobs()
    cluster.run(jobs)
    program = Program()
    for name, count in Counter(name for job in jobs for name in job.entries).items():
        program.poll(cluster.map.address(f"cluster.completed_{name}"), 0xFFFF_FFFF, count, limit=100_000)
    cluster.play(program)
    counters, after = cluster.counters(), cluster.dump()

    difference, clean = None, MemoryImage(memory, after.bytes)
    for name, words in expected.items():
        found = plan.stored(after, name)
        wrong = np.argwhere(found != words)
        if len(wrong) and difference is None:
            word, byte = map(int, wrong[0])
            difference = f"word {word} of {name}, byte {byte}, is {found[word, byte]}, the model has {words[word, byte]}"
        plan.store(clean, name, plan.stored(image, name))
    return StreamRun(
        bit_exact=difference is None, untouched=bool(np.array_equal(clean.bytes, image.bytes)), first_difference=difference,
        words={name: plan.words(name) for name in plan.places}, steps=counters["steps"], cycles=counters["cycles"],
        total_cycles=counters["total_cycles"],
        stalls={cause: counters[cause] for cause in cycle_causes(config) if cause != "steps"})


def run_bench(config: ClusterConfig | str | Path, *, golden: Path | None = None, runs: int = 20, seed: int = 1,
              idle: float = 0.0, waves: Path | None = None, console: Console | None = None) -> list[StreamRun]:
    """Run random jobs on an accelerator's cluster.

    Parameters
    ----------
    config : ClusterConfig, str or Path
    golden : Path, optional
        Python file with ``golden(inputs, jobs)`` and, if wanted, ``example(random)``; see `AcceleratorConfig`.
    runs : int
        Each of one to `MOST_JOBS` jobs.
    seed : int
    idle : float
        Share of cycles in which the bus pauses.
    waves : Path, optional
    console : Console, optional
        Where progress is shown.

    Raises
    ------
    HwgenError
        If config, model or tools are not as they must be.
    """
    config = config if isinstance(config, ClusterConfig) else load(config)
    model, example = load_model(golden, config)
    random = np.random.default_rng(seed)
    built = simulator_for(config, waves=waves is not None, console=console)
    results = []
    with SimulatedCluster(config, built, seed=seed, idle=idle, waves=waves) as cluster:
        for index in range(runs):
            plan = plan_streams(config, [example(random) for _ in range(int(random.integers(1, MOST_JOBS + 1)))])
            results.append(run_streams(cluster, plan, model, seed=seed + index))
    return results
