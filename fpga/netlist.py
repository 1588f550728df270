# SPDX-License-Identifier: Apache-2.0
"""The mapped netlist of one unit, as read from Yosys's JSON and kept in the cache."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from hwgen.errors import ToolError

from .cells import REGISTERS

ROLES = ("data", "configuration", "control")
"""What a register is for; what carries no ``hwgen_role`` attribute is control."""


@dataclass
class Netlist:
    """Cells and ports over numbered bits.

    Attributes
    ----------
    ports : dict of str to (str, list)
        Direction, and bits from the lowest; a bit is a number or one of "0", "1", "x", "z".
    cells : list of (str, dict of str to list)
        Kind of cell, and the bits at each of its pins.
    outputs : dict of str to list of str
        Output pins of each kind of cell.
    roles : dict of int to str
        Role of those bits whose wire names one.
    names : dict of int to str
        Name of each register's bit, for reports.
    """

    ports: dict
    cells: list
    outputs: dict
    roles: dict
    names: dict

    @classmethod
    def from_yosys(cls, design: dict, top: str) -> "Netlist":
        """The module ``top`` of a parsed ``write_json`` file.

        Raises
        ------
        ToolError
            If it holds a cell that is not of the FPGA family.
        """
        module = design["modules"][top]
        cells, outputs = [], {}
        for cell in module["cells"].values():
            if cell["type"] == "$scopeinfo":
                continue
            if cell["type"].startswith("$"):
                raise ToolError(f"Synthesis of {top} left a cell {cell['type']} unmapped")
            cells.append((cell["type"], cell["connections"]))
            outputs.setdefault(cell["type"], sorted(
                pin for pin, way in cell["port_directions"].items() if way == "output"))
        registers = {bit for kind, pins in cells if REGISTERS.match(kind) for bit in pins["Q"]}
        roles, names = {}, {}
        for name, wire in module["netnames"].items():
            role = wire["attributes"].get("hwgen_role")
            for index, bit in enumerate(wire["bits"]):
                if bit in registers:
                    if role in ROLES:
                        roles[bit] = role
                    if not name.startswith("$") and (bit not in names or role):
                        names[bit] = f"{name}[{index}]" if len(wire["bits"]) > 1 else name
        ports = {name: (port["direction"], port["bits"]) for name, port in module["ports"].items()}
        return cls(ports, cells, outputs, roles, names)

    @property
    def registers(self) -> dict[str, int]:
        """Number of registers of each role."""
        counts = dict.fromkeys(ROLES, 0)
        for kind, pins in self.cells:
            if REGISTERS.match(kind):
                counts[self.roles.get(pins["Q"][0], "control")] += 1
        return counts

    def save(self, path: Path) -> None:
        with gzip.open(path, "wt", compresslevel=3, encoding="utf-8") as file:
            json.dump({name: getattr(self, name) for name in ("ports", "cells", "outputs", "roles", "names")}, file)

    @classmethod
    def load(cls, path: Path) -> "Netlist":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            fields = json.load(file)
        for name in ("roles", "names"):
            fields[name] = {int(bit): value for bit, value in fields[name].items()}
        return cls(**fields)
