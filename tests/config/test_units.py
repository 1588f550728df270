# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config import MemoryConfig, QuantizerConfig, StreamerConfig, preset, preset_names
from hwgen.config.quantizer import quantizer_unit
from hwgen.config.registers import Field
from hwgen.config.streamer_unit import enable_name, parameter_fields, streamer_unit
from hwgen.config.units import units


def test_units_stand_in_the_order_of_the_config():
    assert [unit.name for unit in units(preset("datamaestro"))][:6] == list(preset("datamaestro").streamers)
    assert [unit.name for unit in units(preset("datamaestro"))][6:] == ["L", "S", "core", "quantizer", "load", "store", "notify"]
    assert [unit.kind for unit in units(preset("datamaestro-paper"))][-2:] == ["core", "quantizer"]


@pytest.mark.parametrize("name", preset_names())
def test_fields_of_a_unit_have_different_names(name):
    for unit in units(preset(name)):
        names = [field.name for field in unit.fields]
        assert len(set(names)) == len(names)


def test_registers_follow_the_dimensions():
    config = StreamerConfig(mode="read", spatial_bounds=(2, 2), temporal_dimensions=2, bound_width=12, groups=(8, 4, 1))
    unit = streamer_unit("S", config, MemoryConfig())
    assert [word.name for word in unit.registers] == [
        "base", "spatial_stride_0", "spatial_stride_1", "temporal_bound_0", "temporal_bound_1",
        "temporal_stride_0", "temporal_stride_1", "options"]
    fields = {field.name: field for field in unit.fields}
    assert fields["temporal_bound_0"].width == 12 and not fields["temporal_bound_0"].signed
    assert fields["temporal_stride_0"].signed and fields["base"].signed
    assert (fields["addressing_mode"].width, fields["addressing_mode"].highest) == (2, 2)


def test_nothing_to_choose_needs_no_options():
    config = StreamerConfig(mode="write", spatial_bounds=(2,), groups=(8,))
    assert "options" not in [word.name for word in streamer_unit("S", config, MemoryConfig()).registers]


def test_every_extension_has_a_switch():
    config = preset("datamaestro")
    for name, streamer in config.streamers.items():
        fields = {field.name for field in streamer_unit(name, streamer, MemoryConfig()).fields}
        assert {f"{extension.kind}_enable" for extension in streamer.extensions} <= fields


def fields_of(**options):
    """Registers and fields of a streamer of 8 times 3 channels with 5 loops."""
    config = StreamerConfig(mode="read", spatial_bounds=(8, 3), temporal_dimensions=5, **options)
    unit = streamer_unit("S", config, MemoryConfig())
    return {word.name: [field.name for field in word.fields] for word in unit.registers}, {field.name: field for field in unit.fields}


def test_rows_are_two_words():
    words, fields = fields_of(row_wrap=True)
    assert {name: words[name] for name in ("row", "row_wrap")} == {"row": ["row_length", "row_loop"], "row_wrap": ["row_wrap"]}
    assert (fields["row_length"].width, fields["row_loop"].width, fields["row_loop"].highest) == (16, 3, 4)
    assert fields["row_wrap"].signed and fields["row_wrap"].width == fields["spatial_stride_0"].width


def test_tails_are_a_word_for_each_spatial_dimension_and_one_for_words():
    words, fields = fields_of(tail_masks=True)
    assert words["tail_0"] == ["tail_loops_0", "tail_lanes_0", "tail_bytes_0"]
    assert words["tail_1"] == ["tail_loops_1", "tail_lanes_1", "tail_bytes_1"]
    assert words["tail_word"] == ["tail_word_loops", "tail_word_bytes"]
    assert [fields[name].highest for name in ("tail_loops_0", "tail_lanes_0", "tail_lanes_1", "tail_bytes_1", "tail_word_bytes")] == [
        31, 8, 3, 8, 8]


def test_without_options_there_is_no_word_for_them():
    words, _ = fields_of()
    assert not [name for name in words if name.startswith(("row", "tail"))]


def test_largest_streamer_has_words_for_everything():
    """Widest loops, lanes, words and bounds, in 32 bits."""
    config = StreamerConfig(mode="read", spatial_bounds=(128,), temporal_dimensions=12, bound_width=24, row_wrap=True, tail_masks=True)
    unit = streamer_unit("S", config, MemoryConfig(banks=256, bank_width=512, bank_depth=65536))
    assert len({field.name for field in unit.fields}) == len(unit.fields)


class Parametrized:
    """Stands for an extension that has fields of its own."""

    kind, label = "gain", "left"

    def __init__(self, *widths):
        self.fields = tuple(Field(f"value_{i}", width, "What it is.", signed=i == 1) for i, width in enumerate(widths))


@pytest.mark.parametrize("widths, words", [
    ((), {}),
    ((7,), {"left_value_0": ["left_value_0"]}),
    ((16, 16), {"left_parameters_0": ["left_value_0", "left_value_1"]}),
    ((20, 20, 12, 1), {"left_value_0": ["left_value_0"], "left_parameters_1": ["left_value_1", "left_value_2"], "left_value_3": ["left_value_3"]}),
])
def test_fields_of_an_extension_are_packed_in_order(widths, words):
    extension = Parametrized(*widths)
    config = StreamerConfig(mode="read", spatial_bounds=(8,)).model_copy(update={"extensions": (extension,)})
    unit = streamer_unit("S", config, MemoryConfig())
    assert {word.name: [f.name for f in word.fields] for word in unit.registers if word.name.startswith("left")} == words
    assert [field.name for field in parameter_fields(extension)] == [f"left_value_{i}" for i in range(len(widths))]
    assert enable_name(extension) == "left_enable" in [field.name for field in unit.fields]


@pytest.mark.parametrize("name, count", [("datamaestro", 1), ("datamaestro-paper", 8)])
def test_quantizer_has_a_multiplier_for_every_channel(name, count):
    quantizer = next(unit for unit in units(preset(name)) if unit.name == "quantizer")
    fields = [field.name for field in quantizer.fields]
    assert sum(field.startswith("multiplier_") for field in fields) == count


def quantizer_fields(**config):
    return {field.name: field for field in quantizer_unit(QuantizerConfig(**config)).fields}


@pytest.mark.parametrize("width", [4, 8, 16])
def test_limits_of_the_quantizer_hold_signed_and_unsigned_results(width):
    fields = quantizer_fields(result_width=width)
    for name in ("output_zero_point", "minimum", "maximum"):
        assert (fields[name].lowest, fields[name].highest) == (-(1 << width), (1 << width) - 1)
    assert (fields["input_zero_point"].lowest, fields["input_zero_point"].highest) == (-128, 127)


@pytest.mark.parametrize("modes, width, highest", [
    (("half_up", "double"), 1, 1), (("double", "gemmlowp", "half_even"), 2, 2),
    (("double", "gemmlowp", "half_even", "half_up"), 2, 3)])
def test_rounding_numbers_the_modes_built_in(modes, width, highest):
    field = quantizer_fields(rounding_modes=modes)["rounding"]
    assert (field.width, field.highest) == (width, highest)
    assert all(f"{mode} ({number})" in field.meaning for number, mode in enumerate(modes))


def test_quantizer_without_a_choice_needs_no_options():
    assert "options" not in [word.name for word in quantizer_unit(QuantizerConfig(rounding_modes=("half_even",))).registers]
    assert "per_channel" not in quantizer_fields()
    assert quantizer_fields(parameter_stream=True, rounding_modes=("double",))["per_channel"].width == 1
