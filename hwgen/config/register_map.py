# SPDX-License-Identifier: Apache-2.0
"""Where every register lies on the bus: global registers, one block per unit, the memory window."""

from dataclasses import dataclass
from functools import cached_property

from .base import bits_for
from .cluster import ClusterConfig
from .counters import cycle_causes
from .descriptor_registers import descriptor_registers
from .error_causes import MEANINGS
from .registers import REGISTER_BITS, Field, Register, Unit, packed, register
from .units import units

FORMAT_VERSION = 2
"""Version of this map's layout; changes whenever an existing register moves or changes its meaning."""
IDENTIFICATION = 0x4857_474E
"""``HWGN`` in ASCII."""
WORD_BYTES = 4
ERROR_CAUSE_BITS, ERROR_UNIT_BITS = 4, 5
"""Widths of fields of ``error_info``."""


@dataclass(frozen=True)
class Block:
    """Registers at consecutive words from ``offset``; ``unit`` is None for the global block."""

    name: str
    offset: int
    registers: tuple[Register, ...]
    unit: Unit | None = None

    @cached_property
    def field_names(self) -> frozenset[str]:
        """Of all registers."""
        return frozenset(field.name for word in self.registers for field in word.fields)

    @property
    def end(self) -> int:
        """First byte after the block."""
        return self.offset + WORD_BYTES * len(self.registers)

    def address(self, name: str) -> int:
        """Byte address of the register called ``name``."""
        for index, word in enumerate(self.registers):
            if word.name == name:
                return self.offset + WORD_BYTES * index
        raise KeyError(name)

    def register(self, name: str) -> Register:
        """The register called ``name``."""
        return next(word for word in self.registers if word.name == name)


def wait_registers(config: ClusterConfig, unit_count: int) -> tuple[Register, ...]:
    """The words, common to all units, that order a job after others."""
    jobs = config.jobs
    sources = unit_count + jobs.semaphores
    waits = [
        packed(f"wait_{i}", "Condition the job waits for before it starts; used from wait_0 upwards, the first one not enabled ends the list.",
               Field(f"wait_{i}_count", jobs.count_width, "Jobs the unit has completed, modulo the counter; or units taken from the semaphore."),
               Field(f"wait_{i}_source", bits_for(sources), f"Unit (0 to {unit_count - 1}, in block order) or semaphore ({unit_count} upwards).", maximum=sources - 1),
               Field(f"wait_{i}_enable", 1, "The condition counts."))
        for i in range(jobs.waits)
    ]
    completion = packed("completion", "What happens once the job has completed.",
                        Field("signal_amount", jobs.semaphore_width, "Added to the semaphore."),
                        Field("signal_semaphore", max(1, bits_for(jobs.semaphores)), "Which semaphore.", maximum=jobs.semaphores - 1),
                        Field("signal_enable", 1, "Signal the semaphore."),
                        Field("interrupt", 1, "Raise the completion interrupt."))
    return (*waits, completion)


