# SPDX-License-Identifier: Apache-2.0
"""What the generator must know of an accelerator: any component with stream ports is one.

Whatever is derived from `AcceleratorConfig` goes through the same door: the shipped GeMM core with
its quantizer, and a class in a package of a user's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from .base import StrictModel
from .plugins import plugin_name
from .registers import Unit

if TYPE_CHECKING:
    from .cluster import ClusterConfig
    from .memory import MemoryConfig

Streams = dict[str, np.ndarray]
"""Words of each stream port in order: arrays of uint8, shape (words, bytes of a word)."""
Jobs = Mapping[str, Sequence[Mapping[str, int]]]
"""Register fields of each job of the accelerator's own units, in order, by the unit's name."""


@dataclass(frozen=True)
class StreamPort:
    """A stream port, as the streamer that serves it sees it.

    Attributes
    ----------
    mode : {"read", "write"}
        ``read`` for an operand that comes from memory, ``write`` for a result.
    width : int
        Bits of one word of the stream, one temporal step of its streamer.
    """

    mode: Literal["read", "write"]
    width: int


@dataclass(frozen=True)
class Example:
    """One job that a bench may run.

    Attributes
    ----------
    words : dict
        How many words each port moves, by its name.
    fields : dict
        Register fields of the accelerator's own units, by the unit's name.
    """

    words: dict[str, int]
    fields: dict[str, dict[str, int]] = field(default_factory=dict)


class AcceleratorConfig(StrictModel):
    """Base of all accelerators' descriptions.

    Attributes
    ----------
    hardware : str or type
        ``module:Class`` of the component, or the class itself. It is made with this description and the
        `MemoryConfig` as its arguments and has, for each port, a stream of the port's name and width (``In`` for
        ``read``, ``Out`` for ``write``), and ``job_<unit>``, an ``Out(JobSignature(unit))``, for each
        of its units.
    reports_status : bool
        The component has an output ``status`` with ``step`` (a unit of its work is done in this
        cycle), ``active`` (a job is running), ``blocked`` (a result cannot leave) and
        ``needs_<reader>`` (the next step misses a word of that port), for the counters. Otherwise these are
        derived from its streams.
    parts : tuple of str
        Submodules of the component that deserve a line of their own in synthesis reports.
    """

    hardware: ClassVar[Any]
    reports_status: ClassVar[bool] = False
    parts: ClassVar[tuple[str, ...]] = ()
    kind: str
    """A shipped accelerator's name, or module:Class."""

    @property
    def label(self) -> str:
        """Name in documents."""
        return plugin_name(self.kind)

    @property
    def summary(self) -> str:
        """A few words on its kind and size."""
        return self.label

    def ports(self, memory: MemoryConfig) -> dict[str, StreamPort]:
        """Stream ports by name; each is served by the streamer of that name."""
        raise NotImplementedError(f"accelerator {self.kind} does not say which ports it has")

    def units(self) -> tuple[Unit, ...]:
        """Parts that take jobs of their own; an accelerator that needs no settings has none.

        The first is the one whose waiting jobs are counted as dependencies.
        """
        return ()

    @property
    def passes(self) -> bool:
        """It can carry words past its own work, and reports ``passing`` in its status when it does."""
        return False

    @property
    def pace(self) -> str | None:
        """Port whose words are counted as steps where the status is derived; None for the first."""
        return None

    def check(self, cluster: ClusterConfig) -> None:
        """Refuse what does not fit together, further than the ports' names, modes and widths.

        Raises
        ------
        ValueError
            Saying what would be right.
        """

    def verilog_sources(self) -> dict[str, str]:
        """Verilog files that the component instantiates: texts by name."""
        return {}

    def example(self, random: np.random.Generator) -> Example:
        """A job for a bench; by default 1 to 64 words for each port."""
        count = int(random.integers(1, 65))
        return Example(dict.fromkeys(self._port_names(), count))

    def golden(self, inputs: Streams, jobs: Jobs) -> Streams:
        """The model: what leaves through the result ports when ``inputs`` are streamed in.

        Parameters
        ----------
        inputs : dict
            Words of every reader's port.
        jobs : mapping
            Jobs of the accelerator's own units.

        Returns
        -------
        dict
            Words of every writer's port.
        """
        raise NotImplementedError(f"accelerator {self.kind} has no golden model")

    def _port_names(self) -> list[str]:
        from .memory import MemoryConfig
        return list(self.ports(MemoryConfig()))
