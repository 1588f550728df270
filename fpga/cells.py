# SPDX-License-Identifier: Apache-2.0
"""What the primitives of each FPGA family hold and how signals pass through them.

Sizes follow AMD UG574 (UltraScale CLB) and UG573 (memory), and Lattice FPGA-TN-02204 (ECP5 memory);
ECP5 LUTs are counted as nextpnr counts them.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """LUTs and memory bits of one primitive."""

    luts: int = 0
    lutram_luts: int = 0
    lutram_bits: int = 0
    block_ram_bits: int = 0
    dsps: int = 0


def _lutram(luts: int, bits: int) -> Size:
    return Size(luts=luts, lutram_luts=luts, lutram_bits=bits)


_LUT = Size(luts=1)

XCUP_SIZES = {
    **{f"LUT{inputs}": _LUT for inputs in range(1, 7)}, "INV": _LUT,
    "RAM32X1S": _lutram(1, 32), "RAM64X1S": _lutram(1, 64), "RAM128X1S": _lutram(2, 128),
    "RAM256X1S": _lutram(4, 256), "RAM512X1S": _lutram(8, 512),
    "RAM32X1D": _lutram(2, 32), "RAM64X1D": _lutram(2, 64), "RAM128X1D": _lutram(4, 128), "RAM256X1D": _lutram(8, 256),
    "RAM32M": _lutram(4, 192), "RAM64M": _lutram(4, 192), "RAM32M16": _lutram(8, 448), "RAM64M8": _lutram(8, 448),
    "RAM32X16DR8": _lutram(8, 512), "RAM64X8SW": _lutram(8, 512),
    "SRL16E": _lutram(1, 16), "SRLC16E": _lutram(1, 16), "SRLC32E": _lutram(1, 32),
    "RAMB18E2": Size(block_ram_bits=18_432), "RAMB36E2": Size(block_ram_bits=36_864),
    "URAM288": Size(block_ram_bits=294_912), "DSP48E2": Size(dsps=1),
}

ECP5_SIZES = {
    "LUT4": _LUT, "CCU2C": Size(luts=2),
    # Four LUTs hold the words and two make the write port.
    "TRELLIS_DPR16X4": _lutram(6, 64),
    "DP16KD": Size(block_ram_bits=18_432), "PDPW16KD": Size(block_ram_bits=18_432),
    "MULT18X18D": Size(dsps=1), "ALU54B": Size(),
}

SIZES = {"xcup": XCUP_SIZES, "ecp5": ECP5_SIZES}

REGISTERS = re.compile(r"(FD[RSCP]E(_1)?|LD[CP]E|TRELLIS_FF)$")
"""Cells that hold one bit at ``Q``."""

_LUTRAM_READ = re.compile(r"(?:ADDR|DPRA|A|RAD)[A-H]?\d*$")


def levels(kind: str, pins: dict[str, list]) -> list[tuple[list, list, int]]:
    """Combinational arcs of one cell: source bits, target bits, levels of logic between them.

    A LUT, a read of LUT RAM and a multiplier are one level, wide multiplexers (MUXF7 to MUXF9,
    PFUMX, L6MUX21) none. Carry chains are not described here but in ``carry``.
    """
    def bits(*names: str) -> list:
        return [bit for name in names for bit in pins.get(name, ())]

    if re.match(r"LUT[1-6]$|INV$", kind):
        target = bits("O", "Z")
        return [([bit for name, wires in pins.items() if name not in "OZ" for bit in wires], target, 1)]
    if kind.startswith("MUXF"):
        return [(bits("I0", "I1", "S"), bits("O"), 0)]
    if kind in ("PFUMX", "L6MUX21"):
        return [(bits("ALUT", "BLUT", "C0", "D0", "D1", "SD"), bits("Z"), 0)]
    if kind in ("BUFG", "IBUF", "OBUF"):
        return [(bits("I"), bits("O"), 0)]
    if kind.startswith("MULT18X18"):
        return [([bit for name, wires in pins.items() if name[0] in "AB" for bit in wires],
                 [bit for name, wires in pins.items() if re.match(r"P\d+$", name) for bit in wires], 1)]
    if re.match(r"RAM(32|64)M", kind):
        return [(bits(f"ADDR{port}"), bits(f"DO{port}"), 1) for port in "ABCDEFGH"]
    if re.match(r"RAM\d+X|SRL|TRELLIS_DPR", kind):
        read = [bit for name, wires in pins.items() if _LUTRAM_READ.match(name) for bit in wires]
        return [(read, bits("O", "DO", "SPO", "DPO", "Q"), 1)]
    return []


def carry(kind: str, pins: dict[str, list]) -> list[tuple[list, object, list, list]] | None:
    """Bits of a carry chain from the lowest: inputs, carry in, sum output, carry output; or nothing.

    Entering the chain is one level, travelling along it none. ``None`` as carry in stands for the
    carry of the bit before.
    """
    if kind in ("CARRY4", "CARRY8"):
        width = int(kind[-1])
        chain = []
        for index in range(width):
            inputs = [pins["S"][index], pins["DI"][index]]
            if index == 0:
                inputs += pins.get("CYINIT", [])
            below = pins["CI"][0] if index == 0 else None
            sums, carries = (pins.get(pin, [])[index:index + 1] for pin in ("O", "CO"))
            chain.append((inputs, below, sums, carries))
        return chain
    if kind == "CCU2C":
        return [
            ([bit for name in "ABCD" for bit in pins.get(f"{name}0", ())], pins["CIN"][0], pins.get("S0", []), []),
            ([bit for name in "ABCD" for bit in pins.get(f"{name}1", ())], None, pins.get("S1", []), pins.get("COUT", [])),
        ]
    return None
