# SPDX-License-Identifier: Apache-2.0
"""Positions in a streamer's buffers, shared by its address, request and data sides."""

from amaranth import Signal

from ..config import StreamerConfig
from ..config.base import bits_for


class PointerSpace:
    """Step numbers modulo a power of two that no two live steps share.

    A streamer numbers its temporal steps. The address side's write pointer, every channel's request
    pointer and the data side's pointer are such numbers, so that levels are differences and limits
    are comparisons for equality.

    Parameters
    ----------
    config : StreamerConfig
    """

    def __init__(self, config: StreamerConfig):
        live = config.address_buffer_depth + config.data_buffer_depth + 2
        self.bits = bits_for(live) + 1

    def signal(self, name: str) -> Signal:
        return Signal(self.bits, name=name)

    def slots(self, depth: int) -> int:
        """Rows of a memory for ``depth`` steps that is addressed by the low bits of a pointer."""
        return 1 << bits_for(depth)

    def slot(self, pointer, depth: int):
        """Row of ``pointer`` in a memory of ``slots(depth)`` rows."""
        return pointer[:bits_for(depth)]
