# SPDX-License-Identifier: Apache-2.0
"""Nothing lost, doubled, changed or reordered: the promise of every queue, for formal proofs."""

from amaranth import Module, Mux, Shape
from amaranth.hdl import Assert
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class OrderChecker(wiring.Component):
    """Counts the words between two places and follows one of them, any one, all the way.

    A word that is lost, doubled or overtaken changes how many leave before the followed one, whose
    value is arbitrary: so following one word speaks for all of them.

    Parameters
    ----------
    shape : :class:`ShapeLike`
        Shape of a word; for a passage that changes words, of what they leave as.
    places : int
        Most words that may be under way.

    Members
    -------
    push, pop : ``In(1)``
        A word enters; a word leaves.
    pick : ``In(1)``
        Follow the word that enters in this cycle, unless one is followed already; leave it free.
    entering, leaving : ``In``
        The words that enter and leave in this cycle.
    held : ``Out(range(places + 1))``
        Words under way.
    following, ahead, word : ``Out``
        Whether a word is followed, how many leave before it, and what it is; for lemmas.
    """

    def __init__(self, shape, *, places: int):
        width = Shape.cast(shape).width
        self.places = places
        super().__init__({
            "push": In(1), "pop": In(1), "pick": In(1), "entering": In(width), "leaving": In(width),
            "held": Out(range(places + 1)), "following": Out(1), "ahead": Out(range(places)), "word": Out(width),
        })

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            Assert(self.held <= self.places, "no more words than places"),
            Assert(~(self.push & ~self.pop & (self.held == self.places)), "no word enters without a place"),
            Assert(~(self.pop & (self.held == 0)), "no word leaves that did not enter"),
            Assert(~self.following | (self.ahead < self.held), "the followed word is under way"),
        ]
        m.d.sync += self.held.eq(self.held + self.push - self.pop)

        arrives = self.following & self.pop & (self.ahead == 0)
        m.d.comb += Assert(~arrives | (self.leaving == self.word), "words leave in order and unchanged")
        with m.If(self.following & self.pop):
            m.d.sync += [self.following.eq(self.ahead != 0), self.ahead.eq(Mux(self.ahead == 0, 0, self.ahead - 1))]
        with m.Elif(~self.following & self.push & self.pick):
            m.d.sync += [self.following.eq(1), self.ahead.eq(self.held - self.pop), self.word.eq(self.entering)]
        return m
