# SPDX-License-Identifier: Apache-2.0
import pytest
from pydantic import ValidationError

from hwgen.config import GemmAcceleratorConfig, GemmConfig, MemoryConfig, QuantizerConfig, StreamPort


def test_port_widths_follow_the_core():
    config = GemmAcceleratorConfig(kind="gemm", core=GemmConfig(m=2, n=4, k=8))
    assert config.core.multipliers == 64
    assert config.ports(MemoryConfig()) == {
        "A": StreamPort("read", 2 * 8 * 8), "B": StreamPort("read", 8 * 4 * 8), "C": StreamPort("read", 2 * 4 * 32),
        "D": StreamPort("write", 2 * 4 * 32), "E": StreamPort("write", 2 * 4 * 8)}


@pytest.mark.parametrize("options", [{"m": 0}, {"n": 65}, {"a_width": 12}, {"b_width": 32}, {"accumulator_width": 15}, {"accumulator_width": 49}, {"step_width": 3}])
def test_rejects_cores_that_cannot_be(options):
    with pytest.raises(ValidationError, match=next(iter(options))):
        GemmConfig(**options)


def test_rejects_a_quantizer_without_lanes():
    with pytest.raises(ValidationError, match="lanes"):
        QuantizerConfig(lanes=0)
