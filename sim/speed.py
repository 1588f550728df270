# SPDX-License-Identifier: Apache-2.0
"""How fast a design simulates, next to a bare array of multiply-accumulates on the same path."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypedDict

from amaranth.back import verilog

from .bare_array import BareArray
from .build import BuiltSimulator, build
from .cache import cache_dir, content_key, make_once
from .program import Program
from .session import Session

BARE_TOP = "bare_array"
REPEATS = 5
BARE_CYCLES = 500_000


class Speed(TypedDict):
    """Medians over the repeats, and all single figures.

    The ``cpu_`` figures count processor time, which on a machine with other work to do is the steadier one.
    """

    cycles_per_second: float
    bare_cycles_per_second: float
    ratio: float
    cpu_cycles_per_second: float
    cpu_bare_cycles_per_second: float
    cpu_ratio: float
    cycles: int
    runs: list[float]
    bare_runs: list[float]


def build_bare_array(m: int = 8, n: int = 8, k: int = 8) -> BuiltSimulator:
    """Simulator of the bare array.

    Raises
    ------
    ToolError
        If building fails.
    """
    source = Path(__file__).with_name("bare_array.py")
    folder = cache_dir() / "verilog" / f"{BARE_TOP}-{m}x{n}x{k}-{content_key(source)}"

    def emit(target: Path) -> None:
        text = verilog.convert(BareArray(m, n, k), name=BARE_TOP, emit_src=False, strip_internal_attrs=True)
        (target / f"{BARE_TOP}.v").write_text(text)

    return build([make_once(folder, emit) / f"{BARE_TOP}.v"], BARE_TOP, kind="free")


def measure_speed(
    built: BuiltSimulator,
    program: Program,
    *,
    bare: BuiltSimulator | None = None,
    setup: Program | None = None,
    repeats: int = REPEATS,
    bare_cycles: int = BARE_CYCLES,
) -> Speed:
    """Simulated cycles per second of a design playing a program, and of the bare array.

    The two take turns, so that whatever else the machine does weighs on both alike. Only the
    simulation counts, neither compiling nor starting.

    Parameters
    ----------
    built : BuiltSimulator
        Of kind ``player``.
    program : Program
        Played once per repeat; long enough to be timed, 100,000 cycles or more.
    bare : BuiltSimulator, optional
        To compare with; the bare 8 x 8 x 8 array by default.
    setup : Program, optional
        Played once before, such as filling memories.
    repeats, bare_cycles : int

    Raises
    ------
    ToolError
        If building or simulating fails.
    """
    if repeats < 1:
        raise ValueError(f"repeats must be 1 or more, not {repeats!r}")
    bare = bare or build_bare_array()
    runs: list[_Run] = []
    bare_runs: list[_Run] = []
    with Session(built) as session, Session(bare) as bare_session:
        if setup is not None:
            session.play(setup)
        bare_session.run(bare_cycles // 10)
        for _ in range(repeats):
            runs.append(_timed(session, lambda: session.play(program)))
            bare_runs.append(_timed(bare_session, lambda: bare_session.run(bare_cycles)))
    pairs = list(zip(runs, bare_runs))
    return Speed(
        cycles_per_second=median(run.rate for run in runs),
        bare_cycles_per_second=median(run.rate for run in bare_runs),
        ratio=median(own.rate / other.rate for own, other in pairs),
        cpu_cycles_per_second=median(run.cpu_rate for run in runs),
        cpu_bare_cycles_per_second=median(run.cpu_rate for run in bare_runs),
        cpu_ratio=median(own.cpu_rate / other.cpu_rate for own, other in pairs),
        cycles=runs[-1].cycles,
        runs=[run.rate for run in runs],
        bare_runs=[run.rate for run in bare_runs],
    )


class _Run(NamedTuple):
    cycles: int
    rate: float
    cpu_rate: float


def _timed(session: Session, work: Callable[[], object]) -> _Run:
    cycles, seconds, cpu_seconds = session.cycles, session.seconds, session.cpu_seconds
    work()
    cycles = session.cycles - cycles
    return _Run(cycles, cycles / (session.seconds - seconds), cycles / (session.cpu_seconds - cpu_seconds))
