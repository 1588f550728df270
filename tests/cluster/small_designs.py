# SPDX-License-Identifier: Apache-2.0
"""Small clusters with features that the preset ``tiny`` has not."""

from hwgen.config import ClusterConfig, from_dict, preset


def described() -> dict:
    return preset("tiny").model_dump(mode="json", exclude_none=True)


def with_mover() -> ClusterConfig:
    """No extension and no prefetch per channel: passes instead, and wide requests."""
    description = described() | {"name": "tiny-mover"}
    description["accelerator"]["mover"] = True
    for streamer in description["streamers"].values():
        streamer |= {"extensions": [], "fine_grained_prefetch": False}
    for name in "CD":
        description["streamers"][name]["spatial_bounds"] = [4, 2]
    return from_dict(description)


def with_parameter_stream(lanes: int = 3) -> ClusterConfig:
    """Multipliers and shifts through a streamer of their own, and a number of lanes that divides no tile."""
    description = described() | {"name": f"tiny-parameters-{lanes}"}
    quantizer = description["accelerator"]["quantizer"]
    quantizer |= {"parameter_stream": True, "channels": 1, "lanes": lanes}
    words = -(-description["accelerator"]["core"]["n"] * 40 // description["memory"]["bank_width"])
    description["streamers"]["P"] = {"mode": "read", "spatial_bounds": [words], "temporal_dimensions": 3,
                                     "groups": description["streamers"]["A"]["groups"]}
    return from_dict(description)
