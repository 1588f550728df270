# SPDX-License-Identifier: Apache-2.0
"""What was generated, for programs: one JSON document beside the design."""

import hashlib
import json
import re
from typing import Any

from .. import __version__
from ..config import ClusterConfig
from ..config.register_map import Block, RegisterMap

MANIFEST_VERSION = 1
"""Version of the manifest's keys; changes whenever one is renamed or changes its meaning."""
MANIFEST_NAME = "manifest.json"

PORT = re.compile(r"^  (input|output|inout)\s+(?:wire\s+|reg\s+)?(?:\[(\d+):(\d+)\]\s*)?(\w+)\s*;", re.MULTILINE)


def manifest(config: ClusterConfig, *, top: str, bank: str, verilog: str, files: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Everything a program must know of a generated cluster.

    Parameters
    ----------
    config : ClusterConfig
    top, bank : str
        Names of the modules of the cluster and of one bank.
    verilog : str
        The design.
    files : dict
        Name and text of each file, by its role.
    """
    registers = RegisterMap(config)
    memory = config.memory
    return {
        "manifest_version": MANIFEST_VERSION,
        "hwgen_version": __version__,
        "name": config.name,
        "config_hash": config.config_hash,
        "top_module": top,
        "bank_module": {"name": bank, "instances": memory.banks, "width": memory.bank_width,
                        "depth": memory.bank_depth, "ports": module_ports(verilog, bank)},
        "files": {role: {"name": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}
                  for role, (name, text) in files.items()},
        "ports": module_ports(verilog, top),
        "units": [{"name": unit.name, "kind": unit.kind, "index": registers.unit_index(unit.name)}
                  for unit in registers.units],
        "address_bits": registers.address_bits,
        "memory_window": {"address": registers.window_base, "bytes": memory.size},
        "registers": {f"{block.name}.{word.name}": _register(block, word) for block in registers.blocks
                      for word in block.registers},
        "config": config.model_dump(mode="json"),
    }


def manifest_text(document: dict[str, Any]) -> str:
    """The manifest as it is written, keys in a fixed order."""
    return json.dumps(document, indent=2) + "\n"


def module_ports(verilog: str, module: str) -> list[dict[str, str | int]]:
    """Name, direction and width of each port of a module of the emitted Verilog, in its order."""
    start = re.search(rf"^module {module}\s*\(([^)]*)\)", verilog, re.MULTILINE)
    if start is None:
        raise ValueError(f"Verilog must hold a module {module!r}")
    body = verilog[start.end():verilog.index("\nendmodule", start.end())]
    ports = {name: {"name": name, "direction": direction, "width": int(high or 0) - int(low or 0) + 1}
             for direction, high, low, name in PORT.findall(body)}
    return [ports[name.strip()] for name in start.group(1).split(",")]


def _register(block: Block, word) -> dict[str, Any]:
    fields = [{"name": field.name, "offset": field.offset, "width": field.width, "signed": field.signed,
               "reset": field.reset, "maximum": field.highest} for field in word.fields]
    return {"address": block.address(word.name), "access": word.access, "reset": word.reset, "fields": fields}
