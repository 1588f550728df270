# SPDX-License-Identifier: Apache-2.0
"""What a streamer keeps of each step between its addresses and its words, and sends through the extensions with it."""

from amaranth.lib import data

from ..config import MemoryConfig, StreamerConfig
from .chain import chain_latency
from .status import WaitCause
from .tail import TailSettings, tail_flags


class StepRecord(data.StructLayout):
    """Whether a step is its job's last, tail masks that act, and which channels a reader fetches."""

    def __init__(self, config: StreamerConfig):
        super().__init__({"last": 1, "tail": tail_flags(config), "fetched": config.channels if config.reads else 0})


class ReadTag(data.StructLayout):
    """Whether there is a step, whether it ends a job (as does an empty job, which has no step), and,
    if extensions have latency, why there is none."""

    def __init__(self, config: StreamerConfig):
        super().__init__({"valid": 1, "last": 1, **({"waiting": WaitCause} if chain_latency(config) else {})})


class WriteTag(data.StructLayout):
    """Whether there is a step, and what its tail masks are."""

    def __init__(self, memory: MemoryConfig, config: StreamerConfig):
        super().__init__({"valid": 1, "tail": tail_flags(config), "settings": TailSettings(memory, config)})
