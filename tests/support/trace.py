# SPDX-License-Identifier: Apache-2.0
"""A counterexample as a table one can read in a test's output."""

from pathlib import Path

from vcd.reader import TokenKind, tokenize

DEPTH = 3
"""Levels of hierarchy that are shown."""


def read_trace(path: Path) -> str:
    """Table of a VCD file's signals, one column per cycle; hexadecimal, ``x`` where unknown."""
    names: dict[str, str] = {}
    values: dict[str, str] = {}
    cycles: list[dict[str, str]] = []
    scopes: list[str] = []
    with path.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR and 0 < len(scopes) <= DEPTH and token.var.reference != "clk":
                names[token.var.id_code] = ".".join([*scopes[1:], token.var.reference])
            elif token.kind is TokenKind.CHANGE_VECTOR:
                values[token.vector_change.id_code] = _hexadecimal(token.vector_change.value)
            elif token.kind is TokenKind.CHANGE_SCALAR:
                values[token.scalar_change.id_code] = str(token.scalar_change.value)
            elif token.kind is TokenKind.CHANGE_TIME and token.time_change % 10 == 5:
                cycles.append(dict(values))
    rows = [["cycle", *map(str, range(len(cycles)))]]
    rows += [[name, *(cycle.get(code, "x") for cycle in cycles)] for code, name in names.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: list[str], widths: list[int]) -> str:
    name, *cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([name.lstrip().ljust(widths[0]), *cells])


def _hexadecimal(value) -> str:
    try:
        return f"{int(str(value), 2) if isinstance(value, str) else value:x}"
    except ValueError:
        return "x"
