# SPDX-License-Identifier: Apache-2.0
"""``hwgen network``: all layers of a network, on the cycle model."""

import json

import pytest
from typer.testing import CliRunner

from hwgen.cli import build, main


def test_layers_of_resnet_18_add_up(tmp_path):
    path = tmp_path / "network.json"
    done = CliRunner().invoke(build(), ["network", "resnet-18", "--engine", "model", "--json", str(path)])
    assert done.exit_code == 0, done.output
    found = json.loads(path.read_text())
    # The published count of operations, in multiply-accumulates, those of the last, fully connected layer apart.
    assert found["multiply_accumulates"] == 1_813_561_344
    assert sum(layer["count"] for layer in found["layers"]) == 20
    assert found["total_cycles"] == sum(layer["count"] * layer["total_cycles"] for layer in found["layers"])
    assert 0.962 < found["ceiling"] < 0.963 and found["effective_utilization"] > 0.95


def test_says_which_networks_there_are(capsys):
    with pytest.raises(SystemExit) as end:
        main(["network", "alexnet"])
    assert end.value.code == 2 and "network must be one of resnet-18, not 'alexnet'" in capsys.readouterr().err
