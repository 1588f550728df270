# SPDX-License-Identifier: Apache-2.0
"""The C header's part on descriptors: their words, and functions that write and announce them."""

from ..config.descriptor_format import (
    CHECKSUM_INDEX, HEADER, MAGIC, MASK_BITS, SECTION, SOURCE, VERSION, QueueSource, ValueSource, indirect_words, mask_words,
)
from ..config.descriptor_registers import base_high_bits
from ..config.register_map import WORD_BYTES, RegisterMap
from ..config.registers import REGISTER_BITS

REFLECTED_POLYNOMIAL = 0xEDB8_8320
"""Of CRC-32, IEEE 802.3, lowest bit first."""

FUNCTIONS = """\
/* Write barrier between a descriptor's words and its announcement; define it where the platform needs one. */
#ifndef #_BARRIER
#define #_BARRIER() ((void)0)
#endif

/* A descriptor being written; wrong once a call did not fit. */
struct @_descriptor {
    uint32_t *words;
    uint32_t capacity, length, section, unit, next;
    int wrong;
};

/* The ring of descriptors as its only writer keeps it. */
struct @_ring {
    volatile uint32_t *words;
    uint32_t size, tail;
};

/* CRC-32 (IEEE 802.3, as zlib's) continued over a word, lowest byte first; begin with 0. */
static inline uint32_t @_checksum(uint32_t sum, uint32_t word)
{
    uint32_t bit;
    sum = ~sum ^ word;
    for (bit = 0u; bit < %(register_bits)su; bit++)
        sum = (sum >> 1) ^ (0x%(polynomial)08Xu & (0u - (sum & 1u)));
    return ~sum;
}

static inline void @_descriptor_word(struct @_descriptor *descriptor, uint32_t word)
{
    if (descriptor->length < descriptor->capacity)
        descriptor->words[descriptor->length++] = word;
    else
        descriptor->wrong = 1;
}

/* Begin a descriptor in memory of so many words. */
static inline void @_descriptor_begin(struct @_descriptor *descriptor, uint32_t *words, uint32_t capacity)
{
    descriptor->words = words;
    descriptor->capacity = capacity < #_DESCRIPTOR_LONGEST ? capacity : #_DESCRIPTOR_LONGEST;
    descriptor->length = descriptor->section = descriptor->next = 0u;
    descriptor->unit = 0u;
    descriptor->wrong = 0;
    @_descriptor_word(descriptor, 0u);
    @_descriptor_word(descriptor, 0u);
}

/* Begin the next unit's entry. If fresh, registers that are not set take their reset values, else those of
   the unit's entry before. indirect tells that some value comes from a run-time register or a table. */
static inline void @_descriptor_section(struct @_descriptor *descriptor, enum @_unit unit, int fresh, int indirect)
{
    static const uint32_t masks[#_UNITS] = {%(masks)s};
    static const uint32_t sources[#_UNITS] = {%(sources)s};
    uint32_t more = masks[unit] + (indirect ? sources[unit] : 0u);
    descriptor->section = descriptor->length;
    descriptor->unit = (uint32_t)unit;
    descriptor->next = 0u;
    @_descriptor_word(descriptor, #_PLACE(#_DESCRIPTOR_UNIT, unit) | #_PLACE(#_DESCRIPTOR_FRESH, fresh != 0)
        | #_PLACE(#_DESCRIPTOR_INDIRECT, indirect != 0));
    while (more-- != 0u)
        @_descriptor_word(descriptor, 0u);
}

/* Name a register by its offset; those of one entry in rising order. */
static inline void @_descriptor_name(struct @_descriptor *descriptor, uint32_t offset, int indirect)
{
    static const uint32_t blocks[#_UNITS] = {%(blocks)s};
    static const uint32_t counts[#_UNITS] = {%(counts)s};
    static const uint32_t masks[#_UNITS] = {%(masks)s};
    uint32_t index = (offset - blocks[descriptor->unit]) / %(word_bytes)su, place;
    if (descriptor->section == 0u || descriptor->wrong || offset < blocks[descriptor->unit]
        || index >= counts[descriptor->unit] || index < descriptor->next) {
        descriptor->wrong = 1;
        return;
    }
    descriptor->next = index + 1u;
    if (index < %(mask_bits)su)
        descriptor->words[descriptor->section] |= #_PLACE(#_DESCRIPTOR_MASK, 1u << index);
    else
        descriptor->words[descriptor->section + 1u + (index - %(mask_bits)su) / %(register_bits)su]
            |= 1u << (index - %(mask_bits)su) %% %(register_bits)su;
    if (indirect) {
        place = descriptor->section + 1u + masks[descriptor->unit] + index / %(register_bits)su;
        if ((descriptor->words[descriptor->section] & #_DESCRIPTOR_INDIRECT_MASK) == 0u)
            descriptor->wrong = 1;
        else
            descriptor->words[place] |= 1u << index %% %(register_bits)su;
    }
}

/* Set a register of the entry, named by its offset from the cluster's base address. */
static inline void @_descriptor_set(struct @_descriptor *descriptor, uint32_t offset, uint32_t value)
{
    @_descriptor_name(descriptor, offset, 0);
    @_descriptor_word(descriptor, value);
}

/* Set it to a run-time register's value plus an offset. */
static inline void @_descriptor_set_runtime(struct @_descriptor *descriptor, uint32_t offset, uint32_t runtime, uint32_t add)
{
    @_descriptor_name(descriptor, offset, 1);
    @_descriptor_word(descriptor, #_PLACE(#_DESCRIPTOR_KIND, #_VALUE_RUNTIME) | #_PLACE(#_DESCRIPTOR_RUNTIME, runtime));
    @_descriptor_word(descriptor, add);
}

/* Set it to the word at an address, in the ring's memory, plus four times a run-time register's value. */
static inline void @_descriptor_set_table(struct @_descriptor *descriptor, uint32_t offset, uint32_t address, uint32_t runtime)
{
    @_descriptor_name(descriptor, offset, 1);
    @_descriptor_word(descriptor, #_PLACE(#_DESCRIPTOR_KIND, #_VALUE_TABLE) | #_PLACE(#_DESCRIPTOR_RUNTIME, runtime));
    @_descriptor_word(descriptor, address);
}

/* Finish the descriptor; its number of words, or 0 if a call did not fit. */
static inline uint32_t @_descriptor_end(struct @_descriptor *descriptor)
{
    uint32_t sum = 0u, index;
    if (descriptor->wrong || descriptor->section == 0u)
        return 0u;
    descriptor->words[0] = #_PLACE(#_DESCRIPTOR_LENGTH, descriptor->length)
        | #_PLACE(#_DESCRIPTOR_VERSION, #_DESCRIPTOR_FORMAT) | #_PLACE(#_DESCRIPTOR_MAGIC, #_DESCRIPTOR_MARK);
    for (index = 0u; index < descriptor->length; index++)
        if (index != %(checksum_index)su)
            sum = @_checksum(sum, descriptor->words[index]);
    descriptor->words[%(checksum_index)su] = sum;
    return descriptor->length;
}

/* Use 2^size words as the ring: where the host sees them, and where the cluster does; the queue must be empty. */
static inline void @_ring_begin(volatile uint32_t *base, struct @_ring *ring, volatile uint32_t *words,
    uint64_t address, uint32_t size, enum @_queue source)
{
    @_write(base, #_CLUSTER_QUEUE_BASE_OFFSET, (uint32_t)address);
%(high)s    @_write(base, #_CLUSTER_QUEUE_LAYOUT_OFFSET,
        #_PLACE(#_CLUSTER_QUEUE_SIZE, size) | #_PLACE(#_CLUSTER_QUEUE_SOURCE, source));
    ring->words = words;
    ring->size = 1u << size;
    ring->tail = @_read(base, #_CLUSTER_QUEUE_TAIL_OFFSET);
}

/* Place and announce descriptors; 0, and nothing done, while there is no room for them. */
static inline int @_ring_put(volatile uint32_t *base, struct @_ring *ring, const uint32_t *words, uint32_t length)
{
    uint32_t index, used = ring->tail - @_read(base, #_CLUSTER_QUEUE_HEAD_OFFSET);
    if (length > ring->size - used)
        return 0;
    for (index = 0u; index < length; index++)
        ring->words[(ring->tail + index) & (ring->size - 1u)] = words[index];
    ring->tail += length;
    #_BARRIER();
    @_write(base, #_CLUSTER_QUEUE_TAIL_OFFSET, ring->tail);
    return 1;
}
"""


