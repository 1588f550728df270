# SPDX-License-Identifier: Apache-2.0
"""The jobs of one phase of a convolution: the images' tile along the taps, filters tile by tile."""

from ...config.streamer_unit import enable_name
from ..tiled.compute import PhaseJobs, dense_strides, merged
from ..tiled.contents import Held
from ..tiled.layout import BlockLayout
from ..tiled.ledger import Event, Ledger
from ..tiled.tiling import Phase
from .gathering import Tile
from .tiling import ConvTiling


class ConvPhaseJobs(PhaseJobs):
    """Pushes phases; sums, results, biases and parameters go as in any matrix multiplication.

    Parameters
    ----------
    tiling : ConvTiling
    tile : PixelTile or PatchTile
    layouts : dict of BlockLayout, by role
    ledger : Ledger
    divided : bool
    """

    def __init__(self, tiling: ConvTiling, tile: Tile, layouts: dict[str, BlockLayout], ledger: Ledger, *, divided: bool):
        super().__init__(tiling, layouts, ledger, divided=divided)
        self.tile = tile

    def _operands(self, phase: Phase, held: dict[str, Held]) -> dict[str, tuple[dict[str, int], list[Event]]]:
        return {"A": (self._stream("A", self.tile.walk(phase), held["a"], self.tile.offset(phase)), held["a"].before_reading()),
                "B": (self._stream("B", self._filters(phase), held["b"]), held["b"].before_reading())}

    def _filters(self, phase: Phase) -> dict[str, int]:
        """Loops of B: a block's tiles one after the other, again for every group of positions."""
        core, settings, word = self.config.accelerator.core, self.config.streamers["B"], self.config.memory.word_bytes
        tile = core.k * core.n
        loops = merged([(phase.k.tiles, tile), (phase.n.tiles, phase.k.tiles * tile), (phase.m.tiles, 0)])
        fields = {f"spatial_stride_{d}": stride for d, stride in enumerate(dense_strides(settings.spatial_bounds, word))}
        for d in range(settings.temporal_dimensions):
            count, stride = loops[d] if d < len(loops) else (1, 0)
            fields |= {f"temporal_bound_{d}": count, f"temporal_stride_{d}": stride}
        return fields

    def _stream(self, unit: str, fields: dict[str, int], held: Held, offset: int = 0) -> dict[str, int]:
        """A walk from a buffer's beginning, or some bytes behind it."""
        settings = self.config.streamers[unit]
        fields = {"base": held.buffer.base + offset} | fields
        if len(settings.groups) > 1:
            fields["addressing_mode"] = settings.groups.index(held.buffer.group)
        return fields | {enable_name(extension): 0 for extension in settings.extensions}
