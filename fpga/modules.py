# SPDX-License-Identifier: Apache-2.0
"""Taking emitted Verilog apart: which modules a unit consists of, and stubs to put in its place."""

import re
from dataclasses import dataclass
from pathlib import Path

from hwgen.errors import ToolError

_MODULE = re.compile(r"^[ \t]*(?:\(\*[^\n]*\*\)\s*)?module\s+(\\\S+|\w+).*?^[ \t]*endmodule[^\n]*$", re.MULTILINE | re.DOTALL)
_INSTANCE = re.compile(r"^\s*(\\\S+|\w+)\s+(?:#\s*\(.*?\)\s*)?(\\\S+|\w+)\s*\(", re.MULTILINE | re.DOTALL)
_PORT = re.compile(r"^\s*(?:input|output|inout)\b[^;]*;", re.MULTILINE)
_EMISSION_COUNTER = re.compile(r"(dump_module\$)\d+")


@dataclass(frozen=True)
class Source:
    """Modules of one or more Verilog files: text by name, names without the escaping backslash."""

    modules: dict[str, str]

    @classmethod
    def read(cls, *paths: Path) -> "Source":
        """Raises ToolError if a file cannot be read or holds no module."""
        modules = {}
        for path in paths:
            try:
                text = Path(path).read_text(encoding="utf-8")
            except OSError as error:
                raise ToolError(f"Cannot read {path}: {error.strerror}") from error
            found = {match[1].removeprefix("\\"): match[0] for match in _MODULE.finditer(text)}
            if not found:
                raise ToolError(f"No Verilog module in {path}")
            modules |= found
        return cls(modules)

    def instances(self, name: str) -> dict[str, str]:
        """Module of each instance in module ``name``, by instance name."""
        if name not in self.modules:
            raise ToolError(f"No module {name!r} in the Verilog; it has {', '.join(sorted(self.modules)[:8])}")
        pairs = ((match[2].removeprefix("\\"), match[1].removeprefix("\\"))
                 for match in _INSTANCE.finditer(self.modules[name]))
        return {instance: module for instance, module in pairs if module in self.modules and module != name}

    def closure(self, name: str) -> str:
        """Text of module ``name`` and all it instantiates, in an order that depends on them only."""
        needed, pending = set(), [name]
        while pending:
            module = pending.pop()
            if module not in needed:
                needed.add(module)
                pending += self.instances(module).values()
        text = "\n\n".join(self.modules[module] for module in sorted(needed))
        return _EMISSION_COUNTER.sub(r"\g<1>0", text) + "\n"

    def stub(self, name: str) -> str:
        """Module ``name`` with its ports only."""
        text = self.modules[name]
        header = text[:text.index(";") + 1].lstrip()
        ports = "\n".join(match[0].strip() for match in _PORT.finditer(text[len(header):]))
        return f"(* blackbox, keep *)\n{header}\n{ports}\nendmodule\n"

    def around(self, name: str, units: set[str]) -> str:
        """Module ``name`` and all it instantiates, with stubs for the modules in ``units``."""
        stubbed = Source({module: self.stub(module) if module in units else text
                          for module, text in self.modules.items()})
        return stubbed.closure(name)
