# SPDX-License-Identifier: Apache-2.0
"""A bench that is ready to run: only the golden model is the user's."""

from ..config import ClusterConfig
from ..config.units import units
from .text import heading
from .toml import config_name


def bench_name(config: ClusterConfig) -> str:
    """File name of the bench."""
    return f"{config.module_name}_bench.py"


def bench_text(config: ClusterConfig) -> str:
    """Python source of the bench; says what the model is given and must return."""
    ports = config.accelerator.ports(config.memory)
    lines = [f'    {name}: {"given" if port.mode == "read" else "returned"}, uint8 of shape (words, {port.width // 8})'
             for name, port in ports.items()]
    for unit in units(config)[len(config.streamers):]:
        lines.append(f"    jobs[{unit.name!r}]: one dict per job with {', '.join(field.name for field in unit.fields)}")
    return f'''# SPDX-License-Identifier: Apache-2.0
"""{heading(config, "bench")}

Random jobs stream random words through the accelerator under Verilator and cocotb; every byte of the
scratchpad is compared. The model is ``golden(inputs, jobs)`` of ``golden.py`` beside this file, or if
there is none that of the accelerator's description. Run it with pytest or as a program.

{chr(10).join(lines)}

``golden.py`` may also have ``example(random)``, which returns an ``hwgen.config.Example``: how many words
each port moves in a job, and the job's register fields.
"""

from pathlib import Path

from hwgen.sim.accelerator_bench import run_bench

HERE = Path(__file__).parent
GOLDEN = HERE / "golden.py"


def test_accelerator():
    for run in run_bench(HERE / "{config_name(config)}", golden=GOLDEN if GOLDEN.exists() else None):
        assert run.passed, run


if __name__ == "__main__":
    test_accelerator()
    print("bit exact")
'''
