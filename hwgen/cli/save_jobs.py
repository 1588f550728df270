# SPDX-License-Identifier: Apache-2.0
"""``--save-jobs`` of the run commands: a problem's jobs as a program in a file."""

from dataclasses import replace
from pathlib import Path

from ..errors import DataError

OPERANDS = ".npz"
"""Suffix of the operands' file."""


def check_save_jobs(path: Path | None, operands: bool) -> None:
    """Refuse files that cannot be written before anything is mapped.

    Parameters
    ----------
    path : Path, optional
        Of the program.
    operands : bool
        These are to be written beside it.

    Raises
    ------
    ToolError, DataError
    """
    from ..files import check_writable

    if path is None:
        if operands:
            raise DataError("save-operands needs --save-jobs, beside whose file they are written")
        return
    check_writable(path)
    if operands:
        if path.suffix == OPERANDS:
            raise DataError(f"save-jobs must end in something else than {OPERANDS}, the name of the operands' file, not {str(path)!r}")
        check_writable(path.with_suffix(OPERANDS))


def save_program_of(path: Path, mapped, arrays, *, divided: bool) -> None:
    """Write the program that computes a problem, to a file that `check_save_jobs` has let pass.

    Parameters
    ----------
    path : Path
    mapped : Plan, TiledPlan or ConvPlan
    arrays : dict of array, by role, or None
        Operands to be written beside it, as an ``.npz`` file of the same name.
    divided : bool
        Jobs may need those behind them in order to end.

    """
    import numpy as np

    from ..compiler.gemm import Plan
    from ..compiler.image import MemoryImage
    from ..compiler.interpreter.run import Memories
    from ..compiler.operand_data import store_operands
    from ..compiler.program.file import save_program
    from ..files import write_whole

    operands, resident, memory = path.with_suffix(OPERANDS), isinstance(mapped, Plan), mapped.config.memory
    places = None if resident else mapped.place()
    program = mapped.program() if resident else mapped.program(places, divided=divided)
    if arrays is not None:
        image, external = MemoryImage(memory), np.zeros(0 if resident else places.end, np.uint8)
        if resident:
            store_operands(mapped, arrays, image)
        else:
            mapped.store(arrays, places, external)
        memories = Memories(mapped.config, image.bytes.reshape(memory.words, -1), external)
        given = [buffer for buffer in program.buffers if buffer.role in ("input", "constant") or (resident and buffer.role == "temporary")]
        contents = {buffer.name: memories.load(buffer) for buffer in given}
        write_whole(operands, lambda file: np.savez(file, **contents))
        program = replace(program, buffers=tuple(replace(buffer, file=operands.name) if buffer.name in contents else buffer for buffer in program.buffers))
    save_program(program, path)
