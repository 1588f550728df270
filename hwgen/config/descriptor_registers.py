# SPDX-License-Identifier: Apache-2.0
"""Registers of the descriptor queue and the run-time values that descriptors refer to."""

from .base import bits_for
from .descriptor_format import LARGEST_RING, QueueSource
from .dma import DmaConfig
from .registers import REGISTER_BITS, Field, Register, packed, register

GUARDED = ("queue_base", "queue_base_high", "queue_layout", "queue_tail")
"""Registers that the descriptor queue may refuse to have written."""


def base_high_bits(dma: DmaConfig) -> int:
    """Bits of an external address beyond the bus's width."""
    return max(0, dma.address_width - REGISTER_BITS)


def descriptor_registers(dma: DmaConfig | None) -> tuple[Register, ...]:
    """Where the ring lies, how far it is filled and read, and the run-time registers; none without a queue."""
    if dma is None or dma.descriptors is None:
        return ()
    sources = f"{QueueSource.EXTERNAL.value} external memory; {QueueSource.SCRATCHPAD.value} scratchpad, in the addressing mode of window_mode"
    idle = "Refused with an error reply while queue_head differs from queue_tail"
    words = [register("queue_base", REGISTER_BITS, f"Byte address of the ring of descriptors, a multiple of 4. {idle}.")]
    if base_high_bits(dma):
        words.append(register("queue_base_high", base_high_bits(dma), f"Bits 32 and up of queue_base, and of addresses of tables. {idle}."))
    words += [
        packed("queue_layout", f"Size and place of the ring. {idle}.",
               Field("queue_size", bits_for(LARGEST_RING + 1), "Binary logarithm of the ring's words of 32 bits.", maximum=LARGEST_RING),
               Field("queue_source", 2, f"Memory of ring and tables: {sources}.", maximum=max(QueueSource).value)),
        register("queue_tail", REGISTER_BITS, "Words of descriptors announced, modulo 2^32: writing it announces all before. The word numbered t lies at word t modulo the size. Refused with an error reply, latching the error, if it is further from queue_head than the size."),
        register("queue_head", REGISTER_BITS, "Words of descriptors done with, modulo 2^32; their place in the ring may be used again.", access="ro"),
        register("queue_count", REGISTER_BITS, "Descriptors done with, modulo 2^32: pushed, or passed over for an error.", access="ro"),
    ]
    words += [register(f"runtime_{i}", REGISTER_BITS, f"Value number {i} that descriptors can refer to; read between the announcement of the descriptor and queue_head passing it.")
              for i in range(dma.descriptors.runtime_registers)]
    return tuple(words)
