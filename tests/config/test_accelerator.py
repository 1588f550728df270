# SPDX-License-Identifier: Apache-2.0
import pytest
from pydantic import ValidationError

from hwgen.config import GemmAcceleratorConfig, GemmConfig, QuantizerConfig


def test_port_widths_follow_the_core():
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(m=2, n=4, k=8))
    assert config.core.multipliers == 64
    assert config.port_widths == {
        "A": ("read", 2 * 8 * 8), "B": ("read", 8 * 4 * 8), "C": ("read", 2 * 4 * 32), "D": ("write", 2 * 4 * 32),
        "E": ("write", 2 * 4 * 8)}


@pytest.mark.parametrize("width", [4, 8, 16])
def test_port_e_has_the_width_of_results(width):
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(m=2, n=4, k=8), quantizer=QuantizerConfig(result_width=width))
    assert config.port_widths["E"] == ("write", 2 * 4 * width)


@pytest.mark.parametrize("options", [{"m": 0}, {"n": 65}, {"operand_width": 16}, {"accumulator_width": 24}, {"step_width": 3}])
def test_rejects_cores_that_cannot_be(options):
    with pytest.raises(ValidationError, match=next(iter(options))):
        GemmConfig(**options)


def test_rejects_a_quantizer_without_lanes():
    with pytest.raises(ValidationError, match="lanes"):
        QuantizerConfig(lanes=0)


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
