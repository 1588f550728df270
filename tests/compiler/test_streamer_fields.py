# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.compiler.placement import Place
from hwgen.compiler.streamer_fields import Operand, loops_fit, streamer_fields
from hwgen.config import preset
from hwgen.errors import MappingError

CONFIG = preset("datamaestro")


def test_fields_name_every_loop_stride_mode_and_switch():
    operand = Operand("C", 4096, 32, {}, extensions=frozenset({"broadcaster"}))
    fields = streamer_fields(CONFIG, operand, Place(8, 640, 4096), [(4, 64), (2, 512)])
    assert fields == {
        "base": 640, "spatial_stride_0": 8, "spatial_stride_1": 64, "temporal_bound_0": 4, "temporal_stride_0": 64,
        "temporal_bound_1": 2, "temporal_stride_1": 512, "temporal_bound_2": 1, "temporal_stride_2": 0,
        "addressing_mode": 2, "broadcaster_enable": 1}


def test_refuses_a_place_that_no_mode_reaches():
    with pytest.raises(MappingError, match="streamer A must have groups of 4 banks, not 32, 16, 8, 1"):
        streamer_fields(CONFIG, Operand("A", 64, 8, {}), Place(4, 0, 64), [])


@pytest.mark.parametrize("loops, fits", [([(65535, 1)] * 3, True), ([(65536, 1)], False), ([(2, 1)] * 4, False)])
def test_loops_must_fit_number_and_width(loops, fits):
    assert loops_fit(CONFIG, "B", loops) == fits
