# SPDX-License-Identifier: Apache-2.0
"""What can go wrong while jobs run: names and numbers shared by hardware, documents and software."""

import enum


class ErrorCause(enum.IntEnum):
    """Why an access was suppressed, or what else was refused; the first since the last resume is kept."""

    NONE = 0
    OUTSIDE_MEMORY = 1
    UNALIGNED = 2
    BEYOND_REACH = 3
    EXTERNAL_READ = 4
    EXTERNAL_WRITE = 5
    DESCRIPTOR_VERSION = 6
    DESCRIPTOR_CHECKSUM = 7
    DESCRIPTOR_CONTENT = 8
    DESCRIPTOR_FETCH = 9
    QUEUE_OVERRUN = 10
    COPY_LENGTH = 11


MEANINGS = {
    ErrorCause.NONE: "none",
    ErrorCause.OUTSIDE_MEMORY: "outside the memory",
    ErrorCause.UNALIGNED: "not aligned to a bank word",
    ErrorCause.BEYOND_REACH: "beyond the port's reach",
    ErrorCause.EXTERNAL_READ: "a read from external memory was answered with an error",
    ErrorCause.EXTERNAL_WRITE: "a write to external memory was answered with an error",
    ErrorCause.DESCRIPTOR_VERSION: "a descriptor of another format version",
    ErrorCause.DESCRIPTOR_CHECKSUM: "a descriptor whose checksum is wrong",
    ErrorCause.DESCRIPTOR_CONTENT: "a descriptor that names what does not exist, or a value that is not legal",
    ErrorCause.DESCRIPTOR_FETCH: "the read of a descriptor was answered with an error",
    ErrorCause.QUEUE_OVERRUN: "more descriptors announced than the queue holds",
    ErrorCause.COPY_LENGTH: "a copy whose two sides are not of the same number of bytes",
}
"""In words; of descriptors' errors the address register gives the descriptor's number, counted from 0."""
