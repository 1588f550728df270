# SPDX-License-Identifier: Apache-2.0
"""How one streamer moves one operand, and the register fields that make it do so."""

from dataclasses import dataclass

from ..config import ClusterConfig
from ..config.streamer_unit import enable_name
from ..errors import MappingError
from .loops import Loop, operand_loops
from .placement import Place


@dataclass(frozen=True)
class Operand:
    """How one streamer moves one operand.

    Attributes
    ----------
    streamer : str
    size : int
        Bytes in the scratchpad, padding included.
    words : int
        Bank words accessed in each of its steps.
    strides : dict
        Bytes between neighboring tiles along m, n and k.
    per_tile : bool
        Moved once per output tile, not once per step.
    extensions : frozenset of str
        Extensions that act.
    source : bool
        Only read by a pass before the job, not by the job itself.
    others : tuple of str
        Further streamers whose tiles lie in the same place, those of passes.
    """

    streamer: str
    size: int
    words: int
    strides: dict[str, int]
    per_tile: bool = False
    extensions: frozenset[str] = frozenset()
    source: bool = False
    others: tuple[str, ...] = ()

    @property
    def pitch(self) -> int:
        """Bytes from one tile to the next that lies behind it."""
        return min(self.strides.values())

    def loops(self, nest: tuple[Loop, ...]) -> list[tuple[int, int]]:
        return operand_loops(nest, **self.strides, per_tile=self.per_tile)


def streamer_fields(config: ClusterConfig, operand: Operand, place: Place, loops: list[tuple[int, int]]) -> dict[str, int]:
    """Register fields of a streamer that walks tiles of consecutive words.

    Raises
    ------
    MappingError
        If the streamer has not the addressing mode of the place.
    """
    settings = config.streamers[operand.streamer]
    fields = {"base": place.base}
    stride = config.memory.word_bytes
    for d, bound in enumerate(settings.spatial_bounds):
        fields[f"spatial_stride_{d}"] = stride
        stride *= bound
    for d in range(settings.temporal_dimensions):
        count, step = loops[d] if d < len(loops) else (1, 0)
        fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": step}
    if place.group not in settings.groups:
        raise MappingError(f"streamer {operand.streamer} must have groups of {place.group} banks, not {', '.join(map(str, settings.groups))}")
    if len(settings.groups) > 1:
        fields["addressing_mode"] = settings.groups.index(place.group)
    for extension in settings.extensions:
        fields[enable_name(extension)] = int(extension.label in operand.extensions)
    return fields


def loops_fit(config: ClusterConfig, streamer: str, loops: list[tuple[int, int]]) -> bool:
    """Whether a streamer has as many loops, and registers wide enough for their bounds."""
    settings = config.streamers[streamer]
    return len(loops) <= settings.temporal_dimensions and all(count < 1 << settings.bound_width for count, _ in loops)


def tile_pitch(config: ClusterConfig, words: int, *names: str) -> int:
    """Bytes between pieces of ``words`` words, each of which begins where the first channels of all these streamers reach."""
    reach = max(1 if config.streamers[name].reach == "all" else config.streamers[name].reach for name in names)
    return -(-words // reach) * reach * config.memory.word_bytes
