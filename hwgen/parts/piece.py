# SPDX-License-Identifier: Apache-2.0
"""Part of a run of bytes: what one word as wide as the external port holds of it."""

from amaranth.lib import data

from ..config.base import bits_for


class PieceLayout(data.StructLayout):
    """Bytes ``lane`` to ``lane + count - 1`` of a word of ``word_bytes`` bytes.

    Members are ``lane``; ``count``, 0 for a word that holds nothing of the run; and ``last``, whether
    the piece is its copy's last.
    """

    def __init__(self, word_bytes: int):
        super().__init__({"lane": bits_for(word_bytes), "count": bits_for(word_bytes + 1), "last": 1})
