# SPDX-License-Identifier: Apache-2.0
"""The C header's functions: what a host does with a cluster, in terms of the header's macros."""

from collections.abc import Sequence

from ..config.register_map import WORD_BYTES, RegisterMap
from .header_descriptors import descriptor_functions

FUNCTIONS = """\
/* Register or memory word at a byte offset from the cluster's base address. */
static inline uint32_t @_read(const volatile uint32_t *base, uint32_t offset)
{
    return base[offset / %(word_bytes)su];
}

static inline void @_write(volatile uint32_t *base, uint32_t offset, uint32_t value)
{
    base[offset / %(word_bytes)su] = value;
}

/* Whether this cluster, of this register layout and config, is at the base address. */
static inline int @_present(const volatile uint32_t *base)
{
    return @_read(base, #_CLUSTER_IDENTIFICATION_OFFSET) == #_CLUSTER_IDENTIFICATION_RESET
        && @_read(base, #_CLUSTER_FORMAT_VERSION_OFFSET) == #_CLUSTER_FORMAT_VERSION_RESET
        && @_read(base, #_CLUSTER_CONFIG_HASH_LOW_OFFSET) == %(hash_low)s
        && @_read(base, #_CLUSTER_CONFIG_HASH_HIGH_OFFSET) == %(hash_high)s;
}

/* Push the prepared entries of the units in the mask, bit (1u << unit); refused if a queue is full. */
static inline void @_push(volatile uint32_t *base, uint32_t mask)
{
    @_write(base, #_CLUSTER_PUSH_OFFSET, mask);
}

/* Offset of a unit's first wait; the others and the completion follow it. */
static inline uint32_t @_waits_offset(enum @_unit unit)
{
    static const uint32_t offsets[#_UNITS] = {%(waits)s};
    return offsets[unit];
}

/* Condition number slot of the entry being prepared: jobs completed, or an amount of a semaphore. */
static inline void @_set_wait(volatile uint32_t *base, enum @_unit unit, uint32_t slot,
    enum @_source source, uint32_t count)
{
    @_write(base, @_waits_offset(unit) + %(word_bytes)su * slot,
        #_PLACE(#_WAIT_0_COUNT, count) | #_PLACE(#_WAIT_0_SOURCE, source)
        | #_PLACE(#_WAIT_0_ENABLE, 1u));
}

/* End the list of conditions before number slot. */
static inline void @_clear_wait(volatile uint32_t *base, enum @_unit unit, uint32_t slot)
{
    @_write(base, @_waits_offset(unit) + %(word_bytes)su * slot, 0u);
}

/* What the entry being prepared does once completed; an amount of 0 signals no semaphore. */
static inline void @_set_completion(volatile uint32_t *base, enum @_unit unit, uint32_t semaphore,
    uint32_t amount, int interrupt)
{
    @_write(base, @_waits_offset(unit) + %(word_bytes)su * #_WAITS,
        #_PLACE(#_SIGNAL_AMOUNT, amount) | #_PLACE(#_SIGNAL_SEMAPHORE, semaphore)
        | #_PLACE(#_SIGNAL_ENABLE, amount != 0u) | #_PLACE(#_INTERRUPT, interrupt != 0));
}

/* Signal a semaphore from the host; refused if it would overflow. */
static inline void @_signal(volatile uint32_t *base, uint32_t semaphore, uint32_t amount)
{
    @_write(base, #_CLUSTER_SIGNAL_OFFSET,
        #_PLACE(#_CLUSTER_HOST_SIGNAL_AMOUNT, amount)
        | #_PLACE(#_CLUSTER_HOST_SIGNAL_SEMAPHORE, semaphore));
}

/* Jobs a unit has completed since reset, modulo 2^#_COUNT_WIDTH. */
static inline uint32_t @_completed(const volatile uint32_t *base, enum @_unit unit)
{
    static const uint32_t offsets[#_UNITS] = {%(completed)s};
    return @_read(base, offsets[unit]);
}

/* Whether a unit has completed its job number count, counted from 1. */
static inline int @_reached(const volatile uint32_t *base, enum @_unit unit, uint32_t count)
{
    return (((@_completed(base, unit) - count) >> (#_COUNT_WIDTH - 1u)) & 1u) == 0u;
}

/* Entries that can be pushed to a unit now. */
static inline uint32_t @_queue_space(const volatile uint32_t *base, enum @_unit unit)
{
    static const uint32_t offsets[#_UNITS] = {%(space)s};
    return @_read(base, offsets[unit]);
}

/* Value of a semaphore. */
static inline uint32_t @_semaphore(const volatile uint32_t *base, uint32_t semaphore)
{
    static const uint32_t offsets[#_SEMAPHORES] = {%(semaphores)s};
    return @_read(base, offsets[semaphore]);
}

/* Cycles charged to a cause. */
static inline uint32_t @_count(const volatile uint32_t *base, enum @_counter counter)
{
    return @_read(base, %(counts)s + %(word_bytes)su * (uint32_t)counter);
}

/* Cause of the latched error. */
static inline enum @_error @_error_cause(const volatile uint32_t *base)
{
    return (enum @_error)#_TAKE(#_CLUSTER_ERROR_CAUSE, @_read(base, #_CLUSTER_ERROR_INFO_OFFSET));
}
"""


def functions(registers: RegisterMap) -> str:
    """C functions of one cluster, ``static inline``, without a dependency."""
    name = registers.config.module_name
    units = [unit.name for unit in registers.units]
    low, high = (registers.global_block.register(f"config_hash_{half}").reset for half in ("low", "high"))
    causes = [word.name for word in registers.global_block.registers if word.name.startswith("count_")]
    text = FUNCTIONS % {
        "word_bytes": WORD_BYTES,
        "hash_low": f"0x{low:08X}u",
        "hash_high": f"0x{high:08X}u",
        "waits": _offsets(registers, [f"{unit}.wait_0" for unit in units]),
        "completed": _offsets(registers, [f"cluster.completed_{unit}" for unit in units]),
        "space": _offsets(registers, [f"cluster.queue_space_{unit}" for unit in units]),
        "semaphores": _offsets(registers, [f"cluster.semaphore_{s}" for s in range(registers.config.jobs.semaphores)]),
        "counts": f"0x{registers.address(f'cluster.{causes[0]}'):08X}u",
    }
    if registers.config.dma and registers.config.dma.descriptors:
        text += "\n" + descriptor_functions(registers)
    return text.replace("@", name).replace("#_", f"{name.upper()}_").rstrip("\n")


def _offsets(registers: RegisterMap, paths: Sequence[str]) -> str:
    return "\n" + ",\n".join(f"        0x{registers.address(path):08X}u" for path in paths) + "\n    "
