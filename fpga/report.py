# SPDX-License-Identifier: Apache-2.0
"""What a design costs on an FPGA: figures per unit and in total, as data, JSON and table."""

import json
from dataclasses import asdict, dataclass, fields

from rich.table import Table

from .cells import SIZES
from .depth import Depth, depth
from .netlist import ROLES, Netlist

FORMAT = 1
"""Version of the JSON form."""


@dataclass(frozen=True)
class Cost:
    """Cost of one unit, or of all.

    Attributes
    ----------
    luts : int
        Cells LUT1 to LUT6 and inverters, and LUTs used as memory; wide multiplexers and carry
        chains are not LUTs. On ECP5 as nextpnr counts: two for a carry cell, six for a
        16 x 4 memory.
    lutram_luts : int
        Those of ``luts`` used as memory or shift register.
    data_registers, configuration_registers, control_registers : int
        Flip-flops by the ``hwgen_role`` attribute of the wire they drive; control if it has none.
    block_ram_bits, lutram_bits : int
        Capacity of the memory cells used.
    dsps : int
    depth : int
        Levels of logic on the longest path, see ``fpga.depth``. Of a unit, ports count as
        registers; in total, paths run through all units.
    path : str
        Where that path begins and ends.
    """

    luts: int
    lutram_luts: int
    data_registers: int
    configuration_registers: int
    control_registers: int
    block_ram_bits: int
    lutram_bits: int
    dsps: int
    depth: int
    path: str

    @property
    def registers(self) -> int:
        return self.data_registers + self.configuration_registers + self.control_registers


_SUMMED = [field.name for field in fields(Cost) if field.name not in ("depth", "path")]


@dataclass(frozen=True)
class SynthesisReport:
    """Result of one synthesis.

    Attributes
    ----------
    top, target, tool : str
        Top module, FPGA family, and program with its version.
    units : dict of str to Cost
        By label, in the order asked for; what lies between the units is called ``glue``.
    total : Cost
    """

    top: str
    target: str
    tool: str
    units: dict[str, Cost]
    total: Cost

    def to_json(self) -> dict:
        """JSON-ready form whose keys only change together with ``format``."""
        def cost(value: Cost) -> dict:
            return asdict(value) | {"registers": value.registers}

        return {
            "format": FORMAT, "top": self.top, "target": self.target, "tool": self.tool,
            "units": {label: cost(unit) for label, unit in self.units.items()}, "total": cost(self.total),
        }

    def dumps(self) -> str:
        return json.dumps(self.to_json(), indent=2) + "\n"

    def table(self) -> Table:
        """Table for a terminal, one row for each unit."""
        table = Table(title=f"{self.top} on {self.target} ({self.tool})", show_footer=True, box=None, padding=(0, 2, 0, 0), pad_edge=False)
        columns = {
            "LUTs": "luts", "of them\nRAM": "lutram_luts", "data\nregs": "data_registers",
            "config\nregs": "configuration_registers", "control\nregs": "control_registers",
            "block RAM\nbits": "block_ram_bits", "LUT RAM\nbits": "lutram_bits", "DSPs": "dsps", "depth": "depth",
        }
        if not self.total.dsps:
            del columns["DSPs"]
        table.add_column("unit", footer="total", no_wrap=True)
        for title, name in columns.items():
            table.add_column(title, footer=f"{getattr(self.total, name):,}", justify="right")
        for label, unit in self.units.items():
            table.add_row(label, *(f"{getattr(unit, name):,}" for name in columns.values()))
        table.caption = f"Registers by role. Longest path: {self.total.path}"
        return table


def _described(longest: Depth) -> dict:
    return {"depth": longest.levels, "path": f"{longest.start} to {longest.end}" if longest.levels else ""}


def cost_of(netlist: Netlist, target: str) -> Cost:
    """Count one mapped unit."""
    sizes = SIZES[target]
    used = [sizes[kind] for kind, _ in netlist.cells if kind in sizes]
    return Cost(
        **{name: sum(getattr(size, name) for size in used)
           for name in ("luts", "lutram_luts", "block_ram_bits", "lutram_bits", "dsps")},
        **{f"{role}_registers": netlist.registers[role] for role in ROLES},
        **_described(depth(netlist)),
    )


def total_of(units: dict[str, Cost], longest: Depth) -> Cost:
    """Sum of ``units``, with the longest path through all of them."""
    return Cost(**{name: sum(getattr(unit, name) for unit in units.values()) for name in _SUMMED},
                **_described(longest))
