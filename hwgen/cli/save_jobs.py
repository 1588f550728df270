# SPDX-License-Identifier: Apache-2.0
"""``hwgen run gemm --save-jobs``: a problem's jobs as a program in a file."""

from dataclasses import replace
from pathlib import Path


def save_gemm_program(path: Path, cluster, problem, arrays, external, *, divided: bool) -> None:
    """Write the program that computes a problem.

    Parameters
    ----------
    path : Path
    cluster : ClusterConfig
    problem : GemmProblem
    arrays : dict of array, by role, or None
        Operands to be written beside it, as an ``.npz`` file of the same name.
    external : ExternalMemory or None
        For which it is tiled; None if operands lie in the scratchpad.
    divided : bool
        Jobs may need those behind them in order to end.

    Raises
    ------
    MappingError
        If the cluster cannot do it.
    ToolError, DataError
        If a file cannot be written.
    """
    import numpy as np

    from ..compiler.gemm import plan
    from ..compiler.image import MemoryImage
    from ..compiler.interpreter.run import Memories
    from ..compiler.operand_data import store_operands
    from ..compiler.program import Program
    from ..compiler.program.file import save_program
    from ..compiler.tiled.plan import plan_tiled
    from ..errors import DataError
    from ..files import check_writable, write_whole
    from ..sim.external_run import external_timing

    operands = path.with_suffix(".npz")
    if arrays is not None and operands == path:
        raise DataError(f"save-jobs must end in something else than .npz, the name of the operands' file, not {str(path)!r}")
    for file in (path, *([operands] if arrays is not None else [])):
        check_writable(file)
    image, memory = MemoryImage(cluster.memory), np.zeros(0, np.uint8)
    if external is None:
        mapped = plan(problem, cluster)
        program: Program = mapped.program()
        if arrays is not None:
            store_operands(mapped, arrays, image)
    else:
        tiled = plan_tiled(problem, cluster, external_timing(cluster, external))
        places = tiled.place()
        program = tiled.program(places, divided=divided)
        if arrays is not None:
            memory = np.zeros(places.end, np.uint8)
            tiled.store(arrays, places, memory)
    if arrays is not None:
        memories = Memories(cluster, image.bytes.reshape(cluster.memory.words, -1), memory)
        given = [buffer for buffer in program.buffers if buffer.role in ("input", "constant") or (external is None and buffer.role == "temporary")]
        contents = {buffer.name: memories.load(buffer) for buffer in given}
        write_whole(operands, lambda file: np.savez(file, **contents))
        program = replace(program, buffers=tuple(replace(buffer, file=operands.name) if buffer.name in contents else buffer for buffer in program.buffers))
    save_program(program, path)
