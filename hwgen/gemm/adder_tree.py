# SPDX-License-Identifier: Apache-2.0
"""Balanced binary tree of adders, every partial sum named so that it is emitted once."""

from collections.abc import Sequence

from amaranth import Module, Signal
from amaranth.hdl import ValueLike


def adder_tree(m: Module, terms: Sequence[ValueLike], *, name: str) -> ValueLike:
    """Sum of ``terms`` without overflow, in ``ceil(log2(len(terms)))`` levels of adders.

    Parameters
    ----------
    m : Module
        Takes the combinational assignments of the partial sums.
    terms : sequence of value-castable
        One or more.
    name : str
        Partial sums are called ``{name}_{level}_{index}``.

    Returns
    -------
    Value
        As wide as the widest partial sum can get; the term itself when there is only one.

    Raises
    ------
    ValueError
        If there are no terms.
    """
    if not terms:
        raise ValueError(f"Adder tree {name!r} needs one or more terms, not none")
    level = 0
    terms = list(terms)
    while len(terms) > 1:
        paired = []
        for index in range(0, len(terms) - 1, 2):
            total = terms[index] + terms[index + 1]
            partial = Signal(total.shape(), name=f"{name}_{level}_{index // 2}")
            m.d.comb += partial.eq(total)
            paired.append(partial)
        if len(terms) % 2:
            paired.append(terms[-1])
        terms = paired
        level += 1
    return terms[0]
