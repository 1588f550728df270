# SPDX-License-Identifier: Apache-2.0
"""Config, entries and programs as the arrays of 64-bit integers that ``tables.h`` and ``bus.h`` read."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ...compiler.jobs import Entry, Job, entry_values
from ...config import ClusterConfig, GemmAcceleratorConfig, MemoryConfig, StreamerConfig
from ...config.base import bits_for
from ...config.descriptor_format import Runtime, Table, mask_words
from ...config.dma import LOAD, LOAD_STREAMER, NOTIFY, STORE, STORE_STREAMER
from ...config.register_map import WORD_BYTES, RegisterMap
from ...config.streamer_unit import enable_name
from ...errors import ToolError
from ..external_memory import ONE, ExternalMemory
from ..program import Opcode, Program

LAYOUT = 1
"""Of the arrays; ``tables.h`` has the same number."""
MOST_CHANNELS = 64
"""Channels of a streamer, and banks; ``bits.h`` has the same number."""


class Operation(IntEnum):
    """What a program does on the bus; ``bus.h`` lists the same numbers."""

    END = 0
    WRITE = 1
    WRITE_JOB = 2
    PUSH = 3
    ANNOUNCE = 4
    POLL_ROOM = 5
    POLL_COMPLETED = 6
    WAIT = 7


def config_table(config: ClusterConfig) -> NDArray[np.int64]:
    """What the model must know of a cluster.

    Raises
    ------
    ToolError
        If the model does not know its accelerator, or it is too wide.
    """
    accelerator, memory, jobs = config.accelerator, config.memory, config.jobs
    if not isinstance(accelerator, GemmAcceleratorConfig) or accelerator.mover:
        kind = f"{accelerator.kind} with a mover" if isinstance(accelerator, GemmAcceleratorConfig) else accelerator.kind
        raise ToolError(f"the cycle model's accelerator must be gemm without a mover, not {kind}, which {config.name} has")
    widest = max(memory.banks, *(streamer.channels for streamer in config.all_streamers.values()))
    if widest > MOST_CHANNELS:
        raise ToolError(f"the cycle model's banks, and the channels of a streamer, must be {MOST_CHANNELS} at most, not {widest}")
    names, units = list(config.all_streamers), [unit.name for unit in RegisterMap(config).units]
    ports = [names.index(name) if name in names else -1 for name in "ABCDEP"]
    tile, quantizer = accelerator.core.m * accelerator.core.n, accelerator.quantizer
    numbers = [
        memory.bank_bits, memory.row_bits, memory.byte_bits,
        jobs.queue_depth, jobs.waits, jobs.semaphores, jobs.count_width, jobs.semaphore_width,
        config.interconnect.fair_period, len(units),
        len(names), *(number for streamer in config.all_streamers.values() for number in _streamer(streamer)),
        *_counted([names.index(name) for name in _priority(config)]),
        len(config.streamers), *ports, units.index("core"), units.index("quantizer"), -(-tile // quantizer.lanes), int(quantizer.parameter_stream),
        *_dma(config, names, units),
    ]
    return np.array(numbers, np.int64)


def _counted(numbers: list[int]) -> list[int]:
    return [len(numbers), *numbers]


def _priority(config: ClusterConfig) -> list[str]:
    """Streamers by fixed priority at the banks, as `hwgen.soc.interconnect` orders them."""
    streamers = config.all_streamers
    return sorted(streamers, key=lambda name: (streamers[name].byte_addressed, streamers[name].reads, -streamers[name].channels))


def _streamer(config: StreamerConfig) -> list[int]:
    reaches_all = config.reach == "all"
    return [
        int(config.reads), int(config.byte_addressed), int(reaches_all), int(config.row_wrap), int(config.tail_masks),
        int(config.fine_grained_prefetch), config.temporal_dimensions, config.address_buffer_depth, config.data_buffer_depth,
        1 if reaches_all else config.reach, sum(extension.latency for extension in config.extensions),
        *_counted(list(config.spatial_bounds)), *_counted([bits_for(group) for group in config.groups]),
    ]


def _dma(config: ClusterConfig, names: list[str], units: list[str]) -> list[int]:
    dma = config.dma
    if dma is None:
        return [0]
    return [
        1, bits_for(dma.data_bytes), dma.outstanding, dma.dimensions, names.index(LOAD_STREAMER), names.index(STORE_STREAMER),
        units.index(LOAD), units.index(STORE), units.index(NOTIFY), int(dma.descriptors is not None),
        dma.descriptors.buffer_words if dma.descriptors else 0,
    ]


def memory_table(external: ExternalMemory) -> NDArray[np.int64]:
    """How external memory behaves.

    Raises
    ------
    ToolError
        If it does what the model does not: anything random, errors, or a place of its own.
    """
    for name in ("pause", "jitter", "reorder", "errors", "base"):
        if value := getattr(external, name):
            raise ToolError(f"{name} of the cycle model's external memory must be none, not {value!r}")
    return np.array([external.latency, round((external.bandwidth or 0) * ONE), external.outstanding], np.int64)


def entry_tables(register_map: RegisterMap, jobs: Sequence[Job]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All entries one after the other, and the place of each by job and unit, -1 where a job has none.

    Raises
    ------
    MappingError
        If there is no such unit, field or wait source.
    ToolError
        If a value is not known beforehand.
    """
    config, units = register_map.config, register_map.units
    words: list[int] = []
    places = np.full((len(jobs), len(units)), -1, np.int64)
    for number, job in enumerate(jobs):
        for name, entry in job.entries.items():
            values = entry_values(register_map, name, entry)
            if unknown := [field for field, value in values.items() if isinstance(value, Runtime | Table)]:
                raise ToolError(f"{unknown[0]} of {name} must be a number to be modeled, not {values[unknown[0]]!r}")
            places[number, register_map.unit_index(name)] = len(words)
            words += [number, *_common(config, entry, values), *_fields(config, name, values)]
    return np.array(words or [0], np.int64), places


