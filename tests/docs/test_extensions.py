# SPDX-License-Identifier: Apache-2.0
"""The tutorial's extension, exactly as printed: in a config, in the generator's output, and against its model."""

import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.jobs import random_job, words_of
from support.memory import serve
from support.streams import collect, drive, simulate

from hwgen.config import StreamerConfig, from_dict, load, preset
from hwgen.emit.header import c_header
from hwgen.emit.toml import config_toml
from hwgen.errors import ConfigError
from hwgen.streamer import model
from hwgen.streamer.reader import ReadStreamer

DOCUMENT = Path(__file__).parents[2] / "docs" / "extensions.md"


def block(language):
    """The document's only block of code in a language."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    return text


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Folder of a module that holds the printed code."""
    (tmp_path / "my_extensions.py").write_text(block("python"))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("my_extensions", None)


def cluster(**changes):
    """The smallest cluster with streamer A as printed."""
    description = preset("tiny").model_dump(mode="json")
    description["streamers"]["A"] = tomllib.loads(block("toml"))["streamers"]["A"]
    description["streamers"]["A"]["extensions"][0] |= changes
    return from_dict(description)


@pytest.mark.parametrize("stall", [0.0, 0.6])
def test_hardware_equals_its_model(package, stall):
    config, rng = cluster(), random.Random(4)
    memory, streamer = config.memory, config.streamers["A"]
    contents = {(b, r): rng.getrandbits(memory.bank_width) for b in range(memory.banks) for r in range(memory.bank_depth)}
    jobs = [random_job(memory, streamer, rng) | {"floor_enable": k % 4 > 0} for k in range(20)]
    expected = [word for job in jobs for word in words_of(memory, streamer, job, contents)]
    dut, received = ReadStreamer(memory, "A", streamer), []
    simulate(dut, drive(dut.job.entry, jobs, idle=stall / 2), collect(dut.o, received, len(expected), stall=stall),
             background=[serve(dut, contents, stall=stall)], checks=[dut.o])
    assert received == expected


def test_model_is_that_of_the_text(package):
    config = cluster()
    job = {"floor_enable": 1, "floor_least": -2}
    assert model.extend([0x80FE, 0x7FFD], [3, 3], config.streamers["A"], job, config.memory) == [0xFEFE, 0x7FFE]


def test_register_fields_appear(package):
    assert {"FLOOR_ENABLE", "FLOOR_LEAST"} <= set(re.findall(r"FLOOR_[A-Z]+?(?=_|\b)", c_header(cluster())))


def test_command_line_finds_the_module(package, tmp_path):
    (tmp_path / "mine.toml").write_text(config_toml(cluster()))
    command = ["generate", "--config", "mine.toml", "--out", "out"]
    done = subprocess.run([sys.executable, "-c", "from hwgen.cli import main; main()", *command], cwd=tmp_path,
                          env={"PYTHONPATH": str(tmp_path), "PATH": "", "HWGEN_CACHE": str(tmp_path / "cache")},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (verilog,) = (tmp_path / "out").glob("*.v")
    assert "streamer_A.chain.floor" in verilog.read_text()


def test_config_is_the_same_again_from_its_file(package, tmp_path):
    config = cluster()
    (tmp_path / "again.toml").write_text(config_toml(config))
    assert load(str(tmp_path / "again.toml")).config_hash == config.config_hash


@pytest.mark.parametrize("changes, complaint", [
    ({"element_width": 12}, "streamers.A.extensions.0.element_width: must be 8 or 16, not 12"),
    ({"kind": "my_extensions:Ceiling"},
     "streamers.A.extensions.0.kind: must name a class in module my_extensions, which has no Ceiling, not 'my_extensions:Ceiling'"),
    ({"greatest": 3}, "streamers.A.extensions.0: unknown key 'greatest' with value 3; there are kind, element_width"),
])
def test_mistakes_are_reported_with_the_key(package, changes, complaint):
    with pytest.raises(ConfigError) as error:
        cluster(**changes)
    assert str(error.value) == f"config: {complaint}"


def test_check_refuses_what_the_text_says(package):
    import my_extensions

    wide = my_extensions.FloorConfig(kind="my_extensions:FloorConfig", element_width=16)
    narrow = preset("tiny").memory.model_copy(update={"bank_width": 8})
    with pytest.raises(ValueError, match="element_width must not exceed the 8 bits of a word, not 16"):
        wide.check(StreamerConfig(mode="read", spatial_bounds=(2,)), narrow)
