# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config import preset, preset_names
from hwgen.config.counters import WAIT_CAUSES, cycle_causes
from hwgen.config.register_map import RegisterMap


def test_causes_in_the_order_of_charging():
    assert cycle_causes(preset("tiny")) == (
        "steps", *(f"{reader}_{cause}" for reader in "ABC" for cause in WAIT_CAUSES),
        "output_blocked", "dependency", "dma", "configuration", "fill", "drain")
    assert "dma" not in cycle_causes(preset("datamaestro-paper"))


@pytest.mark.parametrize("name", preset_names())
def test_every_cause_has_a_register_at_its_place(name):
    config = preset(name)
    registers, causes = RegisterMap(config), cycle_causes(config)
    assert len(set(causes)) == len(causes)
    first = registers.address("cluster.count_steps")
    assert [registers.address(f"cluster.count_{cause}") for cause in causes] == [first + 4 * i for i in range(len(causes))]
