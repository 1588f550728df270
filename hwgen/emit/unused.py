# SPDX-License-Identifier: Apache-2.0
"""Drops names that nothing reads from emitted Verilog.

Amaranth gives every field of a structure a wire of its own, for waveforms. Most are read nowhere; they
make up a third of the text and a linter rightly asks what they are for. Probes (`hwgen.parts.probe`), which
nothing in the design reads either, stay for those who watch it in simulation.
"""

import re
from collections import Counter, defaultdict

from ..parts.probe import PROBE_PREFIX

IDENTIFIER = re.compile(r"\\\S+|[A-Za-z_$][A-Za-z0-9_$]*")
DECLARATION = re.compile(r"^  wire (?:\[-?\d+:\d+\] )?(\\\S+ |[A-Za-z_$][A-Za-z0-9_$]*)\s*;$")
ASSIGNMENT = re.compile(r"^  assign (\\\S+|[A-Za-z_$][A-Za-z0-9_$]*)(?:\s|\[)[^=]*?=\s*(.*);$")


def without_unused(text: str) -> str:
    """``text`` without wires that are only assigned; all ports, registers, instances and probes stay."""
    return "".join(_clean(part) for part in re.split(r"(?m)^(?=module )", text))


def _clean(module: str) -> str:
    """One module; what a dropped assignment read may become unused in turn."""
    lines = module.split("\n")
    uses = Counter()
    declared, assigned, names = {}, defaultdict(list), []
    for number, line in enumerate(lines):
        found = IDENTIFIER.findall(line)
        names.append(found)
        uses.update(found)
        if match := DECLARATION.match(line):
            if not match[1].startswith(PROBE_PREFIX):
                declared[match[1].strip()] = number
        elif match := ASSIGNMENT.match(line):
            assigned[match[1]].append(number)
    dropped = set()

    def unused(name: str) -> bool:
        return name in declared and uses[name] == 1 + len(assigned[name]) and declared[name] not in dropped

    waiting = [name for name in declared if unused(name)]
    while waiting:
        name = waiting.pop()
        if not unused(name):
            continue
        for number in (declared[name], *assigned[name]):
            dropped.add(number)
            for other in names[number]:
                uses[other] -= 1
                if other != name and unused(other):
                    waiting.append(other)
    return "\n".join(line for number, line in enumerate(lines) if number not in dropped)
