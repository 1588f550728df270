# SPDX-License-Identifier: Apache-2.0
"""What extensions make of words, by hand."""

import pytest
from hwgen.sim.fuzz.extend import extended

MEMORY = {"banks": 4, "bank_width": 16, "bank_depth": 8}


def run(words, extensions, kept=None, **fields):
    streamer = {"extensions": extensions}
    enables = {f"{extension['kind']}_enable": 1 for extension in extensions}
    return extended(words, kept or [2] * len(words), streamer, MEMORY, enables | fields)


def test_bypassed_unless_enabled():
    assert run([1, 2], [{"kind": "broadcaster", "factor": 2}], broadcaster_enable=0) == [1, 2]


def test_square_tiles_are_transposed():
    assert run([0x0201, 0x0403], [{"kind": "transposer", "element_width": 8, "rows": None}]) == [0x0301, 0x0402]


def test_tiles_of_any_rows_are_transposed():
    # Rows 1 2 3 4 and 5 6 7 8 become 1 5, 2 6, 3 7, 4 8.
    words = [0x0201, 0x0403, 0x0605, 0x0807]
    assert run(words, [{"kind": "transposer", "element_width": 8, "rows": 2}]) == [0x0501, 0x0602, 0x0703, 0x0804]


def test_first_words_are_repeated():
    assert run([1, 2, 3, 4], [{"kind": "broadcaster", "factor": 2}]) == [1, 2, 1, 2]


@pytest.mark.parametrize("element, fields, expected", [
    (5, {"multiplier": 1, "shift": 1}, 3), (-5, {"multiplier": 1, "shift": 1}, -2), (5, {"multiplier": 3, "shift": 0}, 15),
    (127, {"multiplier": 2, "shift": 0}, 127), (-128, {"multiplier": 2, "shift": 0}, -128),
    (10, {"multiplier": 1, "shift": 0, "input_zero_point": 4, "output_zero_point": -3}, 3)])
def test_elements_are_rescaled(element, fields, expected):
    word = (element & 0xFF) * 0x0101
    named = {f"requantize_{name}": value for name, value in fields.items()}
    assert run([word], [{"kind": "requantize", "element_width": 8}], **named) == [(expected & 0xFF) * 0x0101]


def test_what_was_left_out_is_filled():
    assert run([0x0001, 0], [{"kind": "zero_fill", "element_width": 8}], [1, 0], zero_fill_fill_value=-2) == [0xFE01, 0xFEFE]
    assert run([0x0001], [{"kind": "zero_fill", "element_width": 16}], [1], zero_fill_fill_value=0x1234) == [0x1201]


def test_order_is_that_of_the_list():
    chain = [{"kind": "broadcaster", "factor": 2}, {"kind": "transposer", "element_width": 8, "rows": None}]
    assert run([0x0201, 0x0403], chain) == [0x0101, 0x0202]
    assert run([0x0201, 0x0403], chain[::-1]) == [0x0301, 0x0301]


def test_foreign_extensions_are_refused():
    with pytest.raises(ValueError, match="ships with the generator, not 'floor'"):
        run([1], [{"kind": "floor"}])
