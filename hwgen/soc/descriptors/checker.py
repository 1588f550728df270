# SPDX-License-Identifier: Apache-2.0
"""Passes descriptors on once version, length and checksum of the whole are right."""

from amaranth import Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.crc import catalog
from amaranth.lib.wiring import In, Out, connect, flipped

from ...config import ClusterConfig
from ...config.descriptor_format import MAGIC, SHORTEST, VERSION
from ...config.error_causes import ErrorCause
from ...config.registers import REGISTER_BITS
from ...parts.transaction_queue import TransactionQueue
from .layouts import FAILURE_LAYOUT, HEADER_LAYOUT, POSITION_BITS, WORD_LAYOUT, CheckedLayout


class DescriptorChecker(wiring.Component):
    """Buffers words of descriptors, and gives them out by whole descriptors.

    In place of a descriptor whose checksum is wrong comes a failure, and the next one follows. A wrong
    version, a length that is not legal or reaches beyond the tail, or an error of the memory give a
    failure that is fatal: whatever comes then is dropped until a restart. One word is
    taken in each cycle.

    Members
    -------
    i : ``In({valid, payload})``
        Words of the ring, for all of which there is room.
    tail : ``In(POSITION_BITS)``
    restart, draining : ``In(1)``
        Drop what is held, and what comes in this cycle or while ``draining``; then begin with the
        descriptor that begins where the tail was.
    arrived : ``Out(1)``
        A word has been taken into the buffer, or dropped.
    level : ``Out``
        Places of the buffer that are taken.
    o : ``Out(stream.Signature(CheckedLayout()))``
        Header, then all words behind the checksum; or one word that holds a `FAILURE_LAYOUT`.
    """

    def __init__(self, config: ClusterConfig):
        self.depth = config.dma.descriptors.buffer_words
        self._buffer = TransactionQueue(CheckedLayout(), depth=self.depth)
        super().__init__({
            "i": In(stream.Signature(WORD_LAYOUT, always_ready=True)),
            "tail": In(POSITION_BITS),
            "restart": In(1),
            "draining": In(1),
            "arrived": Out(1),
            "level": Out(range(self.depth + 1)),
            "o": Out(stream.Signature(CheckedLayout())),
        })

    def elaborate(self, platform):
        m = Module()
        drop, buffer = Signal(), self._buffer
        m.d.comb += drop.eq(self.restart | self.draining)
        m.submodules.buffer = ResetInserter(drop)(buffer)
        m.submodules.crc = crc = catalog.CRC32_ISO_HDLC(REGISTER_BITS).create()
        connect(m, flipped(self.o), buffer.o)

        # What the word is that comes in.
        at_header, at_checksum, left = Signal(init=1), Signal(), Signal(HEADER_LAYOUT["length"].width)
        m.d.comb += [
            crc.data.eq(self.i.payload.data),
            crc.start.eq(self.i.valid & at_header),
            crc.valid.eq(self.i.valid & ~at_checksum),
        ]
        # One cycle later it is held, and the sum includes it.
        held, word = Signal(), Signal(WORD_LAYOUT)
        is_header, is_checksum, is_last, expected = Signal(), Signal(), Signal(), Signal(REGISTER_BITS)
        m.d.sync += held.eq(self.i.valid)
        with m.If(self.i.valid):
            m.d.sync += [
                word.eq(self.i.payload), is_header.eq(at_header), is_checksum.eq(at_checksum), is_last.eq(left == 1),
                at_header.eq(~at_header & ~at_checksum & (left == 1)), at_checksum.eq(at_header),
            ]
            with m.If(at_header):
                m.d.sync += [is_last.eq(0), left.eq(HEADER_LAYOUT(self.i.payload.data).length - 2)]
            with m.Elif(at_checksum):
                m.d.sync += [is_last.eq(0), expected.eq(self.i.payload.data)]
            with m.Else():
                m.d.sync += left.eq(left - 1)

        header, dead, begin = HEADER_LAYOUT(word.data), Signal(), Signal(POSITION_BITS)
        length, announced = Signal(HEADER_LAYOUT["length"].width), Signal(POSITION_BITS)
        failure, wrong_length = Signal(FAILURE_LAYOUT), Signal()
        m.d.comb += [
            announced.eq(self.tail - begin),
            wrong_length.eq((header.length < SHORTEST) | (header.length > self.depth) | (header.length > announced)),
            self.arrived.eq(held),
            self.level.eq(buffer.level),
            failure.length.eq(length),
        ]
        with m.If(word.error):
            m.d.comb += [failure.cause.eq(ErrorCause.DESCRIPTOR_FETCH), failure.fatal.eq(1)]
        with m.Elif(is_header):
            m.d.comb += failure.fatal.eq(1)
            with m.If((header.version != VERSION) | (header.magic != MAGIC)):
                m.d.comb += failure.cause.eq(ErrorCause.DESCRIPTOR_VERSION)
            with m.Elif(wrong_length):
                m.d.comb += failure.cause.eq(ErrorCause.DESCRIPTOR_CONTENT)
        with m.Elif(is_last & (crc.crc != expected)):
            m.d.comb += failure.cause.eq(ErrorCause.DESCRIPTOR_CHECKSUM)

        failed = Signal()
        m.d.comb += [
            failed.eq(failure.cause != 0),
            buffer.i.valid.eq(held & ~dead & (~is_checksum | failed)),
            buffer.i.payload.failed.eq(failed),
            buffer.i.payload.last.eq(failed | is_last),
            buffer.i.payload.data.eq(Mux(failed, failure.as_value(), word.data)),
            buffer.commit.eq(failed | is_last),
            buffer.rollback.eq(failed),
        ]
        with m.If(held & is_header):
            m.d.sync += [length.eq(header.length), begin.eq(begin + header.length)]
        with m.If(held & failed & failure.fatal):
            m.d.sync += dead.eq(1)
        with m.If(drop):
            m.d.sync += [dead.eq(0), at_header.eq(1), at_checksum.eq(0)]
        with m.If(self.restart):
            m.d.sync += begin.eq(self.tail)
        return m
