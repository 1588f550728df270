# SPDX-License-Identifier: Apache-2.0
"""What one job of a streamer sets."""

from .base import bits_for
from .memory import MemoryConfig
from .registers import Field, Register, Unit, packed, register
from .streamer import StreamerConfig


def spatial_stride_width(memory: MemoryConfig) -> int:
    """Bits of a signed spatial stride: as far as the memory's size in either direction."""
    return bits_for(memory.size) + 1


def streamer_unit(name: str, config: StreamerConfig, memory: MemoryConfig) -> Unit:
    """Base address, loop nest, addressing mode and extension switches of one streamer."""
    words: list[Register] = [register("base", 32, "Byte address of the first element.", signed=True)]
    for d in range(config.spatial_dimensions):
        words.append(register(f"spatial_stride_{d}", spatial_stride_width(memory), f"Bytes between channels along spatial dimension {d}; no more than the memory's size in either direction.", signed=True))
    for d in range(config.temporal_dimensions):
        words.append(register(f"temporal_bound_{d}", config.bound_width, f"Iterations of loop {d} (0 is innermost); any bound of zero makes an empty job."))
    for d in range(config.temporal_dimensions):
        words.append(register(f"temporal_stride_{d}", 32, f"Bytes between iterations of loop {d}.", signed=True))
    options = []
    if len(config.groups) > 1:
        groups = ", ".join(f"{i}: {group}" for i, group in enumerate(config.groups))
        options.append(Field("addressing_mode", bits_for(len(config.groups)), f"Banks in one group ({groups}).", maximum=len(config.groups) - 1))
    options += [Field(f"{extension.label}_enable", 1, f"The {extension.label} acts (1) or is bypassed (0).") for extension in config.extensions]
    if options:
        words.append(packed("options", "Addressing mode and extension switches.", *options))
    return Unit(name, "streamer", tuple(words))
