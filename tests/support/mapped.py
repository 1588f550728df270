# SPDX-License-Identifier: Apache-2.0
"""Evaluate a mapped combinational netlist for many inputs at once."""

import json
import subprocess

import numpy as np
from hwgen.fpga import yosys
from hwgen.fpga.flows import flow


def mapped(verilog: str, top: str, folder) -> dict:
    """Module ``top`` of ``verilog`` after the flow for UltraScale+, as Yosys's JSON describes it."""
    script, files = flow("xcup", top)
    for name, text in {"unit.v": verilog, "script.ys": script, **files}.items():
        (folder / name).write_text(text)
    subprocess.run([yosys.find(), "-q", "-l", "yosys.log", "-s", "script.ys"], cwd=folder, check=True)
    return json.loads((folder / "unit.json").read_text())["modules"][top]


def _lut(init: str, inputs: list) -> np.ndarray:
    index = sum(bit.astype(np.int64) << position for position, bit in enumerate(inputs))
    table = np.array([int(bit) for bit in reversed(init)], dtype=bool)
    return table[index]


def _cell(cell: dict, pins: dict) -> dict:
    """Values of a cell's outputs, by pin."""
    kind = cell["type"]
    if kind.startswith("LUT"):
        return {"O": [_lut(cell["parameters"]["INIT"], [pins[f"I{n}"][0] for n in range(int(kind[3:]))])]}
    if kind == "INV":
        return {"O": [~pins["I"][0]]}
    if kind.startswith("MUXF"):
        return {"O": [np.where(pins["S"][0], pins["I1"][0], pins["I0"][0])]}
    assert kind == "CARRY4", f"no model of {kind}"
    carry = pins["CI"][0] | pins["CYINIT"][0]
    sums, carries = [], []
    for select, data in zip(pins["S"], pins["DI"]):
        sums.append(select ^ carry)
        carry = np.where(select, carry, data)
        carries.append(carry)
    return {"O": sums, "CO": carries}


def evaluate(module: dict, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Unsigned value of each output port for arrays of unsigned input values.

    Parameters
    ----------
    module : dict
        From ``mapped``.
    inputs : dict of str to array of object or uint64
        All of one length.
    """
    count = len(next(iter(inputs.values())))
    values = {"0": np.zeros(count, bool), "1": np.ones(count, bool), "x": np.zeros(count, bool)}
    for name, array in inputs.items():
        for index, bit in enumerate(module["ports"][name]["bits"]):
            values[bit] = np.array((array >> index) & 1, dtype=bool)
    waiting = [cell for cell in module["cells"].values() if not cell["type"].startswith("$")]
    while waiting:
        later = []
        for cell in waiting:
            needed = [bit for pin, bits in cell["connections"].items()
                      if cell["port_directions"][pin] == "input" for bit in bits]
            if not all(bit in values for bit in needed):
                later.append(cell)
                continue
            pins = {pin: [values[bit] for bit in bits] for pin, bits in cell["connections"].items()
                    if cell["port_directions"][pin] == "input"}
            for pin, results in _cell(cell, pins).items():
                for bit, result in zip(cell["connections"].get(pin, []), results):
                    values[bit] = result
        assert len(later) < len(waiting), "combinational loop"
        waiting = later
    outputs = {}
    for name, port in module["ports"].items():
        if port["direction"] == "output":
            bits = [values[bit].astype(object) << index for index, bit in enumerate(port["bits"])]
            outputs[name] = sum(bits)
    return outputs