def descriptor_defines(defines, registers: RegisterMap) -> None:
    """Numbers and fields of the format; nothing for a cluster without a queue of descriptors."""
    if not (dma := registers.config.dma) or dma.descriptors is None:
        return
    defines.comment("Descriptors")
    defines.add("descriptor_format", f"{VERSION}u", "version of the format")
    defines.add("descriptor_mark", MAGIC, "top byte of the first word")
    defines.add("descriptor_longest", f"{dma.descriptors.buffer_words}u", "words")
    defines.add("runtime_registers", f"{dma.descriptors.runtime_registers}u")
    for word in (HEADER, SECTION, SOURCE):
        for field in word.fields:
            defines.field(f"descriptor_{field.name}", field)


def descriptor_enums() -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Kind, meaning and members of the enumerations."""
    return [
        ("queue", "Memory that ring and tables lie in", [(source.name, source.value) for source in QueueSource]),
        ("value", "Where a register's value comes from", [(source.name, source.value) for source in ValueSource]),
    ]


def descriptor_functions(registers: RegisterMap) -> str:
    """C functions that write descriptors and announce them."""
    sizes = [len(block.registers) for block in registers.unit_blocks]
    high = base_high_bits(registers.config.dma)
    return FUNCTIONS % {
        "register_bits": REGISTER_BITS, "mask_bits": MASK_BITS, "word_bytes": WORD_BYTES,
        "checksum_index": CHECKSUM_INDEX, "polynomial": REFLECTED_POLYNOMIAL,
        "masks": _list(map(mask_words, sizes)), "sources": _list(map(indirect_words, sizes)), "counts": _list(sizes),
        "blocks": _list(block.offset for block in registers.unit_blocks),
        "high": "    @_write(base, #_CLUSTER_QUEUE_BASE_HIGH_OFFSET, (uint32_t)(address >> 32));\n" if high else "",
    }


def _list(values) -> str:
    return ", ".join(f"{value}u" for value in values)
