# SPDX-License-Identifier: Apache-2.0
"""All units of a cluster."""

from .cluster import ClusterConfig
from .registers import Unit
from .streamer_unit import streamer_unit


def units(config: ClusterConfig) -> tuple[Unit, ...]:
    """Every unit of a cluster, in the order of their register blocks and counters."""
    streamers = [streamer_unit(name, streamer, config.memory) for name, streamer in config.all_streamers.items()]
    return (*streamers, *config.accelerator.units(), *config.engines())
