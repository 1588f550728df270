# SPDX-License-Identifier: Apache-2.0
import pytest
from pydantic import ValidationError

from hwgen.config import BroadcasterConfig, StreamerConfig, TransposerConfig

TRANSPOSER, BROADCASTER = TransposerConfig(kind="transposer"), BroadcasterConfig(kind="broadcaster", factor=4)


def streamer(**options):
    return StreamerConfig(**{"mode": "read", "spatial_bounds": (8, 4)} | options)


def test_channels_are_the_product_of_the_bounds():
    config = streamer(spatial_bounds=(2, 3, 4))
    assert (config.channels, config.spatial_dimensions) == (24, 3)


def test_lanes_count_dimension_0_fastest():
    config = streamer(spatial_bounds=(2, 3))
    assert config.lanes() == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]


def test_direction():
    assert streamer().reads
    assert not streamer(mode="write").reads


def test_options_are_off_unless_asked_for():
    config = streamer(temporal_dimensions=1)
    assert not config.row_wrap and not config.tail_masks and config.fine_grained_prefetch


@pytest.mark.parametrize("options, complaint", [
    ({"groups": (8, 8)}, r"groups: must differ from one another, not \[8, 8\]"),
    ({"groups": ()}, "groups"),
    ({"groups": (6,)}, "must be a power of two, not 6"),
    ({"spatial_bounds": (16, 16)}, "spatial_bounds: a streamer has at most 128 channels, not 256"),
    ({"spatial_bounds": (0,)}, "spatial_bounds"),
    ({"spatial_bounds": ()}, "spatial_bounds"),
    ({"temporal_dimensions": 0}, "temporal_dimensions"),
    ({"row_wrap": 1}, r"row_wrap\n  Input should be a valid boolean \[type=bool_type, input_value=1"),
    ({"tail_masks": "yes"}, r"tail_masks\n  Input should be a valid boolean \[type=bool_type, input_value='yes'"),
    ({"fine_grained_prefetch": 0}, r"fine_grained_prefetch\n  Input should be a valid boolean"),
    ({"reach": 3}, "must be a power of two, not 3"),
    ({"extensions": (TRANSPOSER, TRANSPOSER)}, "extensions: each kind may appear once, not transposer, transposer"),
])
def test_rejects_bad_combinations(options, complaint):
    with pytest.raises(ValidationError, match=complaint):
        streamer(**options)
