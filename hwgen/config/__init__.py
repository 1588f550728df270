# SPDX-License-Identifier: Apache-2.0
"""What a cluster is made of, checked once and frozen; no hardware in here."""

from .accelerator import GemmAcceleratorConfig, GemmConfig, QuantizerConfig
from .cluster import ClusterConfig, InterconnectConfig, JobsConfig
from .load import from_dict, load, preset, preset_names
from .memory import MemoryConfig
from .streamer import BroadcasterConfig, ExtensionConfig, StreamerConfig, TransposerConfig

__all__ = [
    "BroadcasterConfig", "ClusterConfig", "ExtensionConfig", "GemmAcceleratorConfig", "GemmConfig",
    "InterconnectConfig", "JobsConfig", "MemoryConfig", "QuantizerConfig", "StreamerConfig",
    "TransposerConfig", "from_dict", "load", "preset", "preset_names",
]
