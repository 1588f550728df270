# SPDX-License-Identifier: Apache-2.0
"""The Verilog that puts external memory behind a design's AXI4 port, if it has one."""

from collections.abc import Mapping
from importlib import resources

from ..errors import ToolError

PREFIX = "m_axi"
ADDRESS_SIGNALS = ("id", "addr", "len", "size", "burst", "lock", "cache", "prot", "qos", "valid", "ready")
SIGNALS = tuple(f"{channel}{signal}" for channel, names in {
    "aw": ADDRESS_SIGNALS,
    "w": ("data", "strb", "last", "valid", "ready"),
    "b": ("id", "resp", "valid", "ready"),
    "ar": ADDRESS_SIGNALS,
    "r": ("id", "data", "resp", "last", "valid", "ready"),
}.items() for signal in names)
"""Signals of an AXI4 port, without its prefix."""

MODULE, MODEL = "external_memory.sv", "external_memory.cpp"
HEADERS = ("external_memory.h", "external_bytes.h", "external_shared.h", "axi_checker.h")


def has_memory_port(widths: Mapping[str, int]) -> bool:
    """Whether a design with such ports, widths by name, asks for external memory."""
    return f"{PREFIX}_awaddr" in widths


def memory_sources() -> dict[str, str]:
    """Verilog and C++ of the memory by file name."""
    folder = resources.files(__package__)
    return {name: folder.joinpath(name).read_text() for name in (MODULE, MODEL, *HEADERS)}


def memory_instance(dut: str, widths: Mapping[str, int]) -> str:
    """Wires and the memory for a testbench that has ``clk`` and ``rst``.

    Raises
    ------
    ToolError
        If the design has some signals of the port but not all.
    """
    for name in SIGNALS:
        if f"{PREFIX}_{name}" not in widths:
            raise ToolError(f"module {dut!r} must have a port '{PREFIX}_{name}' for external memory")
    wires = [f"wire [{widths[f'{PREFIX}_{name}'] - 1}:0] {PREFIX}_{name};" for name in SIGNALS]
    parameters = {"DATA_BITS": "wdata", "ADDRESS_BITS": "awaddr", "ID_BITS": "awid"}
    values = ", ".join(f".{parameter}({widths[f'{PREFIX}_{name}']})" for parameter, name in parameters.items())
    ports = ", ".join(["clk(clk)", ".rst(rst)", *(f".{name}({PREFIX}_{name})" for name in SIGNALS)])
    return "\n  ".join([*wires, f"hwgen_external_memory #({values}) external_memory (.{ports});"])


def memory_ports() -> str:
    """Connections of the design to the wires, to come after others."""
    return "".join(f", .{PREFIX}_{name}({PREFIX}_{name})" for name in SIGNALS)
