# SPDX-License-Identifier: Apache-2.0
"""The job entries of each kind of unit: which registers one job sets."""

from .accelerator import GemmConfig, QuantizerConfig
from .base import bits_for
from .cluster import ClusterConfig
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
    options += [Field(f"{extension.kind}_enable", 1, f"The {extension.kind} acts (1) or is bypassed (0).") for extension in config.extensions]
    if options:
        words.append(packed("options", "Addressing mode and extension switches.", *options))
    return Unit(name, "streamer", tuple(words))


def core_unit(config: GemmConfig) -> Unit:
    """Loop counts, zero points and routing of the GeMM core."""
    return Unit("core", "core", (
        register("steps", config.step_width, "Steps of K summed into one output tile; zero makes an empty job."),
        register("tiles", config.tile_width, "Output tiles of the job; zero makes an empty job."),
        packed("zero_points", "Zero points subtracted from the operands.",
               Field("a_zero_point", config.operand_width, "Zero point of A.", signed=True),
               Field("b_zero_point", config.operand_width, "Zero point of B.", signed=True)),
        packed("routing", "Where a tile starts from and where it goes.",
               Field("add_c", 1, "Each tile starts from a tile of C (1) or from zero (0)."),
               Field("quantize", 1, "Results go to the quantizer (1) or to D (0).")),
    ))


def quantizer_unit(config: QuantizerConfig) -> Unit:
    """Rescaling parameters of the quantizer."""
    words = [
        register("tiles", 24, "Output tiles of the job; zero makes an empty job."),
        packed("zero_points", "Zero points before and after rescaling.",
               Field("input_zero_point", 8, "Subtracted from each int32 input.", signed=True),
               Field("output_zero_point", 8, "Added after rescaling.", signed=True)),
        packed("clamp", "Range of the int8 result.",
               Field("minimum", 8, "Smallest result.", signed=True, reset=0),
               Field("maximum", 8, "Largest result.", signed=True, reset=0)),
    ]
    for c in range(config.channels):
        words.append(register(f"multiplier_{c}", 32, f"Signed multiplier of columns equal to {c} modulo {config.channels}.", signed=True))
    for c in range(config.channels):
        words.append(register(f"shift_{c}", 6, f"Right shift after multiplying, 1 to 63, of columns equal to {c} modulo {config.channels}."))
    return Unit("quantizer", "quantizer", tuple(words))


def units(config: ClusterConfig) -> tuple[Unit, ...]:
    """Every unit of a cluster, in the order of their register blocks and counters."""
    streamers = [streamer_unit(name, streamer, config.memory) for name, streamer in config.streamers.items()]
    accelerator = config.accelerator
    return (*streamers, core_unit(accelerator.core), quantizer_unit(accelerator.quantizer))
