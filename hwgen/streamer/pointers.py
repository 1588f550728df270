# SPDX-License-Identifier: Apache-2.0
"""Positions in a streamer's buffers, shared by its address, request and data sides."""

from amaranth import Signal

from ..config import StreamerConfig
from ..config.base import bits_for


class PointerSpace:
    """Step numbers, kept modulo powers of two that no two steps in question share.

    A streamer numbers its temporal steps. The address side's write pointer, every channel's request
    pointer and the data side's pointer are such numbers, so that levels are differences and limits
    are comparisons for equality. Channels only compare numbers that lie within one buffer of their
    own, so their pointers are a few bits shorter than the shared ones.

    Parameters
    ----------
    config : StreamerConfig
    under_way : int
        Steps besides those in the buffers that may be between the address and the data side: those
        whose words pass a writer's extensions.

    Attributes
    ----------
    bits : int
        Of a channel's pointer.
    shared_bits : int
        Of a shared pointer; distinguishes all steps between the address and the data side.
    """

    def __init__(self, config: StreamerConfig, *, under_way: int = 0):
        address, data = config.address_buffer_depth + under_way, config.data_buffer_depth
        # A step more than the data buffer holds: a credit returned in this cycle, a step being retired.
        self.bits = bits_for(max(address + (under_way > 0), data + 1) + 1)
        self.shared_bits = max(self.bits, bits_for(address + data + 2))

    def signal(self, name: str) -> Signal:
        """A channel's pointer."""
        return Signal(self.bits, name=name)

    def shared(self, name: str) -> Signal:
        """A shared pointer; its low ``bits`` compare with those of channels."""
        return Signal(self.shared_bits, name=name)

    def near(self, pointer, offset: int = 0):
        """Number that lies ``offset`` steps after a shared pointer, as channels count."""
        return (pointer + offset)[:self.bits]

    def slots(self, depth: int) -> int:
        """Rows of a memory for ``depth`` steps that is addressed by the low bits of a pointer."""
        return 1 << bits_for(depth)

    def slot(self, pointer, depth: int):
        """Row of ``pointer`` in a memory of ``slots(depth)`` rows."""
        return pointer[:bits_for(depth)]
