# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config import MemoryConfig, QuantizerConfig, StreamerConfig, preset, preset_names
from hwgen.config.quantizer import quantizer_unit
from hwgen.config.streamer_unit import streamer_unit
from hwgen.config.units import units


def test_units_stand_in_the_order_of_the_config():
    assert [unit.name for unit in units(preset("datamaestro"))][:5] == list(preset("datamaestro").streamers)
    assert [unit.kind for unit in units(preset("datamaestro"))][-2:] == ["core", "quantizer"]


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


@pytest.mark.parametrize("name, count", [("datamaestro", 1), ("datamaestro-paper", 8)])
def test_quantizer_has_a_multiplier_for_every_channel(name, count):
    fields = [field.name for field in units(preset(name))[-1].fields]
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
