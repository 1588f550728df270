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
