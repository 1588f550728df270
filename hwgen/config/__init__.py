# SPDX-License-Identifier: Apache-2.0
"""What a cluster is made of, checked once and frozen; no hardware in here."""

from .accelerator import AcceleratorConfig, Example, StreamPort
from .cluster import ClusterConfig, InterconnectConfig, JobsConfig
from .extensions import BroadcasterConfig, ExtensionConfig, TransposerConfig
from .gemm import GemmConfig
from .gemm_accelerator import GemmAcceleratorConfig
from .load import from_dict, load, preset, preset_names
from .memory import MemoryConfig
from .quantizer import QuantizerConfig
from .streamer import StreamerConfig

__all__ = [
    "AcceleratorConfig", "BroadcasterConfig", "ClusterConfig", "Example", "ExtensionConfig", "GemmAcceleratorConfig", "GemmConfig",
    "InterconnectConfig", "JobsConfig", "MemoryConfig", "QuantizerConfig", "StreamPort", "StreamerConfig",
    "TransposerConfig", "from_dict", "load", "preset", "preset_names",
]
