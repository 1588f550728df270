# SPDX-License-Identifier: Apache-2.0
"""Files for waveform viewers."""

from pathlib import Path

import pytest
from hwgen.sim.wave_views import check_waves, gtkwave_text, surfer_text
from hwgen.sim.waves import Wave, WaveGroup

from hwgen.errors import DataError

GROUPS = [WaveGroup("bus", (Wave("top.clk", "", "a"), Wave("top.awaddr", "[11:0]", "b"))),
          WaveGroup("core", (Wave("top.dut.step", "", "c"),))]


def test_gtkwave():
    lines = gtkwave_text(Path("/somewhere/run.vcd"), GROUPS).splitlines()
    assert '[dumpfile] "/somewhere/run.vcd"' in lines
    # Flags: binary (0x8) or hexadecimal (0x2) and right justified (0x20); groups begin with 0x800000.
    at = lines.index("-bus")
    assert lines[at + 1:at + 5] == ["@28", "top.clk", "@22", "top.awaddr[11:0]"]
    assert "top.dut.step" in lines[lines.index("-core"):]


def test_surfer():
    assert surfer_text(Path("/somewhere/run.vcd"), GROUPS).splitlines() == [
        "load_file /somewhere/run.vcd", "divider_add bus", "variable_add top.clk", "variable_add top.awaddr",
        "divider_add core", "variable_add top.dut.step", "zoom_fit"]


@pytest.mark.parametrize("name", ["run.gtkw", "run.SUCL"])
def test_viewers_files_must_not_replace_the_waveform(name):
    with pytest.raises(DataError, match=f"waveform file must end in .vcd, not '{name}'"):
        check_waves(Path(name))


def test_other_names_are_fine():
    check_waves(Path("run.vcd"))
    check_waves(Path("run"))