def global_registers(config: ClusterConfig, all_units: tuple[Unit, ...]) -> tuple[Register, ...]:
    """Identification, control, status and counters."""
    jobs, names = config.jobs, [unit.name for unit in all_units]
    groups = window_groups(config)
    config_hash = int(config.config_hash, 16)
    words = [
        register("identification", 32, "Reads HWGN in ASCII, 0x4857474E.", access="ro", reset=IDENTIFICATION),
        register("format_version", 32, "Version of the register map's layout.", access="ro", reset=FORMAT_VERSION),
        register("config_hash_low", 32, "Low half of the hash of the resolved config.", access="ro", reset=config_hash & 0xFFFF_FFFF),
        register("config_hash_high", 32, "High half of the hash of the resolved config.", access="ro", reset=config_hash >> 32),
        packed("status", "What the cluster is doing.",
               Field("running", len(names), f"One bit per unit with a job started and not completed, from bit 0: {', '.join(names)}."),
               Field("error", 1, "An error is latched; no job starts."),
               Field("interrupt_pending", 1, "The interrupt output is high."),
               Field("resetting", 1, "A reset asked for by control waits for bursts that had been started; no other register may be written."), access="ro"),
        packed("control", "Commands; each bit acts once when written as 1.",
               Field("resume", 1, "Clear the latched error; queued jobs start again."),
               Field("flush", 1, "Drop every job that has not started" + (", and every descriptor announced." if config.dma and config.dma.descriptors else ".")),
               Field("clear_counters", 1, "Zero the performance counters; they start with the next write to a job register."),
               Field("reset", 1, "Reset everything but this bus and the scratchpad's contents, once started bursts have ended."), access="wo"),
        register("push", len(names), f"Push the prepared entries of these units at once, bit 0 upwards: {', '.join(names)}. Refused with an error reply, changing nothing, if any of their queues is full.", access="wo"),
        register("queue_full", len(names), f"Units whose queue has no room for another entry, bit 0 upwards: {', '.join(names)}.", access="ro"),
        packed("interrupt_status", "Interrupt causes; write 1 to clear.",
               Field("completion_interrupt", 1, "A job that asks for it has completed."),
               Field("error_interrupt", 1, "An error has been latched."), one_clears=True),
        packed("interrupt_enable", "Which causes raise the interrupt output.",
               Field("completion_interrupt_enable", 1, "Enables the completion interrupt."),
               Field("error_interrupt_enable", 1, "Enables the error interrupt.")),
        packed("error_info", "The first error since the last resume.",
               Field("error_cause", ERROR_CAUSE_BITS, "; ".join(f"{cause.value} {words}" for cause, words in MEANINGS.items()) + "."),
               Field("error_unit", ERROR_UNIT_BITS, "Unit that made the access, in block order."),
               Field("error_channel", 7, "Channel that made the access."), access="ro"),
        register("error_address", 32, "Byte address of the access; of a descriptor's error the descriptor's number, counted from 0.", access="ro"),
        register("error_job", jobs.count_width, "Number of the unit's job, counted like its completed jobs, from 0.", access="ro"),
        packed("signal", "Signal a semaphore from the host; refused with an error reply if it would overflow.",
               Field("host_signal_amount", jobs.semaphore_width, "Added to the semaphore."),
               Field("host_signal_semaphore", max(1, bits_for(jobs.semaphores)), "Which semaphore.", maximum=jobs.semaphores - 1), access="wo"),
    ]
    if config.dma and config.dma.address_width > REGISTER_BITS:
        words.append(register("error_address_high", config.dma.address_width - REGISTER_BITS, "Bits 32 and up of an external address.", access="ro"))
    if len(groups) > 1:
        modes = ", ".join(f"{i}: {group}" for i, group in enumerate(groups))
        words.append(register("window_mode", bits_for(len(groups)), f"Banks in one group for accesses through the memory window ({modes}).", maximum=len(groups) - 1))
    for name in names:
        words.append(register(f"completed_{name}", jobs.count_width, f"Jobs completed by {name} since reset, modulo 2^{jobs.count_width}.", access="ro"))
    for name in names:
        words.append(register(f"queue_space_{name}", bits_for(jobs.queue_depth + 1), f"Entries that can be pushed to {name} now.", access="ro", reset=jobs.queue_depth))
    for i in range(jobs.semaphores):
        words.append(register(f"semaphore_{i}", jobs.semaphore_width, f"Value of semaphore {i}.", access="ro"))
    words.append(register("total_cycles", 32, "Cycles from the first write to a job register to the last completion.", access="ro"))
    words.append(register("cycles", 32, "Cycles in which at least one streamer was running.", access="ro"))
    for cause in cycle_causes(config):
        words.append(register(f"count_{cause}", 32, f"Cycles charged to {cause}.", access="ro"))
    for name in config.all_streamers:
        words.append(register(f"accesses_{name}", 32, f"Bank words accessed by {name}.", access="ro"))
    words += descriptor_registers(config.dma)
    return tuple(words)


def window_groups(config: ClusterConfig) -> tuple[int, ...]:
    """Addressing modes of the memory window: every one that some streamer has."""
    return tuple(sorted({group for streamer in config.all_streamers.values() for group in streamer.groups}, reverse=True))


class RegisterMap:
    """The whole bus address space of one cluster.

    Parameters
    ----------
    config : ClusterConfig

    Attributes
    ----------
    units : tuple of Unit
        In the order of push bits, status bits and wait sources.
    blocks : tuple of Block
        The global block, then one for each unit.
    window_base : int
        First byte of the memory window, a multiple of its size.
    address_bits : int
        Width of the bus address.
    """

    def __init__(self, config: ClusterConfig):
        self.config = config
        self.units = units(config)
        common = wait_registers(config, len(self.units))
        blocks = [Block("cluster", 0, global_registers(config, self.units))]
        for unit in self.units:
            end = blocks[-1].end
            words = (*unit.registers, *common)
            size = 1 << bits_for(WORD_BYTES * len(words))
            blocks.append(Block(unit.name, -(-end // size) * size, words, unit))
        self.blocks = tuple(blocks)
        self.window_base = max(1 << bits_for(blocks[-1].end), config.memory.size)
        self.address_bits = bits_for(2 * self.window_base)

    @property
    def global_block(self) -> Block:
        return self.blocks[0]

    @property
    def unit_blocks(self) -> tuple[Block, ...]:
        return self.blocks[1:]

    @cached_property
    def _blocks(self) -> dict[str, Block]:
        return {block.name: block for block in self.blocks}

    @cached_property
    def _addresses(self) -> dict[str, int]:
        return {f"{block.name}.{word.name}": block.address(word.name) for block in self.blocks for word in block.registers}

    def address(self, name: str) -> int:
        """Byte address of a register by its path, for example ``cluster.push`` or ``A.base``.

        Raises
        ------
        KeyError
            If there is no such register.
        """
        return self._addresses[name]

    def block(self, name: str) -> Block:
        """Block of that name.

        Raises
        ------
        KeyError
            If there is no such block.
        """
        return self._blocks[name]

    def unit_index(self, name: str) -> int:
        """Position of a unit in masks and wait sources."""
        return self._unit_indices[name]

    @cached_property
    def _unit_indices(self) -> dict[str, int]:
        return {unit.name: index for index, unit in enumerate(self.units)}

    def semaphore_source(self, index: int) -> int:
        """Wait source of a semaphore."""
        return len(self.units) + index
