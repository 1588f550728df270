# SPDX-License-Identifier: Apache-2.0
"""Yosys scripts that map one unit onto each FPGA family."""

from pathlib import Path

FOLDER = Path(__file__).parent

TARGETS = {"xcup": "Xilinx UltraScale+, without DSP blocks", "ecp5": "Lattice ECP5, with DSP blocks"}

# Keeping wires that name a role lets registers be told apart after mapping.
_READ = """\
read_verilog unit.v
hierarchy -check -top {top}
proc
setattr -set keep 1 a:hwgen_role
"""

_XCUP = _READ + """\
synth_xilinx -family xcup -nodsp -flatten -noiopad -noclkbuf -top {top} -run begin:map_dsp
techmap -map booth_multiply.v -map carry_add.v
opt_clean
opt
synth_xilinx -family xcup -nodsp -flatten -noiopad -noclkbuf -top {top} -run coarse:check
blackbox =A:whitebox
write_json unit.json
"""

_ECP5 = _READ + """\
synth_ecp5 -top {top} -run begin:check
blackbox =A:whitebox
write_json unit.json
"""

_SCRIPTS = {"xcup": (_XCUP, ("booth_multiply.v", "carry_add.v")), "ecp5": (_ECP5, ())}


def flow(target: str, top: str) -> tuple[str, dict[str, str]]:
    """Script that reads ``unit.v`` and writes ``unit.json``, and the texts of the files it needs.

    Parameters
    ----------
    target : str
        One of ``TARGETS``.
    top : str
        Module to synthesize, flattened.

    Raises
    ------
    ValueError
        If the target is not known.
    """
    if target not in _SCRIPTS:
        raise ValueError(f"Target must be one of {', '.join(TARGETS)}, not {target!r}")
    script, maps = _SCRIPTS[target]
    # Identifiers that are escaped in Verilog are written with a backslash in scripts too.
    return script.format(top=f"\\{top}"), {name: (FOLDER / name).read_text(encoding="utf-8") for name in maps}
