# SPDX-License-Identifier: Apache-2.0
import pytest
from pydantic import ValidationError

from hwgen.config import GemmAcceleratorConfig, GemmConfig, MemoryConfig, QuantizerConfig, StreamPort
from hwgen.config.gemm import core_unit


def test_port_widths_follow_the_core():
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(m=2, n=4, k=8))
    assert config.core.multipliers == 64
    assert config.ports(MemoryConfig()) == {
        "A": StreamPort("read", 2 * 8 * 8), "B": StreamPort("read", 8 * 4 * 8), "C": StreamPort("read", 2 * 4 * 32),
        "D": StreamPort("write", 2 * 4 * 32), "E": StreamPort("write", 2 * 4 * 8)}


def test_port_widths_follow_the_elements():
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(m=2, n=4, k=8, a_width=4, b_width=16, accumulator_width=24))
    assert [port.width for port in config.ports(MemoryConfig()).values()] == [2 * 8 * 4, 8 * 4 * 16, 2 * 4 * 24, 2 * 4 * 24, 2 * 4 * 8]
    assert config.core.sum_type == "int24"


@pytest.mark.parametrize("width", [4, 8, 16])
def test_port_e_has_the_width_of_results(width):
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(m=2, n=4, k=8), quantizer=QuantizerConfig(result_width=width))
    assert config.ports(MemoryConfig())["E"] == StreamPort("write", 2 * 4 * width)


@pytest.mark.parametrize("n, bank_width, width", [(8, 64, 320), (4, 64, 192), (8, 128, 384), (2, 16, 80)])
def test_port_p_holds_whole_bank_words(n, bank_width, width):
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(n=n), quantizer=QuantizerConfig(parameter_stream=True))
    assert config.ports(MemoryConfig(bank_width=bank_width))["P"] == StreamPort("read", width)


@pytest.mark.parametrize("options", [{"m": 0}, {"n": 65}, {"a_width": 5}, {"a_width": 32}, {"b_width": 2}, {"accumulator_width": 15},
                                     {"accumulator_width": 49}, {"step_width": 3}])
def test_rejects_cores_that_cannot_be(options):
    with pytest.raises(ValidationError, match=next(iter(options))):
        GemmConfig(**options)


def test_rejects_a_quantizer_without_lanes():
    with pytest.raises(ValidationError, match="lanes"):
        QuantizerConfig(lanes=0)


@pytest.mark.parametrize("a_width, b_width, names", [
    (8, 8, ["zero_points"]), (4, 16, ["zero_points"]), (16, 8, ["zero_points"]), (16, 16, ["a_zero_point", "b_zero_point"])])
def test_zero_points_have_a_bit_more_than_operands_and_share_a_register_if_they_fit(a_width, b_width, names):
    unit = core_unit(GemmConfig(a_width=a_width, b_width=b_width))
    assert [register.name for register in unit.registers] == ["steps", "tiles", *names, "options"]
    fields = {field.name: field for field in unit.fields}
    for name, width in (("a", a_width), ("b", b_width)):
        field = fields[f"{name}_zero_point"]
        assert (field.lowest, field.highest) == (-(1 << width), (1 << width) - 1)


@pytest.mark.parametrize("options, message", [
    ({"rounding_modes": ("double", "half_up", "double")}, "rounding_modes: must differ from one another, not double, half_up, double"),
    ({"parameter_stream": True, "channels": 8}, "channels: must be 1 beside a parameter_stream, not 8"),
    ({"rounding_modes": ()}, "rounding_modes"),
    ({"rounding_modes": ("floor",)}, "rounding_modes.0"),
    ({"result_width": 12}, "result_width"),
])
def test_rejects_quantizers_that_cannot_be(options, message):
    with pytest.raises(ValidationError, match=message):
        QuantizerConfig(**options)
