# SPDX-License-Identifier: Apache-2.0
"""A case on a simulated cluster, held to the interpreter."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...compiler.gemm import Plan
from ...compiler.image import MemoryImage
from ...compiler.jobs import Job
from ...compiler.operand_data import load_result, random_operands, store_operands
from ...errors import HwgenError
from ..cluster import SimulatedCluster
from .case import Batch, Case
from .counters import Mismatch, check_counters
from .hazards import Touched, touched
from .host import Host
from .model import JobFields, Model
from .ordering import chunks, ordered
from .product import expected, mapped


@dataclass(frozen=True)
class Failure:
    """Where cluster and interpreter differ.

    Attributes
    ----------
    kind : str
        ``memory``, ``product``, ``mapping``, ``hang``, ``error``, ``semaphores``, ``counters``, ``refused`` or ``broken``.
    batch : int
        Which batch, from 0.
    detail : str
    """

    kind: str
    batch: int
    detail: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Outcome:
    """What a case came to.

    Attributes
    ----------
    failure : Failure or None
    jobs : dict
        Jobs completed, by kind.
    cycles : int
        Simulated, memory contents included.
    errors, waits : int
        Batches that stopped on an error; entries' waits.
    """

    failure: Failure | None = None
    jobs: dict[str, int] = field(default_factory=dict)
    cycles: int = 0
    errors: int = 0
    waits: int = 0


@dataclass
class Prepared:
    """A batch with everything that is known before it runs.

    Attributes
    ----------
    fields : list of dict
        Register fields of each job, by unit.
    touched : list of dict
        What each job touches, by streamer.
    plan : Plan or None
        Of the first job, if the host stores its operands.
    arrays : dict
        Those operands.
    passes : list of Job
        The jobs themselves, if some are passes of the mover.
    """

    fields: list[JobFields]
    touched: list[dict[str, Touched]]
    plan: Plan | None
    arrays: dict[str, np.ndarray]
    passes: list[Job]


class Player:
    """Runs cases on one cluster.

    Parameters
    ----------
    cluster : SimulatedCluster
        Running, of the cases' config.
    model : type
        Class of the interpreter, for tests that hand in a wrong one.
    """

    def __init__(self, cluster: SimulatedCluster, model: type[Model] = Model):
        self.cluster, self.model_type = cluster, model

    def play(self, case: Case) -> Outcome:
        """Run a case from reset, up to the first failure."""
        outcome, cluster, number = Outcome(), self.cluster, 0
        start = cluster.session.cycles
        try:
            cluster.reset()
            cluster.session.seed, cluster.session.idle = case.bus_seed, case.idle
            model = self.model_type(case.config, case.contents())
            host = Host(cluster, len(model.window_groups()))
            host.write_memory(model.read_window(0))
            for number, batch in enumerate(case.batches):
                self._batch(batch, model, host, outcome)
            check_counters(cluster, model)
        except Mismatch as mismatch:
            outcome.failure = Failure(mismatch.kind, number, mismatch.detail)
        except HwgenError as error:
            outcome.failure = Failure("broken", number, str(error).splitlines()[0])
        outcome.cycles = cluster.session.cycles - start
        return outcome

    def _batch(self, batch: Batch, model: Model, host: Host, outcome: Outcome) -> None:
        prepared = self._prepare(batch, model)
        if prepared.plan is not None:
            self._store(prepared, model, host)
        if prepared.passes:
            # Passes share ports with the core; the compiler's own waits keep them apart.
            self._chunk(prepared.passes, prepared.fields, [False] * len(prepared.fields), model, host, outcome, apart=False)
        else:
            for chunk in chunks(model.config, prepared.fields, prepared.touched):
                fields, known = prepared.fields[chunk.start:chunk.stop], prepared.touched[chunk.start:chunk.stop]
                jobs = ordered(self.cluster.config, model.config, fields, known, model.completed, semaphores=batch.semaphores)
                raw = [job.kind == "raw" for job in batch.jobs[chunk.start:chunk.stop]]
                self._chunk(jobs, fields, raw, model, host, outcome, apart=batch.apart)
        if not model.settled:
            raise Mismatch("broken", "the jobs' words do not match what the accelerator takes")
        self._compare(model, host, batch.window % host.modes)
        if prepared.plan is not None:
            self._check_product(prepared, model)
        for job in batch.jobs:
            outcome.jobs[job.kind] = outcome.jobs.get(job.kind, 0) + 1

    def _prepare(self, batch: Batch, model: Model) -> Prepared:
        """Fields of every job of a batch, from the compiler where it makes them."""
        fields, mapping, arrays, passes, config = [], None, {}, [], self.cluster.config
        for index, job in enumerate(batch.jobs):
            if job.kind != "gemm":
                fields.append(job.fields)
                continue
            made = mapped(config, job)
            jobs = made.jobs(interrupt=False)
            fields += [{unit: dict(entry.fields) for unit, entry in each.entries.items()} for each in jobs]
            if len(jobs) > 1:
                passes = jobs
            if job.operands is not None and index == 0:
                mapping, arrays = made, random_operands(made.problem, job.operands, config.accelerator.core)
        return Prepared(fields, [touched(model.config, each) for each in fields], mapping, arrays, passes)

    def _store(self, prepared: Prepared, model: Model, host: Host) -> None:
        """Put the operands where the compiler wants them, in the cluster and in the model."""
        image = self._image(model)
        store_operands(prepared.plan, prepared.arrays, image)
        size = image.memory.word_bytes
        model.words = [int.from_bytes(word.tobytes(), "little") for word in image.bytes.reshape(-1, size)]
        host.write_memory(model.read_window(0))

    def _image(self, model: Model) -> MemoryImage:
        memory = self.cluster.config.memory
        data = b"".join(word.to_bytes(memory.word_bytes, "little") for word in model.words)
        return MemoryImage(memory, np.frombuffer(data, np.uint8))

    def _chunk(self, jobs: list[Job], fields: list[JobFields], raw: list[bool], model: Model, host: Host, outcome: Outcome,
               *, apart: bool) -> None:
        """Push jobs that can be in the queues at once, and see them through; only raw ones may err."""
        before = len(model.errors)
        for each, may_err in zip(fields, raw, strict=True):
            known = len(model.errors)
            model.run(each)
            if len(model.errors) > known and not may_err:
                name, _, access = model.errors[known]
                raise Mismatch("mapping", f"what the compiler makes must not err, yet channel {access.channel} of {name} does at {access.address:#x}")
        errors = model.errors[before:]
        outcome.waits += sum(len(entry.waits) for job in jobs for entry in job.entries.values())
        host.push(jobs, apart=apart)
        if errors:
            outcome.errors += 1
            host.resume_until_done(model.completed, errors)
        else:
            host.wait_done(model.completed)
        host.check_semaphores(jobs)

    def _compare(self, model: Model, host: Host, mode: int) -> None:
        found, wanted = (np.frombuffer(data, np.uint8) for data in (host.read_memory(mode), model.read_window(mode)))
        wrong = np.flatnonzero(found != wanted)
        if len(wrong):
            at = int(wrong[0])
            raise Mismatch("memory", f"{len(wrong)} bytes differ, the first at {at:#x} in window mode {mode}: {found[at]}, the model has {wanted[at]}")

    def _check_product(self, prepared: Prepared, model: Model) -> None:
        """The compiler's result is the product, unless a later job has written over it."""
        out = "E" if prepared.plan.problem.quantizes else "D"
        count = len(prepared.plan.passes)
        place = prepared.touched[count][out].channels.keys()
        if any(place & found.channels.keys() for entries in prepared.touched[count + 1:] for found in entries.values() if found.writes):
            return
        result = load_result(prepared.plan, self._image(model)).astype(object)
        wanted = expected(model.config, prepared.plan.problem, prepared.arrays)
        low = (1 << (8 if out == "E" else prepared.plan.config.accelerator.core.accumulator_width)) - 1
        wrong = np.argwhere((result & low) != (wanted & low))
        if len(wrong):
            i, j = map(int, wrong[0])
            raise Mismatch("product", f"element ({i}, {j}) is {result[i, j]}, the product {wanted[i, j]}")
