# SPDX-License-Identifier: Apache-2.0
"""All units of a cluster."""

from .cluster import ClusterConfig
from .gemm import core_unit
from .quantizer import quantizer_unit
from .registers import Unit
from .streamer_unit import streamer_unit


def units(config: ClusterConfig) -> tuple[Unit, ...]:
    """Every unit of a cluster, in the order of their register blocks and counters."""
    streamers = [streamer_unit(name, streamer, config.memory) for name, streamer in config.streamers.items()]
    accelerator = config.accelerator
    return (*streamers, core_unit(accelerator.core), quantizer_unit(accelerator.quantizer))
