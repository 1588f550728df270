# SPDX-License-Identifier: Apache-2.0
"""Child process which compiles one simulator: ``python -m hwgen.sim.compile SPECIFICATION``.

A process of its own because cocotb's runner takes the Verilator from the environment and because it
can then be ended, with all its compilers, when the user interrupts.
"""

import json
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner


def main(specification: dict) -> None:
    runner = get_runner("verilator")
    runner.build(
        sources=[Path(source) for source in specification["sources"]],
        hdl_toplevel=specification["top"],
        build_args=specification["arguments"],
        build_dir=specification["folder"],
        timescale=("1ns", "1ps"),
        waves=specification["waves"],
    )


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except RuntimeError as error:
        sys.exit(str(error))
