# SPDX-License-Identifier: Apache-2.0
"""Max-pooling over words that a reader brings in the order of the windows."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig
from ..config.max_pool import MaxPoolConfig
from ..parts.job import JobSignature


class MaxPool(wiring.Component):
    """The largest of each element over a window of consecutive words.

    One word is taken in every cycle in which the result before can leave, across windows and jobs. A
    result is valid one cycle after the last word of its window was taken.

    Members
    -------
    X : ``In(stream.Signature(config.width))``
    Y : ``Out(stream.Signature(config.width))``
    job_pool : ``Out(JobSignature(unit))``
        ``done`` in the cycle in which the job's last result is taken; an empty job's once every
        result before it has left.
    """

    def __init__(self, config: MaxPoolConfig, memory: MemoryConfig):
        self.config = config
        word = stream.Signature(config.width)
        super().__init__({"X": In(word), "Y": Out(word), "job_pool": Out(JobSignature(config.units()[0]))})

    def elaborate(self, platform):
        m = Module()
        entry = self.job_pool.entry
        settings = {name: Signal(entry.payload[name].shape(), name=name, attrs={"hwgen_role": "configuration"})
                    for name in ("window", "unsigned_elements")}
        outputs_left, words_left = Signal.like(entry.payload.outputs), Signal.like(entry.payload.window)
        running, empty, first, end = Signal(), Signal(), Signal(init=1), Signal()
        last, take, leave, finish, retire = Signal(), Signal(), Signal(), Signal(), Signal()
        largest = Signal(self.config.width, attrs={"hwgen_role": "data"})

        m.d.comb += [
            last.eq(words_left == 1),
            leave.eq(self.Y.valid & self.Y.ready),
            self.X.ready.eq(running & (~last | ~self.Y.valid | self.Y.ready)),
            take.eq(self.X.valid & self.X.ready),
            finish.eq(take & last & (outputs_left == 1)),
            retire.eq(empty & ~self.Y.valid),
            entry.ready.eq(Mux(running, finish, ~empty)),
            self.job_pool.done.eq((leave & end) | retire),
        ]
        with m.If(take):
            m.d.sync += [first.eq(last), words_left.eq(Mux(last, settings["window"], words_left - 1)),
                         outputs_left.eq(outputs_left - last)]
        with m.If(finish):
            m.d.sync += running.eq(0)
        with m.If(retire):
            m.d.sync += empty.eq(0)
        with m.If(entry.valid & entry.ready):
            some = Signal()
            m.d.comb += some.eq(entry.payload.window.any() & entry.payload.outputs.any())
            m.d.sync += [running.eq(some), empty.eq(~some), words_left.eq(entry.payload.window),
                         outputs_left.eq(entry.payload.outputs)]
            m.d.sync += [register.eq(entry.payload[name]) for name, register in settings.items()]

        larger = self._larger(m, first, largest, settings["unsigned_elements"])
        with m.If(leave):
            m.d.sync += self.Y.valid.eq(0)
        with m.If(take & last):
            m.d.sync += [self.Y.valid.eq(1), self.Y.payload.eq(larger), end.eq(finish)]
        with m.Elif(take):
            m.d.sync += largest.eq(larger)
        return m

    def _larger(self, m, first, largest, unsigned_elements) -> Signal:
        """Element by element the larger of the word at ``X`` and the window's largest so far."""
        width, elements = self.config.element_width, []
        for e in range(self.config.width // width):
            word, kept = self.X.payload.word_select(e, width), largest.word_select(e, width)
            less = Signal(name=f"less_{e}")
            # With the sign bits exchanged, signed elements compare as unsigned ones do.
            sign = Mux(unsigned_elements, 0, 1 << width - 1)
            m.d.comb += less.eq((word ^ sign) < (kept ^ sign))
            elements.append(Mux(less & ~first, kept, word))
        larger = Signal(self.config.width)
        m.d.comb += larger.eq(Cat(elements))
        return larger
