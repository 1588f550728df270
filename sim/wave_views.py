# SPDX-License-Identifier: Apache-2.0
"""Files that open a recorded waveform in a viewer, its signals grouped by unit."""

import io
from pathlib import Path

from vcd.gtkw import GTKWSave

from ..config import ClusterConfig
from ..errors import DataError
from ..files import write_whole
from .waves import WaveGroup, group_waves, read_waves

GTKWAVE_SUFFIX, SURFER_SUFFIX = ".gtkw", ".sucl"
OPEN_GROUPS = ("bus", "cycles", "job control")
"""Groups that GTKWave shows unfolded at first."""


def check_waves(vcd: Path) -> None:
    """Refuse a waveform file that the viewers' files would replace.

    Raises
    ------
    DataError
    """
    if vcd.suffix.lower() in (GTKWAVE_SUFFIX, SURFER_SUFFIX):
        raise DataError(f"waveform file must end in .vcd, not {str(vcd)!r}")


def write_views(vcd: Path, config: ClusterConfig) -> dict[str, Path]:
    """Write a GTKWave save file and a Surfer command file beside a complete VCD file.

    Returns
    -------
    dict of str to Path
        Files by the command that opens each, without the file's name.

    Raises
    ------
    ToolError
        If the VCD file cannot be read.
    """
    groups = group_waves(read_waves(vcd), config)
    views = {
        "gtkwave": (vcd.with_suffix(GTKWAVE_SUFFIX), gtkwave_text(vcd, groups)),
        "surfer --command-file": (vcd.with_suffix(SURFER_SUFFIX), surfer_text(vcd, groups)),
    }
    for path, text in views.values():
        write_whole(path, lambda file, text=text: file.write(text.encode()))
    return {command: path for command, (path, _) in views.items()}


def gtkwave_text(vcd: Path, groups: list[WaveGroup]) -> str:
    """A save file of GTKWave."""
    text = io.StringIO()
    save = GTKWSave(text)
    save.dumpfile(str(vcd))
    save.timestart(0)
    save.signals_width(280)
    for group in groups:
        with save.group(group.name, closed=group.name not in OPEN_GROUPS):
            for wave in group.waves:
                save.trace(wave.path + wave.bits, alias=None, datafmt="hex" if wave.bits else "bin")
    return text.getvalue()


def surfer_text(vcd: Path, groups: list[WaveGroup]) -> str:
    """A command file of Surfer, as its manual describes them; each group has a divider above it."""
    lines = [f"load_file {vcd.absolute()}"]
    for group in groups:
        lines += [f"divider_add {group.name}", *(f"variable_add {wave.path}" for wave in group.waves)]
    return "\n".join([*lines, "zoom_fit", ""])
