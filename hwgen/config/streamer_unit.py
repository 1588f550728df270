# SPDX-License-Identifier: Apache-2.0
"""What one job of a streamer sets."""

from dataclasses import replace

from .base import bits_for
from .extensions import ExtensionConfig
from .memory import MemoryConfig
from .registers import REGISTER_BITS, Field, Register, Unit, packed, register
from .streamer import StreamerConfig

RUN_BITS = 24
"""Width of the number of bytes that lie one after the other in a copy."""


def spatial_stride_width(memory: MemoryConfig) -> int:
    """Bits of a signed spatial stride: as far as the memory's size in either direction."""
    return bits_for(memory.size) + 1


def extension_label(extension: ExtensionConfig) -> str:
    """What the names of an extension's fields begin with; unique within its streamer."""
    return getattr(extension, "label", extension.kind)


def enable_name(extension: ExtensionConfig) -> str:
    """Name of the field that switches an extension."""
    return f"{extension_label(extension)}_enable"


def parameter_fields(extension: ExtensionConfig) -> tuple[Field, ...]:
    """What a job sets of an extension besides its switch, under the names it has in the job."""
    label = extension_label(extension)
    return tuple(replace(field, name=f"{label}_{field.name}") for field in getattr(extension, "fields", ()))


def streamer_unit(name: str, config: StreamerConfig, memory: MemoryConfig) -> Unit:
    """Base address, loop nest, addressing mode and options of one streamer."""
    words: list[Register] = [register("base", 32, "Byte address of the first element.", signed=True)]
    for d in range(config.spatial_dimensions):
        words.append(register(f"spatial_stride_{d}", spatial_stride_width(memory), f"Bytes between channels along spatial dimension {d}; no more than the memory's size in either direction.", signed=True))
    for d in range(config.temporal_dimensions):
        words.append(register(f"temporal_bound_{d}", config.bound_width, f"Iterations of loop {d} (0 is innermost); any bound of zero makes an empty job."))
    for d in range(config.temporal_dimensions):
        words.append(register(f"temporal_stride_{d}", 32, f"Bytes between iterations of loop {d}.", signed=True))
    if config.byte_addressed:
        words.append(register("run_bytes", RUN_BITS, "Bytes of a run, which loop 0 walks: the first step holds those from its address to the end of its words, further ones as many as their words hold, until the run is through; one or more."))
    if config.row_wrap:
        words += _row_registers(config, memory)
    if config.tail_masks:
        words += _tail_registers(config, memory)
    options = []
    if len(config.groups) > 1:
        groups = ", ".join(f"{i}: {group}" for i, group in enumerate(config.groups))
        options.append(Field("addressing_mode", bits_for(len(config.groups)), f"Banks in one group ({groups}).", maximum=len(config.groups) - 1))
    options += [Field(enable_name(extension), 1, f"The {extension_label(extension)} acts (1) or is bypassed (0).") for extension in config.extensions]
    if options:
        words.append(packed("options", "Addressing mode and extension switches.", *options))
    for extension in config.extensions:
        words += _parameter_registers(extension)
    return Unit(name, "streamer", tuple(words))


def _row_registers(config: StreamerConfig, memory: MemoryConfig) -> list[Register]:
    """Where rows end, and what is added there."""
    loops = config.temporal_dimensions
    return [
        packed("row", f"How rows divide the positions that spatial dimension 0, of {config.spatial_bounds[0]} channels, and one loop walk together.",
               Field("row_length", config.bound_width, "Positions in a row; 0 if there are no rows to tell apart."),
               Field("row_loop", max(1, bits_for(loops)), "The loop whose iterations go on along the row; loops outside it start at a row's beginning.", maximum=loops - 1)),
        register("row_wrap", spatial_stride_width(memory), "Bytes added at each end of a row: the distance between rows less row_length times spatial_stride_0.", signed=True),
    ]


def _tail_registers(config: StreamerConfig, memory: MemoryConfig) -> list[Register]:
    """Which channels and bytes are left out at the end of loops."""
    byte_count, loops = memory.word_bytes, config.temporal_dimensions
    bytes_width = bits_for(byte_count + 1)
    acts = "Loops, one bit each, that must all be in their last iteration for it to act; none switches it off."
    words = [
        packed(f"tail_{s}", f"What is left out along spatial dimension {s} at the end of loops.",
               Field(f"tail_loops_{s}", loops, acts),
               Field(f"tail_lanes_{s}", bits_for(bound + 1), f"Channels along spatial dimension {s} kept whole.", maximum=bound),
               Field(f"tail_bytes_{s}", bytes_width, "First bytes kept of the words of the channels after these; all further channels are left out.", maximum=byte_count))
        for s, bound in enumerate(config.spatial_bounds)
    ]
    words.append(packed("tail_word", "What is left out of every word at the end of loops.",
                        Field("tail_word_loops", loops, acts),
                        Field("tail_word_bytes", bytes_width, "First bytes kept of every word.", maximum=byte_count)))
    return words


def _parameter_registers(extension: ExtensionConfig) -> list[Register]:
    """An extension's fields in order, as many in one word as fit."""
    words: list[list[Field]] = []
    room = 0
    for field in parameter_fields(extension):
        if field.width > room:
            words.append([])
            room = REGISTER_BITS
        words[-1].append(field)
        room -= field.width
    label = extension_label(extension)
    return [Register(word[0].name, word[0].meaning, tuple(word)) if len(word) == 1
            else packed(f"{label}_parameters_{i}", f"What the {label} is told.", *word) for i, word in enumerate(words)]
