# SPDX-License-Identifier: Apache-2.0
"""Assertions about the inside of a queue, which proofs by induction need wherever one is used."""

from amaranth import Module, Mux, Value
from amaranth.hdl import Assert

from hwgen.parts.queue import Queue

from .order import OrderChecker


def look_inside(component, hook) -> None:
    """Have ``hook(module)`` add to the module of ``component`` once that is elaborated."""
    elaborate = component.elaborate

    def elaborate_and_hook(platform):
        module = elaborate(platform)
        hook(module)
        return module

    component.elaborate = elaborate_and_hook


def check_queue(queue: Queue, order: OrderChecker, *, lemmas: bool = True, as_word=Value.cast) -> None:
    """Assert, besides what it promises, what links the inside of ``queue`` to ``order``.

    Parameters
    ----------
    queue : Queue
        Not elaborated yet.
    order : OrderChecker
        Watches the passage that ``queue`` alone makes up.
    lemmas : bool
        If not, only assert that pointers stay within the memory.
    as_word : function
        From a payload of the queue to the word that ``order`` follows.
    """

    def hook(m: Module):
        first = order.following & (order.ahead == 0)
        if lemmas:
            m.d.comb += [
                Assert(queue.level == order.held, "the queue holds the words under way"),
                Assert(~first | (as_word(queue.o.payload) == order.word), "the followed word is first"),
            ]
        if queue.depth > 1 and len(Value.cast(queue.o.payload)):
            _check_memory(m, queue, order, lemmas, as_word)

    look_inside(queue, hook)


def _check_memory(m: Module, queue: Queue, order: OrderChecker, lemmas: bool, as_word) -> None:
    memory = m.submodules.memory
    write_pointer = memory.write_ports[0].addr
    read_pointer = memory.read_ports[0].addr
    for pointer in (write_pointer, read_pointer):
        m.d.comb += Assert(pointer < queue.depth, "pointers stay within the memory")
    if not lemmas:
        return

    def wrapped(sum):
        return Mux(sum >= queue.depth, sum - queue.depth, sum)

    spy = memory.read_port(domain="comb")
    m.d.comb += [
        spy.addr.eq(wrapped(read_pointer + order.ahead)),
        Assert(~order.following | (as_word(spy.data) == order.word), "the followed word lies in its place"),
        Assert(write_pointer == wrapped(read_pointer + queue.level), "pointers are as far apart as the level says"),
    ]
