# SPDX-License-Identifier: Apache-2.0
"""The hardware form of a job entry: a structure with one member per described field."""

from collections.abc import Iterable

from amaranth import signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config.registers import Field, Unit


def fields_layout(fields: Iterable[Field]) -> data.StructLayout:
    """Layout with one member per field, by name."""
    return data.StructLayout({field.name: (signed if field.signed else unsigned)(field.width) for field in fields})


def entry_layout(unit: Unit) -> data.StructLayout:
    """Layout whose members are the unit's fields, by name; hardware never counts bits itself."""
    return fields_layout(unit.fields)


class JobSignature(wiring.Signature):
    """Interface between job control and a unit, as the unit sees it.

    Members
    -------
    entry : ``In(stream.Signature(entry_layout(unit)))``
        The next job, all its waits satisfied. Taken when the unit starts it; its fields may be
        read only in that cycle.
        One exception to the rule of streams: an error or a flush
        withdraws an entry that has not been taken.
    done : ``Out(1)``
        High for one cycle for each job completed, in order; at least one cycle after it was taken.
    """

    def __init__(self, unit: Unit):
        super().__init__({
            "entry": In(stream.Signature(entry_layout(unit))),
            "done": Out(1),
        })
