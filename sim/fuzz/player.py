# SPDX-License-Identifier: Apache-2.0
"""A case on a simulated cluster, held to the interpreter."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from ...compiler.gemm import Plan
from ...compiler.image import MemoryImage
from ...compiler.jobs import Job
from ...compiler.operand_data import load_result, random_operands, store_operands
from ...errors import HwgenError
from ..cluster import RESUME, SimulatedCluster
from ..program import Program
from ..results import Ending, Results
from .case import Batch, Case
from .counters import Mismatch, check_counters
from .hazards import Touched, touched
from .model import Model
from .ordering import chunks, ordered
from .product import expected, mapped
from .walk import Access

LIMIT = 100_000
"""Cycles after which jobs that have not completed hang."""
ROUNDS, PAUSE = 200, 400
"""Looks at a cluster that stops on errors, and cycles between them."""


@dataclass(frozen=True)
class Failure:
    """Where cluster and interpreter differ.

    Attributes
    ----------
    kind : str
        ``memory``, ``product``, ``hang``, ``error``, ``completed``, ``semaphores``, ``counters``, ``refused`` or ``broken``.
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
    """A batch with everything that is known before it runs."""

    fields: list[dict[str, dict[str, int]]]
    plan: Plan | None
    arrays: dict[str, np.ndarray]
    touched: list[dict[str, Touched]]
    passes: list[Job] = field(default_factory=list)


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
            self._load(model)
            for number, batch in enumerate(case.batches):
                self._batch(batch, model, outcome)
            check_counters(cluster, model)
        except Mismatch as mismatch:
            outcome.failure = Failure(mismatch.kind, number, mismatch.detail)
        except HwgenError as error:
            outcome.failure = Failure("broken", number, str(error).splitlines()[0])
        outcome.cycles = cluster.session.cycles - start
        return outcome

    def _batch(self, batch: Batch, model: Model, outcome: Outcome) -> None:
        prepared = self._prepare(batch, model)
        if prepared.plan is not None:
            self._store(prepared, model)
        if prepared.passes:
            # Passes share ports with the core; the compiler's own waits keep them apart.
            self._chunk(prepared.passes, prepared.fields, model, outcome, apart=False)
            prepared = replace(prepared, touched=prepared.touched[-1:])
        else:
            self._ordered(batch, prepared, model, outcome)
        self._compare(model, batch.window)
        if prepared.plan is not None:
            self._check_product(prepared, model)
        for job in batch.jobs:
            outcome.jobs[job.kind] = outcome.jobs.get(job.kind, 0) + 1

    def _ordered(self, batch: Batch, prepared: "Prepared", model: Model, outcome: Outcome) -> None:
        """Run the jobs as fast as their queues take them, with waits where one needs another's words."""
        for chunk in chunks(model.config, prepared.fields, prepared.touched):
            fields, known = [prepared.fields[i] for i in chunk], [prepared.touched[i] for i in chunk]
            jobs = ordered(self.cluster.config, model.config, fields, known, model.completed, semaphores=batch.semaphores)
            outcome.waits += sum(len(entry.waits) for job in jobs for entry in job.entries.values())
            self._chunk(jobs, fields, model, outcome, apart=batch.apart)

    def _chunk(self, jobs: list[Job], fields: list, model: Model, outcome: Outcome, *, apart: bool) -> None:
        """Push jobs that can be in the queues at once, and see them through."""
        before = len(model.errors)
        for each in fields:
            model.run(each)
        errors = model.errors[before:]
        self._push(jobs, apart=apart)
        if errors:
            outcome.errors += 1
            self._resume_until_done(model, errors)
        else:
            self._wait_done(model)
        used = [f"semaphore_{entry.signal.semaphore}" for job in jobs for entry in job.entries.values() if entry.signal]
        left = {name: value for name, value in self.cluster.read(*used).items() if value} if used else {}
        if left:
            raise Mismatch("semaphores", f"semaphores must be zero once all signals are taken, not {left}")

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
        return Prepared(fields, mapping, arrays, [touched(model.config, each) for each in fields], passes)

    def _store(self, prepared: Prepared, model: Model) -> None:
        """Put the operands where the compiler wants them, in the cluster and in the model."""
        image = self._image(model)
        store_operands(prepared.plan, prepared.arrays, image)
        size = image.memory.word_bytes
        model.words = [int.from_bytes(word.tobytes(), "little") for word in image.bytes.reshape(-1, size)]
        self._load(model)

    def _image(self, model: Model) -> MemoryImage:
        memory = self.cluster.config.memory
        data = b"".join(word.to_bytes(memory.word_bytes, "little") for word in model.words)
        return MemoryImage(memory, np.frombuffer(data, np.uint8))

    def _load(self, model: Model) -> None:
        """Write the model's memory into the cluster."""
        program = Program()
        self._window(program, model, 0)
        program.write_block(self.cluster.map.window_base, np.frombuffer(model.read_window(0), "<u4"))
        self._accepted(self.cluster.play(program))

    def _window(self, program: Program, model: Model, mode: int) -> None:
        if len(model.window_groups()) > 1:
            program.write(self.cluster.map.address("cluster.window_mode"), mode)

    def _push(self, jobs: Sequence[Job], *, apart: bool) -> None:
        cluster, program = self.cluster, Program()
        program.write(cluster.map.address("cluster.interrupt_enable"), 2)
        pieces = [Job({name: entry}) for job in jobs for name, entry in job.entries.items()] if apart else jobs
        for piece in pieces:
            *writes, push = cluster.writer.writes(piece)
            for address, value in writes:
                program.write(address, value)
            mask = sum(1 << cluster.map.unit_index(name) for name in piece.entries)
            program.poll(cluster.map.address("cluster.queue_full"), mask, 0, LIMIT)
            program.write(*push)
        self._accepted(self._play(program, "a queue had no room"))

    def _accepted(self, results: Results) -> None:
        if results.errors:
            raise Mismatch("refused", f"{results.errors} bus accesses were refused, the first write being number {results.first_write_error}")

    def _play(self, program: Program, what: str) -> Results:
        results = self.cluster.session.play(program)
        if results.ending is not Ending.COMPLETED:
            raise Mismatch("hang", f"{what} for {LIMIT} cycles ({results.ending.name.lower()}); {self._completed()}")
        return results

    def _completed(self) -> dict[str, int]:
        return {unit.name: self.cluster.read(f"completed_{unit.name}")[f"completed_{unit.name}"] for unit in self.cluster.map.units}

    def _expected(self, model: Model) -> dict[str, int]:
        mask = (1 << self.cluster.config.jobs.count_width) - 1
        return {unit.name: model.completed.get(unit.name, 0) & mask for unit in self.cluster.map.units}

    def _wait_done(self, model: Model) -> None:
        """Every unit completes as many jobs as the model, without an error."""
        cluster, program, mask = self.cluster, Program(), (1 << self.cluster.config.jobs.count_width) - 1
        for name, count in self._expected(model).items():
            program.poll(cluster.map.address(f"cluster.completed_{name}"), mask, count, LIMIT)
        self._play(program, f"completion counts have not become {self._expected(model)}")
        if cause := cluster.read("error_info")["error_info"] & 3:
            raise Mismatch("error", f"no access must err, yet the cause latched is {cause}")

    def _resume_until_done(self, model: Model, errors: list[tuple[str, int, Access]]) -> None:
        """At least one of the errors is latched; after each resume the rest goes on."""
        cluster, program = self.cluster, Program()
        program.wait_irq(LIMIT)
        self._play(program, "the error interrupt has not come")
        seen, mask = 0, (1 << cluster.config.jobs.count_width) - 1
        possible = {(access.cause, cluster.map.unit_index(name), access.channel, access.address, number & mask)
                    for name, number, access in errors}
        for _ in range(ROUNDS):
            # Entries that have started may wait for others that an error keeps from starting, so not all units stop.
            program = Program()
            program.idle(PAUSE)
            self.cluster.play(program)
            values = cluster.read("error_info", "error_address", "error_job")
            word = values["error_info"]
            if word & 3:
                seen += 1
                found = word & 3, word >> 2 & 15, word >> 6, values["error_address"], values["error_job"]
                if found not in possible:
                    raise Mismatch("error", f"the latched error (cause, unit, channel, address, job) must be one of the suppressed accesses, not {found}")
                cluster.write("cluster.control", RESUME)
                cluster.write("cluster.interrupt_status", 3)
            elif self._completed() == self._expected(model):
                return
        what = f"after {seen} errors completion counts are {self._completed()}, not {self._expected(model)}"
        raise Mismatch("hang" if seen else "error", what)

    def _compare(self, model: Model, mode: int) -> None:
        if not model.settled:
            raise Mismatch("broken", "the jobs' words do not match what the accelerator takes")
        program, memory = Program(), self.cluster.config.memory
        mode %= len(model.window_groups())
        self._window(program, model, mode)
        place = program.read_block(self.cluster.map.window_base, memory.size // 4)
        found = np.ascontiguousarray(self.cluster.play(program).reads[place]).view(np.uint8)
        wanted = np.frombuffer(model.read_window(mode), np.uint8)
        wrong = np.flatnonzero(found != wanted)
        if len(wrong):
            at = int(wrong[0])
            raise Mismatch("memory", f"{len(wrong)} bytes differ, the first at {at:#x} in window mode {mode}: {found[at]}, the model has {wanted[at]}")

    def _check_product(self, prepared: Prepared, model: Model) -> None:
        """The compiler's result is the product, unless a later job has written over it."""
        out = {"E" if prepared.plan.problem.quantizes else "D"}
        first, *later = prepared.touched
        place = {word for name in out for word in first[name].channels}
        if any(place & found.channels.keys() for entries in later for found in entries.values() if found.writes):
            return
        result = load_result(prepared.plan, self._image(model)).astype(object)
        wanted = expected(model.config, prepared.plan.problem, prepared.arrays)
        low = (1 << (prepared.plan.config.accelerator.core.accumulator_width if "D" in out else 8)) - 1
        wrong = np.argwhere((result & low) != (wanted & low))
        if len(wrong):
            i, j = map(int, wrong[0])
            raise Mismatch("product", f"element ({i}, {j}) is {result[i, j]}, the product {wanted[i, j]}")
