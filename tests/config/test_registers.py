# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config.registers import Field, Unit, packed, register


def test_fields_are_packed_upwards_from_bit_0():
    word = packed("word", "", Field("a", 3, ""), Field("b", 1, ""), Field("c", 8, "", signed=True))
    assert [(field.name, field.offset) for field in word.fields] == [("a", 0), ("b", 3), ("c", 4)]
    assert word.pack({"a": 5, "b": 1, "c": -1}) == 0xFFD


def test_fields_not_named_keep_their_reset():
    word = packed("word", "", Field("a", 4, "", reset=9), Field("b", 4, ""))
    assert word.reset == 9
    assert word.pack({"b": 2}) == 0x29


def test_a_signed_field_alone_is_sign_extended():
    assert register("x", 12, "", signed=True).pack({"x": -2}) == 0xFFFF_FFFE
    assert register("x", 32, "", signed=True).pack({"x": -1}) == 0xFFFF_FFFF


@pytest.mark.parametrize("options, lowest, highest", [
    ({}, 0, 255), ({"signed": True}, -128, 127), ({"maximum": 9}, 0, 9)])
def test_range(options, lowest, highest):
    word = register("x", 8, "", **options)
    assert (word.fields[0].lowest, word.fields[0].highest) == (lowest, highest)
    for value in (lowest - 1, highest + 1):
        with pytest.raises(ValueError, match=rf"x must be within {lowest}\.\.{highest}, not {value}"):
            word.pack({"x": value})


@pytest.mark.parametrize("width, offset", [(0, 0), (33, 0), (8, 25)])
def test_rejects_fields_beyond_the_word(width, offset):
    with pytest.raises(ValueError, match=f"within 32 bits, not {width} bits at {offset}"):
        Field("x", width, "", offset=offset)


def test_unit_lists_the_fields_of_all_its_words():
    unit = Unit("A", "streamer", (register("x", 8, ""), packed("y", "", Field("p", 1, ""), Field("q", 1, ""))))
    assert [field.name for field in unit.fields] == ["x", "p", "q"]


def test_options_of_a_packed_word():
    word = packed("word", "", Field("a", 1, ""), access="ro")
    assert (word.access, word.one_clears) == ("ro", False)
    assert packed("word", "", Field("a", 1, ""), one_clears=True).one_clears


def test_unpacking_undoes_packing():
    word = packed("word", "Two fields.", Field("low", 4, "Bits 0 to 3."), Field("high", 5, "Bits 4 to 8."))
    assert word.unpack(word.pack({"low": 9, "high": 17})) == {"low": 9, "high": 17}
    assert word.unpack(0xFFFF_FE21) == {"low": 1, "high": 2}