def _common(config: ClusterConfig, entry: Entry, values: dict) -> list[int]:
    """What every entry has: waits, each as source and count, and what its completion does."""
    waits = [values.get(f"wait_{i}_{what}", 0) for i in range(config.jobs.waits) for what in ("source", "count")]
    signal = [values.get(name, 0) for name in ("signal_enable", "signal_semaphore", "signal_amount", "interrupt")]
    return [len(entry.waits), *waits, *signal]


def _fields(config: ClusterConfig, name: str, values: dict) -> list[int]:
    if name in config.all_streamers:
        return _streamer_fields(config.memory, config.all_streamers[name], values)
    if name == "core":
        names = ["steps", "tiles", "add_c", "quantize"]
    elif name == "quantizer":
        names = ["tiles", "per_channel"]
    elif name == NOTIFY:
        names = []
    else:
        loops = range(config.dma.dimensions)
        base = values.get("external_base", 0) + (values.get("external_base_high", 0) << 32)
        names = ["run_bytes", "fill", *(f"external_bound_{d}" for d in loops), *(f"external_stride_{d}" for d in loops)]
        return [base, *(values.get(field, 0) for field in names)]
    return [values.get(field, 0) for field in names]


def _streamer_fields(memory: MemoryConfig, config: StreamerConfig, values: dict) -> list[int]:
    spatial, loops = range(config.spatial_dimensions), range(config.temporal_dimensions)
    names = [
        "run_bytes", "row_length", "row_loop", "row_wrap", "tail_word_loops", "tail_word_bytes",
        *(f"spatial_stride_{s}" for s in spatial), *(f"temporal_bound_{d}" for d in loops),
        *(f"temporal_stride_{d}" for d in loops),
        *(f"tail_{what}_{s}" for s in spatial for what in ("loops", "lanes", "bytes")),
    ]
    fetched = _fetched(config, values)
    head = [values.get("base", 0), values.get("addressing_mode", 0), fetched - (fetched >> 63 << 64)]
    return [*head, *(values.get(field, 0) for field in names)]


def _fetched(config: StreamerConfig, values: dict) -> int:
    """Channels whose words are fetched, a bit each, with the extensions that act."""
    for extension in config.extensions:
        if values.get(enable_name(extension), 0):
            # What the first needs counts, since the others see only its result.
            return (1 << extension.needed(config)) - 1
    return (1 << config.channels) - 1


def program_table(register_map: RegisterMap, program: Program) -> NDArray[np.int64]:
    """Operations of a program that hands over jobs, three numbers each.

    Pushes are numbered in order: the first is that of job 0.
    """
    address = register_map.address
    push, full, tail = address("cluster.push"), address("cluster.queue_full"), None
    if register_map.config.dma and register_map.config.dma.descriptors:
        tail = address("cluster.queue_tail")
    completed = {address(f"cluster.completed_{unit.name}"): index for index, unit in enumerate(register_map.units)}
    first_block = register_map.unit_blocks[0].offset
    operations, pushes = [], 0
    for code, place, data, mask in program.operations().tolist():
        match code & 0xFF:
            case Opcode.WRITE if place == push:
                operations.append((Operation.PUSH, pushes, data))
                pushes += 1
            case Opcode.WRITE if place == tail:
                operations.append((Operation.ANNOUNCE, data, 0))
            case Opcode.WRITE:
                operations.append((Operation.WRITE_JOB if place >= first_block else Operation.WRITE, 0, 0))
            case Opcode.POLL if place == full:
                operations.append((Operation.POLL_ROOM, mask, 0))
            case Opcode.POLL:
                operations.append((Operation.POLL_COMPLETED, completed[place], data))
            case Opcode.WAIT_IRQ:
                operations.append((Operation.WAIT, 0, 0))
    return np.array([*operations, (Operation.END, 0, 0)], np.int64)


def ring_table(register_map: RegisterMap, base: int, size: int, words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """A ring of descriptors in memory.

    Parameters
    ----------
    register_map : RegisterMap
    base : int
        Byte address of the ring.
    size : int
        Binary logarithm of its words.
    words : array
        Of all descriptors.
    """
    masks = [mask_words(len(block.registers)) for block in register_map.unit_blocks]
    return np.array([base // WORD_BYTES, size, *_counted(masks), *words.tolist()], np.int64)
