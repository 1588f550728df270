# SPDX-License-Identifier: Apache-2.0
"""What one run of the fuzzer does, as plain data: a config, contents of the memory, jobs in batches."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...errors import DataError
from ...files import write_whole

FORMAT = 1


@dataclass(frozen=True)
class CaseJob:
    """One job.

    Attributes
    ----------
    kind : {"raw", "mapped", "gemm"}
        Fields drawn at random; fields from the compiler's map of streams; or a matrix multiplication, whose
        fields the compiler makes whenever the case is run.
    fields : dict
        Register fields by unit; empty for ``gemm``.
    problem : dict
        Arguments of `GemmProblem`, for ``gemm``.
    operands : int or None
        Seed of the operands that the host stores before the batch; None to multiply what is there.
    """

    kind: Literal["raw", "mapped", "gemm"]
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    problem: dict[str, Any] = field(default_factory=dict)
    operands: int | None = None


@dataclass(frozen=True)
class Batch:
    """Jobs pushed one behind the other; the scratchpad is compared once all have completed.

    Attributes
    ----------
    jobs : tuple of CaseJob
    semaphores : bool
        Order them by semaphores where there are enough, else by completion counts.
    window : int
        Mode of the memory window through which the scratchpad is read.
    apart : bool
        Push every unit's entry on its own.
    """

    jobs: tuple[CaseJob, ...]
    semaphores: bool = False
    window: int = 0
    apart: bool = False


@dataclass(frozen=True)
class Case:
    """A config and what is run on it.

    Attributes
    ----------
    config : dict
        As the config's JSON holds it.
    memory_seed : int
        Of the scratchpad's first contents.
    bus_seed : int
        Of the pauses on the bus.
    idle : float
        Share of cycles in which the bus pauses.
    batches : tuple of Batch
    """

    config: dict[str, Any]
    memory_seed: int
    bus_seed: int
    idle: float
    batches: tuple[Batch, ...]

    @property
    def jobs(self) -> int:
        return sum(len(batch.jobs) for batch in self.batches)

    def contents(self) -> bytes:
        """The scratchpad at the start, in the order of window mode 0."""
        memory = self.config["memory"]
        size = memory["banks"] * memory["bank_depth"] * memory["bank_width"] // 8
        return np.random.default_rng(self.memory_seed).integers(0, 256, size, dtype=np.uint8).tobytes()

    def with_batches(self, batches: Sequence[Batch]) -> "Case":
        return replace(self, batches=tuple(batches))

    def as_dict(self) -> dict[str, Any]:
        return {"format": FORMAT} | asdict(self)

    @property
    def digest(self) -> str:
        """Short name of the case, from all it holds."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:12]

    def save(self, path: Path, **more: Any) -> None:
        """Write the case to a file, with further keys that say what went wrong."""
        text = json.dumps(self.as_dict() | more, indent=1) + "\n"
        write_whole(path, lambda file: file.write(text.encode()))


def from_dict(values: dict[str, Any], where: str = "case") -> Case:
    """Undo `Case.as_dict`; keys of other meaning are left out.

    Raises
    ------
    DataError
        If it is not a case of this format.
    """
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        found = values.get("format") if isinstance(values, dict) else values
        raise DataError(f"{where} must be a case of format {FORMAT}, not {found!r}")
    try:
        batches = tuple(Batch(**{**batch, "jobs": tuple(CaseJob(**job) for job in batch["jobs"])})
                          for batch in values["batches"])
        return Case(values["config"], values["memory_seed"], values["bus_seed"], values["idle"], batches)
    except (KeyError, TypeError) as error:
        raise DataError(f"{where} must hold config, memory_seed, bus_seed, idle and batches; {type(error).__name__}: {error}") from None


def load(path: Path) -> Case:
    """A case from its file.

    Raises
    ------
    DataError
        If the file cannot be read or holds no case.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not JSON"
        raise DataError(f"case file {str(path)!r} cannot be read: {reason}") from None
    return from_dict(values, f"case file {str(path)!r}")
