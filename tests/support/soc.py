# SPDX-License-Identifier: Apache-2.0
"""Configs that tests of job control and memory share."""

from hwgen.config import ClusterConfig, JobsConfig, MemoryConfig, preset

TINY = preset("tiny")


def with_jobs(**changes) -> ClusterConfig:
    """The tiny preset with other job parameters."""
    return TINY.model_copy(update={"jobs": JobsConfig(**TINY.jobs.model_dump() | changes)})


def with_banks(bank_width: int, *, banks: int = 8, bank_depth: int = 16) -> ClusterConfig:
    """The tiny preset on other memory, for parts that do not care whether streamers and core fit it."""
    return TINY.model_copy(update={"memory": MemoryConfig(banks=banks, bank_width=bank_width, bank_depth=bank_depth)})
