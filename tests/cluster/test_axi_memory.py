# SPDX-License-Identifier: Apache-2.0
"""The emitted cluster's pins to external memory are an AXI4 interface that any memory can serve."""

import pytest
from hwgen.sim import run_cocotb_bench
from hwgen.sim.design import verilog_for

from hwgen.config import preset
from hwgen.emit.verilog import top_name


@pytest.mark.xdist_group("tiny")
def test_foreign_memory_serves_copies():
    config = preset("tiny")
    tests = run_cocotb_bench([verilog_for(config)], top_name(config), "cluster.axi_memory_bench",
                             key=(config.config_hash,), environment={"BENCH_PRESET": "tiny"})
    assert tests == 5
