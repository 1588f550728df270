# SPDX-License-Identifier: Apache-2.0
import copy
import os
import subprocess
import sys

import pytest

from hwgen.config import from_dict, preset
from hwgen.errors import ConfigError

DEFAULT = preset("datamaestro").model_dump(mode="json")


def changed(*path, value):
    description = copy.deepcopy(DEFAULT)
    here = description
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    return description


@pytest.mark.parametrize("path, value, complaint", [
    (("streamers", "A", "groups"), [64], "streamers.A.groups: must not exceed the 32 banks, not 64"),
    (("streamers", "B", "reach"), 64, "streamers.B.reach: must not exceed the 32 banks, not 64"),
    (("streamers", "A", "spatial_bounds"), [4],
     "streamers.A.extensions: a transposer needs rows unless a word has as many elements as there are channels, 4, not 8"),
    (("streamers", "A", "extensions"), [{"kind": "transposer", "rows": 5}],
     "streamers.A.extensions: a transposer's rows must divide the 64 elements of a step, not 5"),
    (("streamers", "A", "extensions"), [{"kind": "transposer", "element_width": 128}],
     "streamers.A.extensions: a transposer's element_width must not exceed the 64 bits of a word, not 128"),
    (("streamers", "B", "extensions"), [{"kind": "zero_fill"}],
     ("streamers.B.extensions: zero_fill must be the first extension of a reader with tail_masks, which leave bytes out,"
      " not on a read streamer with zero_fill and tail_masks = false")),
    (("streamers", "D", "extensions"), [{"kind": "broadcaster", "factor": 4}],
     "streamers.D.extensions: a broadcaster needs a reader whose 32 channels divide by its factor, not 4 on a write streamer"),
    (("streamers", "C", "extensions"), [{"kind": "broadcaster", "factor": 5}],
     "streamers.C.extensions: a broadcaster needs a reader whose 32 channels divide by its factor, not 5 on a read streamer"),
    (("streamers", "D", "spatial_bounds"), [8],
     "streamers.D.spatial_bounds: the accelerator moves 2048 bits a step, which is 32 channels of 64 bits, not 8"),
    (("streamers", "D", "mode"), "read", 'streamers.D.mode: must be "write", not "read"'),
    (("streamers", "F"), {"mode": "read", "spatial_bounds": [8]},
     "streamers: must be the accelerator's stream ports A, B, C, D, E, P, not A, B, C, D, E, P, F"),
    (("accelerator", "quantizer", "lanes"), 65, "accelerator.quantizer.lanes: must not exceed the 64 elements of a tile, not 65"),
    (("accelerator", "quantizer", "rounding_modes"), ["double", "up"],
     'accelerator.quantizer.rounding_modes.1: must be "double", "gemmlowp", "half_even" or "half_up", not "up"'),
    (("accelerator", "quantizer", "rounding_modes"), ["double", "double"],
     "accelerator.quantizer.rounding_modes: must differ from one another, not double, double"),
    (("accelerator", "quantizer", "result_width"), 12,
     "accelerator.quantizer.result_width: must be 4, 8 or 16, not 12"),
    (("name",), "8core", 'name: must start with a letter and hold only letters, digits, _ and -, not "8core"'),
])
def test_rejects_parts_that_do_not_fit_together(path, value, complaint):
    with pytest.raises(ConfigError) as error:
        from_dict(changed(*path, value=value))
    assert str(error.value) == f"config: {complaint}"


def test_rejects_channels_that_are_not_the_columns():
    description = preset("datamaestro-paper").model_dump(mode="json")
    description["accelerator"]["quantizer"]["channels"] = 4
    with pytest.raises(ConfigError, match=r"^config: accelerator\.quantizer\.channels: must be 1 or the core's 8 columns, not 4$"):
        from_dict(description)


def test_hash_is_that_of_the_resolved_config():
    assert from_dict(DEFAULT).config_hash == preset("datamaestro").config_hash
    assert len(preset("tiny").config_hash) == 16
    assert int(preset("tiny").config_hash, 16) >= 0


def test_hash_changes_with_every_value_and_with_the_order_of_streamers():
    hashes = {preset("datamaestro").config_hash}
    hashes.add(from_dict(changed("memory", "bank_depth", value=1024)).config_hash)
    hashes.add(from_dict(changed("jobs", "waits", value=3)).config_hash)
    hashes.add(from_dict(changed("name", value="other")).config_hash)
    reordered = dict(reversed(DEFAULT["streamers"].items()))
    hashes.add(from_dict(changed("streamers", value=reordered)).config_hash)
    assert len(hashes) == 5


def test_hash_does_not_depend_on_the_order_of_keys():
    assert from_dict(dict(reversed(DEFAULT.items()))).config_hash == preset("datamaestro").config_hash


def test_hash_is_the_same_in_every_process():
    script = "from hwgen.config import preset; print(preset('datamaestro').config_hash)"
    found = {subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed},
                            capture_output=True, text=True, check=True).stdout.strip() for seed in "12"}
    assert found == {preset("datamaestro").config_hash}


def test_module_name_is_an_identifier():
    assert preset("datamaestro-paper").module_name == "datamaestro_paper"
