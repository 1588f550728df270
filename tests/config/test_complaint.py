# SPDX-License-Identifier: Apache-2.0
import copy
import datetime

import pytest

from hwgen.config import from_dict, preset
from hwgen.errors import ConfigError

DEFAULT = preset("datamaestro").model_dump(mode="json")
MISSING = object()


@pytest.mark.parametrize("path, value, complaint", [
    ("memory.banks", 12, "memory.banks: must be a power of two, not 12"),
    ("memory.banks", "32", 'memory.banks: must be an integer, not "32"'),
    ("memory.banks", 32.5, "memory.banks: must be an integer, not 32.5"),
    ("memory.banks", True, "memory.banks: must be an integer, not true"),
    ("memory.banks", datetime.date(2025, 1, 2), 'memory.banks: must be an integer, not "2025-01-02"'),
    ("memory.banks", 512, "memory.banks: must be at most 256, not 512"),
    ("memory.banks", -1, "memory.banks: must be at least 1, not -1"),
    ("memory", [1], "memory: must be a table, not [1]"),
    ("memory.bankz", 12, "unknown key 'memory.bankz' with value 12; there are banks, bank_width, bank_depth"),
    ("streamers.A.reach", "some", 'streamers.A.reach: must be an integer or "all", not "some"'),
    ("streamers.A.reach", 12, 'streamers.A.reach: must be a power of two or "all", not 12'),
    ("streamers.A.mode", "both", 'streamers.A.mode: must be "read" or "write", not "both"'),
    ("streamers.A.groups", 8, "streamers.A.groups: must be a list, not 8"),
    ("streamers.A.groups", [8, 12], "streamers.A.groups.1: must be a power of two, not 12"),
    ("streamers.A.groups", [8, 8], "streamers.A.groups: must differ from one another, not [8, 8]"),
    ("streamers.A.spatial_bounds", [], "streamers.A.spatial_bounds: must have at least 1 entry, not 0"),
    ("streamers.A.spatial_bounds", [1] * 7, "streamers.A.spatial_bounds: must have at most 6 entries, not 7"),
    ("streamers.A.extensions", [{"kind": "mirror"}],
     'streamers.A.extensions.0.kind: must be "transposer" or "broadcaster" or "requantize" or "zero_fill", not "mirror"'),
    ("streamers.A.extensions", [{"factor": 2}], "key 'streamers.A.extensions.0.kind' is missing"),
    ("streamers.A.extensions", ["transposer"], 'streamers.A.extensions.0: must be a table, not "transposer"'),
    ("streamers.A.extensions", [{"kind": "transposer", "factor": 2}],
     "unknown key 'streamers.A.extensions.0.factor' with value 2; there are kind, element_width, rows"),
    ("streamers.A.depth", 8, "unknown key 'streamers.A.depth' with value 8; there are mode, spatial_bounds, "),
    ("streamers.1x", {"mode": "read", "spatial_bounds": [8]},
     'streamers.1x: must start with a letter and hold only letters, digits, _, not "1x"'),
    ("streamers", {}, "streamers: must have at least 1 entry, not 0"),
    ("accelerator.kind", "tpu", 'accelerator.kind: must be "gemm" or "elementwise_add" or "max_pool" or "verilog", not "tpu"'),
    ("accelerator.kind", MISSING, "key 'accelerator.kind' is missing"),
    ("name", 7, "name: must be a string, not 7"),
    ("name", "n" * 49, "name: must have at most 48 characters, not "),
    ("name", "n" * 200, "name: must have at most 48 characters, not "),
])
def test_names_key_reason_and_value(path, value, complaint):
    description = copy.deepcopy(DEFAULT)
    *parents, last = path.split(".")
    here = description
    for key in parents:
        here = here[key]
    if value is MISSING:
        del here[last]
    else:
        here[last] = value
    with pytest.raises(ConfigError) as error:
        from_dict(description)
    message = str(error.value)
    assert message.startswith(f"config: {complaint}")
    assert len(message) < 300 and "\n" not in message
