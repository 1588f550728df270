# SPDX-License-Identifier: Apache-2.0
"""What a component must have to stand behind streamers."""

from typing import Any, ClassVar

import pytest
from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.config import AcceleratorConfig, StreamPort, preset
from hwgen.errors import ConfigError
from hwgen.soc.accelerator import Accelerator


def cluster(members):
    """A cluster whose accelerator has these members and promises X and Y of 64 bits."""

    class Component(wiring.Component):
        def __init__(self, config, memory):
            super().__init__(members)

        def elaborate(self, platform):
            return Module()

    class Config(AcceleratorConfig):
        hardware: ClassVar[Any] = Component
        kind: str = "test:Config"

        def ports(self, memory):
            return {"X": StreamPort("read", 64), "Y": StreamPort("write", 64)}

    return preset("max-pool").model_copy(update={"accelerator": Config()})


GOOD = {"X": In(stream.Signature(64)), "Y": Out(stream.Signature(64))}


def test_takes_a_component_with_the_promised_streams():
    accelerator = Accelerator(cluster(GOOD))
    assert {"X", "Y", "status"} <= set(accelerator.signature.members)


@pytest.mark.parametrize("members, message", [
    ({"X": GOOD["X"]}, "its component needs a member Y; it has X"),
    (GOOD | {"Y": Out(stream.Signature(32))}, "member Y must be .*payload out 64.*, not .*payload out 32"),
    (GOOD | {"Y": In(stream.Signature(64))}, "member Y must be .*, not .*payload in 64"),
    (GOOD | {"X": In(64)}, "member X must be .*, not itself in 64"),
])
def test_refuses_one_without_them(members, message):
    with pytest.raises(ConfigError, match=message):
        Accelerator(cluster(members))


def test_refuses_what_is_no_component():
    config = cluster(GOOD)
    type(config.accelerator).hardware = staticmethod(lambda config, memory: object())
    with pytest.raises(ConfigError, match="hardware must be a wiring.Component"):
        Accelerator(config)
