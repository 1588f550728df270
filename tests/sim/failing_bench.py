# SPDX-License-Identifier: Apache-2.0
"""A cocotb test that fails, to see that it is reported."""

import cocotb


@cocotb.test()
async def fails(dut):
    assert dut.irq.value == "nonsense", "on purpose"
