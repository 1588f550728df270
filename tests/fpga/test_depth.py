# SPDX-License-Identifier: Apache-2.0
import pytest
from hwgen.fpga.depth import depth, joined_depth
from hwgen.fpga.netlist import Netlist

from hwgen.errors import ToolError


def lut(*bits):
    *inputs, output = bits
    return f"LUT{len(inputs)}", {**{f"I{n}": [bit] for n, bit in enumerate(inputs)}, "O": [output]}


def register(data, output):
    return "FDRE", {"C": ["0"], "CE": ["1"], "D": [data], "R": ["0"], "Q": [output]}


def carry(select, data, sums, carries, below="0"):
    return "CARRY4", {"S": select, "DI": data, "O": sums, "CO": carries, "CI": [below], "CYINIT": ["0"]}


OUTPUTS = {"FDRE": ["Q"], **{f"LUT{n}": ["O"] for n in range(1, 7)}, "CARRY4": ["O", "CO"], "MUXF7": ["O"],
           "RAM32M": ["DOA", "DOB", "DOC", "DOD"], "RAMB36E2": ["DOUTADOUT"]}


def netlist(*cells, ports=None, names=None):
    return Netlist(ports or {}, list(cells), OUTPUTS, {}, names or {})


def test_luts_count_one_and_wide_multiplexers_none():
    result = depth(netlist(
        register(5, 1), lut(1, 2), lut(2, 3), ("MUXF7", {"I0": [3], "I1": [1], "S": [2], "O": [4]}), lut(4, 5),
        names={1: "state"},
    ))
    assert (result.levels, result.start, result.end) == (3, "state", "state")


def test_chain_counts_one_however_long():
    result = depth(netlist(
        register("0", 1), lut(1, 2),
        carry([2, "0", "0", "0"], [1, "0", "0", "0"], [10, 11, 12, 13], [20, 21, 22, 23]),
        carry(["0", "0", "0", "0"], ["0", "0", "0", "0"], [14, 15, 16, 17], [24, 25, 26, 27], below=23),
        register(17, 30),
    ))
    assert result.levels == 2


def test_sums_do_not_depend_on_higher_bits_of_the_chain():
    result = depth(netlist(
        register("0", 1), carry([1, 10, "0", "0"], [1, 1, "0", "0"], [10, 11, 12, 13], [20, 21, 22, 23]),
        register(13, 30),
    ))
    assert result.levels == 2


def test_lut_memory_is_read_through_and_block_memory_is_not():
    ram = ("RAM32M", {"ADDRA": [1], "DIA": [9], "WCLK": ["0"], "DOA": [2]})
    assert depth(netlist(register("0", 1), ram, lut(2, 3), register(3, 4))).levels == 2
    block = ("RAMB36E2", {"ADDRARDADDR": [1], "DOUTADOUT": [2]})
    assert depth(netlist(register("0", 1), lut(1, 5), block, lut(2, 3), lut(3, 6), register(6, 4))).levels == 2


def test_ports_begin_and_end_paths():
    result = depth(netlist(lut(1, 2), ports={"i": ("input", [1]), "o": ("output", [2])}))
    assert (result.levels, result.start, result.end) == (1, "i", "o")


def test_joined_path_crosses_units():
    unit = netlist(lut(1, 2), ports={"i": ("input", [1]), "o": ("output", [2])})
    top = netlist(
        register(5, 1), ("first", {"i": [1], "o": [2]}), lut(2, 3), ("second", {"i": [3], "o": [5]}), names={1: "r"},
    )
    result = joined_depth(top, {"F": unit, "S": unit}, {"first": "F", "second": "S"})
    assert (result.levels, result.start, result.end) == (3, "r", "r")


def test_combinational_loop_is_refused():
    with pytest.raises(ToolError, match="Combinational loop of 2 bits"):
        depth(netlist(lut(1, 2), lut(2, 1)))
