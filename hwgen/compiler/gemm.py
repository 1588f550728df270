# SPDX-License-Identifier: Apache-2.0
"""From a matrix multiplication to jobs: loop order, places in the banks, register fields."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from ..config import ClusterConfig
from ..errors import MappingError
from .conflicts import ConflictModel, layouts
from .elements import check_types
from .jobs import Entry, Job
from .loops import Loop, order, orders
from .operands import operands
from .passes import Pass, needed_passes, pass_jobs, pass_waits
from .placement import Place
from .problem import GemmProblem, gemm_accelerator
from .program import Buffer, Program
from .rescaling_fields import check_quantizer, rescaling_fields
from .streamer_fields import Operand, loops_fit, streamer_fields


@dataclass(frozen=True)
class Plan:
    """A problem mapped onto a cluster: where everything lies and in which order it is visited.

    Attributes
    ----------
    problem, config
    operands : dict of Operand, by role ``a``, ``b``, ``c``, ``p``, ``bias``, ``out``
    places : dict of Place, by role
    nest : tuple of Loop
    steps : int
        Core steps the mapping issues.
    expected_slowdown : float
        Cycles per step by the conflict model, 1.0 for none lost.
    compared : int
        Orders of loops with places of operands that it was chosen from.
    alternatives : dict of int
        Expected cycles of the best of each order of loops, in words.
    """

    problem: GemmProblem
    config: ClusterConfig
    operands: dict[str, Operand]
    places: dict[str, Place]
    nest: tuple[Loop, ...]
    steps: int
    expected_slowdown: float
    compared: int = 1
    alternatives: Mapping[str, int] = field(default_factory=dict)

    @property
    def passes(self) -> tuple[Pass, ...]:
        """Passes over operands before the job, where the cluster lacks a feature."""
        return needed_passes(self.problem, self.config)

    def jobs(self, *, interrupt: bool = True) -> list[Job]:
        """The passes, if any, and the job that computes the problem."""
        job = self.job(interrupt=interrupt)
        if not self.passes:
            return [job]
        waits = pass_waits(self.passes)
        held = {name: replace(entry, waits=(*entry.waits, *waits)) for name, entry in job.entries.items()}
        return [*pass_jobs(self.config, self.passes, self.operands, self.places, len(held)), replace(job, entries=held)]

    def job(self, *, interrupt: bool = True) -> Job:
        """The job alone, without passes before it."""
        problem, entries = self.problem, {}
        m, n, k = problem.tiles(self.config)
        for role, operand in self.operands.items():
            if not operand.source:
                fields = streamer_fields(self.config, operand, self.places[role], operand.loops(self.nest))
                entries[operand.streamer] = Entry(fields, interrupt=interrupt and role == "out")
        entries["core"] = Entry({
            "steps": k, "tiles": m * n, "a_zero_point": problem.a_zero_point, "b_zero_point": problem.b_zero_point,
            "a_unsigned": int(problem.a_unsigned), "b_unsigned": int(problem.b_unsigned),
            "add_c": int(problem.c != "none"), "quantize": int(problem.quantizes)})
        if problem.quantizes:
            entries["quantizer"] = Entry({"tiles": m * n} | rescaling_fields(problem, self.config))
        return Job(entries, f"gemm {problem.m} x {problem.n} x {problem.k}")

    def program(self) -> Program:
        """All of it: operands and result as buffers in the scratchpad, and the jobs."""
        made = {one.role for one in self.passes}
        roles = {role: "output" if role == "out" else "temporary" if role in made else "input" for role in self.places}
        buffers = [Buffer(role, "scratchpad", place.base, place.size, roles[role], place.group) for role, place in self.places.items()]
        return Program.of(self.config, buffers, self.jobs())

    @property
    def expected_cycles(self) -> int:
        """Of the job by the conflict model, but for its beginning and end."""
        return round(self.steps * self.expected_slowdown)

    def as_dict(self) -> dict:
        """Stable keys for reports."""
        return {
            "loops": [asdict(loop) for loop in self.nest], "steps": self.steps,
            "buffers": [{"name": role, "base": place.base, "group": place.group, "bytes": place.size} for role, place in self.places.items()],
            "expected_cycles": self.expected_cycles, "compared": self.compared, "alternatives": dict(self.alternatives),
        }

    def bank_plan(self) -> str:
        """One line for people: which operand lies in which banks."""
        memory, parts = self.config.memory, []
        for role, place in self.places.items():
            words = place.base // memory.word_bytes
            first = words // (place.group * memory.bank_depth)
            last = (words + -(-place.size // memory.word_bytes) - 1) // (place.group * memory.bank_depth)
            parts.append(f"{role.upper() if role != 'out' else 'result'} banks {first * place.group}-{(last + 1) * place.group - 1}"
                         f" by {place.group}")
        return ", ".join(parts)


def plan(problem: GemmProblem, config: ClusterConfig) -> Plan:
    """The mapping with the fewest expected bank conflicts.

    All loop orders of `loops.orders` that the streamers' loops allow are tried with all
    placements; the search ends early once a plan loses nothing.

    Raises
    ------
    MappingError
        If the problem does not fit the core's types, the scratchpad or a register, or the quantizer
        cannot do it, or it is a batch.
    """
    core = gemm_accelerator(config).core
    if problem.batch is not None:
        raise MappingError(f"a batch of products needs operands in external memory, not in the scratchpad: batch must be left out, not {problem.batch!r}")
    check_types(problem, core)
    needed = operands(problem, config)
    m, n, k = problem.tiles(config)
    for what, count, width in (("steps of K", k, core.step_width), ("output tiles", m * n, core.tile_width)):
        if count >= 1 << width:
            raise MappingError(f"{what} must be fewer than {1 << width}, not {count}")
    if problem.quantizes:
        check_quantizer(problem, config)
    total = sum(operand.size for operand in needed.values())
    if total > config.memory.size:
        raise MappingError(f"operands and result must fit the scratchpad's {config.memory.size} bytes, padding included, not {total}")

    offered = list(layouts(config, needed))
    if not offered:
        raise MappingError(f"no placement of {total} bytes of operands and result in the banks of {config.name} fits")
    steps = m * n * k
    best: tuple[float, Plan] | None = None
    compared, kinds = 0, {}
    for nest in orders(m, n, k):
        loops = {role: operand.loops(nest) for role, operand in needed.items() if not operand.source}
        if not all(loops_fit(config, needed[role].streamer, walked) for role, walked in loops.items()):
            continue
        cost = ConflictModel(config, needed, loops, steps)
        for places in offered:
            coarse, fine, shared = cost(places)
            score = coarse + 0.005 * fine + 0.02 * shared
            compared += 1
            kinds[order(nest)] = min(round(steps * coarse), kinds.get(order(nest), 1 << 62))
            if best is None or score < best[0] - 1e-9:
                best = score, Plan(problem, config, needed, places, nest, steps, coarse)
        if best and best[0] <= 1.005 + 1e-9:
            break
    if best is None:
        raise MappingError(f"no loop order of {m} x {n} x {k} tiles fits the loops of the streamers of {config.name}")
    return replace(best[1], compared=compared, alternatives=dict(sorted(kinds.items(), key=lambda item: item[1])))
