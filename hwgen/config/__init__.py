# SPDX-License-Identifier: Apache-2.0
"""What a cluster is made of, checked once and frozen; no hardware in here."""

from .accelerator import AcceleratorConfig, Example, StreamPort
from .cluster import ClusterConfig, InterconnectConfig, JobsConfig
from .dma import DescriptorConfig, DmaConfig
from .extension import ExtensionConfig, elements_of, words_from
from .extensions import BroadcasterConfig, RequantizeConfig, TransposerConfig, ZeroFillConfig
from .gemm import GemmConfig
from .gemm_accelerator import GemmAcceleratorConfig
from .load import from_dict, load, preset, preset_names
from .memory import MemoryConfig
from .quantizer import QuantizerConfig
from .streamer import StreamerConfig

__all__ = [
    "AcceleratorConfig", "BroadcasterConfig", "ClusterConfig", "DescriptorConfig", "DmaConfig", "Example", "ExtensionConfig", "GemmAcceleratorConfig", "GemmConfig",
    "InterconnectConfig", "JobsConfig", "MemoryConfig", "QuantizerConfig", "RequantizeConfig", "StreamPort", "StreamerConfig",
    "TransposerConfig", "ZeroFillConfig", "elements_of", "from_dict", "load", "preset", "preset_names", "words_from",
]
