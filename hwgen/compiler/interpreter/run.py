# SPDX-License-Identifier: Apache-2.0
"""Programs carried out without hardware: contents of buffers in, contents of buffers out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...config import ClusterConfig, GemmAcceleratorConfig
from ...errors import MappingError
from ..image import MemoryImage
from ..program.buffers import Buffer, scratchpad_bytes
from ..program.program import Program
from ..program.resolve import Registers, resolved
from .machine import InterpretedCluster
from .walks import InterpreterError


@dataclass
class Memories:
    """What scratchpad and external memory hold.

    Attributes
    ----------
    config : ClusterConfig
    scratchpad : array of uint8, shape (words, bytes of a word)
        In the order of all-bank interleaving.
    external : array of uint8
    """

    config: ClusterConfig
    scratchpad: np.ndarray
    external: np.ndarray

    @classmethod
    def noise(cls, config: ClusterConfig, size: int, seed: int) -> "Memories":
        """Random bytes, the same for the same seed; ``size`` of them in external memory."""
        random, memory = np.random.default_rng(seed), config.memory
        return cls(config, random.integers(0, 256, (memory.words, memory.word_bytes), dtype=np.uint8),
                   random.integers(0, 256, size, dtype=np.uint8))

    def store(self, buffer: Buffer, array: np.ndarray) -> None:
        """Put contents into a buffer.

        Raises
        ------
        MappingError
            If they are not of the buffer's type and shape.
        """
        data = buffer.as_bytes(array)
        if buffer.space == "external":
            self.external[buffer.address:buffer.end] = data
        else:
            self.scratchpad.reshape(-1)[scratchpad_bytes(self.config.memory, buffer)] = data

    def load(self, buffer: Buffer) -> np.ndarray:
        """Contents of a buffer, of its type and shape."""
        if buffer.space == "external":
            return buffer.as_array(self.external[buffer.address:buffer.end])
        return buffer.as_array(self.scratchpad.reshape(-1)[scratchpad_bytes(self.config.memory, buffer)])

    def image(self) -> MemoryImage:
        """The scratchpad as an image."""
        return MemoryImage(self.config.memory, self.scratchpad)

    def copy(self) -> "Memories":
        return Memories(self.config, self.scratchpad.copy(), self.external.copy())


def filled(program: Program, config: ClusterConfig, contents: Mapping[str, np.ndarray], *, seed: int = 0, beyond: int = 0) -> Memories:
    """Memories as a program finds them: buffers with their contents, everything else random.

    External memory ends ``beyond`` bytes behind the last buffer.

    Raises
    ------
    MappingError
        If contents are of no buffer, or not of its type and shape.
    """
    memories = Memories.noise(config, program.external_size + beyond, seed)
    for name, array in contents.items():
        memories.store(program.buffer(name), array)
    return memories


def carry_out(program: Program, memories: Memories, *, registers: Registers | None = None, seed: int | None = None,
              queue_depth: int | None = None) -> None:
    """Carry out a program in ``memories``, which change.

    Parameters
    ----------
    program : Program
    memories : Memories
        With external memory as large as the program's.
    registers : mapping of int, optional
        What run-time registers hold, by number.
    seed : int or None
        Of the order, chosen among those that waits allow; None for the fastest.
    queue_depth : int, optional
        Entries that each queue holds besides the one running; the config's if left out.

    Raises
    ------
    MappingError
        If the cluster's accelerator is not interpreted, the program comes to a halt, or does what the hardware refuses.
    """
    config = memories.config
    if not isinstance(config.accelerator, GemmAcceleratorConfig):
        raise MappingError(f"programs can be interpreted of accelerators of kind gemm, not {config.accelerator.kind}, which {config.name} has")
    known = resolved(program, config, registers, memories.external)
    try:
        InterpretedCluster(config, memories.scratchpad, memories.external, seed=seed, queue_depth=queue_depth).run(known.jobs)
    except InterpreterError as error:
        raise MappingError(f"the program cannot be carried out: {error}") from None


def interpret(program: Program, config: ClusterConfig, contents: Mapping[str, np.ndarray], *, registers: Registers | None = None,
              seed: int | None = None, queue_depth: int | None = None) -> dict[str, np.ndarray]:
    """What buffers hold once a program has been carried out.

    Parameters
    ----------
    program : Program
    config : ClusterConfig
    contents : mapping of array, by buffer
        What buffers hold before; what is left out is random.
    registers, seed, queue_depth
        As of `carry_out`.

    Returns
    -------
    dict of array, by buffer
        Of all buffers, of their types and shapes; bytes where they have none.

    Raises
    ------
    MappingError
        As of `filled` and `carry_out`.
    """
    memories = filled(program, config, contents, seed=seed or 0)
    carry_out(program, memories, registers=registers, seed=seed, queue_depth=queue_depth)
    return {buffer.name: memories.load(buffer) for buffer in program.buffers}
