# SPDX-License-Identifier: Apache-2.0
"""``--save-jobs`` of the run commands: a problem's jobs as a program in a file."""

from dataclasses import replace
from pathlib import Path


def save_program_of(path: Path, mapped, arrays, *, divided: bool) -> None:
    """Write the program that computes a problem.

    Parameters
    ----------
    path : Path
    mapped : Plan, TiledPlan or ConvPlan
    arrays : dict of array, by role, or None
        Operands to be written beside it, as an ``.npz`` file of the same name.
    divided : bool
        Jobs may need those behind them in order to end.

    Raises
    ------
    ToolError, DataError
        If a file cannot be written.
    """
    import numpy as np

    from ..compiler.gemm import Plan
    from ..compiler.image import MemoryImage
    from ..compiler.interpreter.run import Memories
    from ..compiler.operand_data import store_operands
    from ..compiler.program.file import save_program
    from ..errors import DataError
    from ..files import check_writable, write_whole

    operands, resident, memory = path.with_suffix(".npz"), isinstance(mapped, Plan), mapped.config.memory
    if arrays is not None and operands == path:
        raise DataError(f"save-jobs must end in something else than .npz, the name of the operands' file, not {str(path)!r}")
    for file in (path, *([operands] if arrays is not None else [])):
        check_writable(file)
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
