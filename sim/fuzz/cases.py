# SPDX-License-Identifier: Apache-2.0
"""Random cases: for a config, what the memory holds, and batches of jobs of all kinds."""

import random
from typing import Any

import numpy as np

from ...compiler.elements import element_types
from ...compiler.problem import GemmProblem
from ...compiler.stream_jobs import plan_streams
from ...config import ClusterConfig
from ...errors import MappingError
from .case import Batch, Case, CaseJob
from .product import mapped
from .raw_jobs import RawJobs

RAW_SHARE = 0.25
"""Share of the jobs whose fields no compiler has made."""
LONGEST_BATCH = 8
ATTEMPTS = 12
MOST_STEPS = 160
"""Core steps of the largest matrix multiplication."""


class Cases:
    """Draws cases for one config.

    Parameters
    ----------
    config : ClusterConfig
    seed : int
    raw_share : float
    """

    def __init__(self, config: ClusterConfig, seed: int, *, raw_share: float = RAW_SHARE):
        self.config, self.raw_share = config, raw_share
        self.plain = config.model_dump(mode="json")
        self.rng = random.Random(f"{config.config_hash}/{seed}")
        self.raw = RawJobs(self.plain, self.rng)
        self.streams = np.random.default_rng(self.rng.randrange(1 << 32))

    def draw(self, jobs: int) -> Case:
        """A case of as many jobs, or a few less if the config allows hardly any."""
        rng, batches, left = self.rng, [], jobs
        for _ in range(4 * jobs):
            if left <= 0:
                break
            batch = self._batch(min(left, rng.choice([1, 2, 3, rng.randint(1, LONGEST_BATCH)])))
            if batch:
                batches.append(Batch(tuple(batch), semaphores=rng.random() < 0.4, window=rng.randrange(8), apart=rng.random() < 0.2))
                left -= len(batch)
        idle = rng.choice([0.0, 0.0, 0.2, 0.5, 0.8])
        return Case(self.plain, rng.randrange(1 << 32), rng.randrange(1 << 32), idle, tuple(batches))

    def _batch(self, length: int) -> list[CaseJob]:
        rng, jobs = self.rng, []
        wrong = rng.random() < 0.06
        for index in range(length):
            if wrong and index == length // 2:
                job = self.raw_job(wrong=True)
            elif rng.random() < self.raw_share:
                job = self.raw_job()
            else:
                job = self.mapped_job(first=index == 0)
            if job is not None:
                jobs.append(job)
                if job.kind == "gemm" and self._has_passes(job):
                    # Passes of the mover and jobs of the core share ports; nothing else may be under way.
                    return jobs[-1:]
        return jobs

    def raw_job(self, *, wrong: bool = False) -> CaseJob | None:
        """A job of random fields; one in ten moves nothing."""
        fields = self.raw.empty() if not wrong and self.rng.random() < 0.1 else self.raw.draw(wrong=wrong)
        return None if fields is None else CaseJob("raw", fields)

    def mapped_job(self, *, first: bool) -> CaseJob | None:
        """A job that the compiler makes; ``first`` if it may bring its operands."""
        for attempt in range(ATTEMPTS):
            try:
                if self.plain["accelerator"]["kind"] != "gemm":
                    return self._stream_job(max(1, 16 >> attempt))
                job = CaseJob("gemm", problem=self._problem(attempt), operands=self.rng.randrange(1 << 32) if first else None)
                found = mapped(self.config, job)
                if found.steps <= MOST_STEPS and (first or not found.passes):
                    return job
            except MappingError:
                continue
        return self.raw_job()

    def _has_passes(self, job: CaseJob) -> bool:
        return bool(mapped(self.config, job).passes)

    def _stream_job(self, most: int) -> CaseJob:
        """Consecutive words through an accelerator."""
        example = self.config.accelerator.example(self.streams)
        limit = max(example.words.values())
        if limit > most * 4:
            raise MappingError(f"a job must move at most {most * 4} words, not {limit}")
        (job,) = plan_streams(self.config, [example]).jobs()
        return CaseJob("mapped", {unit: dict(entry.fields) for unit, entry in job.entries.items()})

    def _problem(self, attempt: int) -> dict[str, Any]:
        """Arguments of a matrix multiplication of up to a few tiles each way."""
        rng, core, quantizer = self.rng, self.config.accelerator.core, self.config.accelerator.quantizer
        most = 4 if attempt < 3 else 2 if attempt < 7 else 1
        sizes = {x: rng.randint(1, most * getattr(core, x)) for x in "mnk"}
        unsigned = {f"{x}_unsigned": rng.random() < 0.5 for x in "ab"}
        quantizes = rng.random() < 0.5 and quantizer.result_width == 8
        plainly = attempt > ATTEMPTS // 2
        types = element_types(GemmProblem(1, 1, 1, out_type=core.sum_type, **unsigned), core)
        zero_points = {f"{x}_zero_point": rng.choice([0, types[x].lowest, types[x].highest, rng.randint(types[x].lowest, types[x].highest)])
                       for x in "ab"}
        return {
            **sizes, **unsigned, **zero_points,
            "transpose_a": not plainly and rng.random() < 0.4, "transpose_b": not plainly and rng.random() < 0.4,
            "c": "none" if plainly else rng.choice(["none", "bias", "full"]),
            "out_type": "int8" if quantizes else core.sum_type, "rescale": self._rescale(sizes, plainly),
        }

    def _rescale(self, sizes: dict[str, int], plainly: bool) -> dict[str, Any]:
        rng, core, quantizer = self.rng, self.config.accelerator.core, self.config.accelerator.quantizer
        sums = min(core.accumulator_width, core.a_width + core.b_width + sizes["k"].bit_length())

        def column() -> tuple[int, int]:
            shift = rng.choice([rng.randrange(64), rng.randint(20, 40), 31])
            multiplier = 1 << max(0, min(30, shift + 8 - sums))
            return rng.choice([multiplier, -multiplier, rng.randrange(-(1 << 31), 1 << 31), rng.randint(multiplier, 2 * multiplier - 1)]), shift

        per_channel = not plainly and rng.random() < 0.5 and (
            quantizer.parameter_stream or (quantizer.channels > 1 and sizes["n"] <= quantizer.channels))
        columns = [column() for _ in range(sizes["n"] if per_channel else 1)]
        multiplier, shift = ([list(values) for values in zip(*columns, strict=True)] if per_channel else columns[0])
        zero_points = {f"{x}_zero_point": rng.choice([0, -128, 127, rng.randint(-128, 127)]) for x in ("input", "output")}
        minimum = rng.choice([-128, rng.randint(-128, 100)])
        return {"multiplier": multiplier, "shift": shift, "minimum": minimum, "maximum": rng.choice([127, rng.randint(minimum, 127)]),
                "rounding": rng.choice(quantizer.rounding_modes), **zero_points}

