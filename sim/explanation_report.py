# SPDX-License-Identifier: Apache-2.0
"""An explanation on the terminal and as a stacked bar."""

from html import escape
from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..errors import DataError
from ..files import write_whole
from .explanation import Explanation

WIDTH = 72
"""Characters of the bar."""
COLORS = ("green", "yellow", "red", "magenta", "cyan", "blue", "bright_red", "bright_magenta", "bright_cyan", "bright_blue", "white")
STYLE = ("body{margin:2em;font-family:sans-serif} svg{max-width:100%;height:auto} table{border-collapse:collapse;margin-top:1em}"
         " td,th{padding:.25em .8em;text-align:left} td:nth-child(-n+2),th:nth-child(-n+2){text-align:right} tr:nth-child(even){background:#f2f2f2}")
SUFFIXES = (".png", ".svg", ".html")


def print_explanation(explanation: Explanation, console: Console) -> None:
    """A bar of all cycles, and a line for each part."""
    bar, table = Text(), Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    for heading, justify in (("", "left"), ("cycles", "right"), ("of all", "right"), ("what happened", "left"), ("what moves it", "left")):
        table.add_column(heading, justify=justify)
    lengths = [max(1, round(WIDTH * part.cycles / explanation.total)) for part in explanation.parts]
    # What small parts have more than their share the largest has less.
    lengths[lengths.index(max(lengths))] -= sum(lengths) - WIDTH
    for index, (part, length) in enumerate(zip(explanation.parts, lengths, strict=True)):
        color = COLORS[min(index, len(COLORS) - 1)]
        bar.append("█" * length, style=color)
        table.add_row(Text("█", style=color), f"{part.cycles:,}", f"{part.cycles / explanation.total:.2%}", part.words, part.moved_by)
    console.print(Panel(Group(bar, Text(), table), title=f"{explanation.title}: {explanation.total:,} cycles", expand=False))


def check_plot(path: Path) -> None:
    """Refuse names of files that are no plots.

    Raises
    ------
    DataError
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"plot must end in {', '.join(SUFFIXES)}, not {str(path)!r}")


def _table(explanation: Explanation) -> str:
    """All parts as HTML, with what would move each."""
    rows = "".join(f"<tr><td>{part.cycles:,}</td><td>{part.cycles / explanation.total:.2%}</td><td>{escape(part.words)}</td><td>{escape(part.moved_by)}</td></tr>"
                   for part in explanation.parts)
    return f"<table><tr><th>cycles</th><th>of all</th><th>what happened</th><th>what moves it</th></tr>{rows}</table>"


def plot_explanation(explanation: Explanation, path: Path) -> None:
    """Write the stacked bar.

    Raises
    ------
    DataError
        If the file's name does not end in one of `SUFFIXES`.
    ToolError
        If it cannot be written.
    """
    import io

    from matplotlib.figure import Figure

    check_plot(path)
    figure = Figure(figsize=(11, 1.8 + 0.2 * len(explanation.parts)), layout="constrained")
    axes, left = figure.subplots(), 0
    colors = ["#2e7d32", "#f9a825", "#c62828", "#6a1b9a", "#00838f", "#1565c0", "#ef6c00", "#ad1457", "#4e342e", "#37474f"]
    for index, part in enumerate(explanation.parts):
        axes.barh([0], [part.cycles], left=left, color=colors[index % len(colors)], label=f"{part.cycles:,} ({part.cycles / explanation.total:.1%})  {part.words}")
        left += part.cycles
    axes.set(title=f"{explanation.title}: {explanation.total:,} cycles", yticks=[], xlim=(0, explanation.total), xlabel="cycles")
    figure.legend(loc="outside lower left", frameon=False, fontsize=8)
    kind, buffer = path.suffix.lower().lstrip("."), io.BytesIO()
    figure.savefig(buffer, format="svg" if kind == "html" else kind, dpi=150, metadata={"Date": None} if kind != "png" else None)
    data = buffer.getvalue()
    if kind == "html":
        svg = data.decode()
        data = (f"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{escape(explanation.title)}</title><style>{STYLE}</style>"
                f"<body>{svg[svg.index('<svg'):]}{_table(explanation)}</body></html>\n").encode()
    write_whole(path, lambda file: file.write(data))
