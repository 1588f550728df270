# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest
from amaranth import Module, Signal
from support.streams import collect, drive, simulate

from hwgen.accelerators.elementwise_add import ElementwiseAdd
from hwgen.config import MemoryConfig, from_dict, preset
from hwgen.config.elementwise_add import ElementwiseAddConfig
from hwgen.errors import ConfigError


def test_adds_every_pair_of_bytes_within_the_range():
    config = ElementwiseAddConfig(kind="elementwise_add", width=16)
    dut, found = ElementwiseAdd(config, MemoryConfig()), []
    clocked = Module()  # the adder has no register that would make a clock domain
    clocked.submodules.dut = dut
    clocked.d.sync += Signal().eq(1)
    edges = [-128, -127, -65, -1, 0, 1, 64, 126, 127]
    pairs = list(itertools.product(edges, edges))
    x, y = ([pair[i] & 0xFF | (pair[1 - i] & 0xFF) << 8 for pair in pairs] for i in (0, 1))
    simulate(clocked, drive(dut.X, x, idle=0.3, seed=1), drive(dut.Y, y, idle=0.4, seed=2),
             collect(dut.Z, found, len(pairs), stall=0.3, seed=3), checks=[dut.Z])
    sums = [max(-128, min(127, a + b)) & 0xFF for a, b in pairs]
    assert found == [total | total << 8 for total in sums]


@pytest.mark.parametrize("width", [8, 16, 32])
def test_model_limits_sums_to_the_type(width):
    config = ElementwiseAddConfig(kind="elementwise_add", width=32, element_width=width)
    top = (1 << width - 1) - 1
    x = np.full((1, 32 // width), top, f"<i{width // 8}").view(np.uint8)
    assert (config.golden({"X": x, "Y": x}, {})["Z"].view(f"<i{width // 8}") == top).all()


def test_rejects_words_that_are_no_whole_elements():
    description = preset("elementwise-add").model_dump(mode="json")
    description["accelerator"] |= {"width": 512 - 8, "element_width": 16}
    description["memory"]["bank_width"] = 8
    for streamer in description["streamers"].values():
        streamer["spatial_bounds"] = [63]
    description["accelerator"]["width"] = 504
    description["accelerator"]["element_width"] = 32
    with pytest.raises(ConfigError, match="accelerator.width: must be a multiple of the 32 bits of an element, not 504"):
        from_dict(description)
