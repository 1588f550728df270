# SPDX-License-Identifier: Apache-2.0
"""Small plain configs for the fuzzer's own tests."""

from hwgen.config.load import from_dict


def streamer(mode, *bounds, **options):
    return {"mode": mode, "spatial_bounds": list(bounds), "groups": [4, 2], "temporal_dimensions": 2} | options


def adder(**options):
    """Two channels of 16 bits each way."""
    return from_dict({
        "name": "adder", "memory": {"banks": 4, "bank_width": 16, "bank_depth": 16},
        "accelerator": {"kind": "elementwise_add", "element_width": 8, "width": 32},
        "streamers": {"X": streamer("read", 2, **options), "Y": streamer("read", 2), "Z": streamer("write", 2)},
    })


def plain(config):
    return config.model_dump(mode="json")


def walk(base, steps, stride=4, **more):
    """Fields of a streamer of the adder that takes ``steps`` tiles one after the other."""
    return {"base": base, "spatial_stride_0": 2, "temporal_bound_0": steps, "temporal_stride_0": stride,
            "temporal_bound_1": 1, "temporal_stride_1": 0} | more


def addition(x, y, z, steps):
    return {"X": walk(x, steps), "Y": walk(y, steps), "Z": walk(z, steps)}
