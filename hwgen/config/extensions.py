# SPDX-License-Identifier: Apache-2.0
"""Datapath extensions of a streamer, as they are described."""

from typing import Annotated, Literal

from pydantic import Field

from .base import PowerOfTwo, StrictModel


class TransposerConfig(StrictModel):
    """Transposes the square tile of one step: channels are rows, elements of a word are columns."""

    kind: Literal["transposer"]
    element_width: PowerOfTwo = 8
    """Bits of one element; elements per word must equal the number of channels."""


class BroadcasterConfig(StrictModel):
    """Fetches the first ``channels / factor`` channels and repeats them over all others."""

    kind: Literal["broadcaster"]
    factor: Annotated[int, Field(ge=2)] = 8
    """How many times the fetched words are repeated; divides the number of channels."""


ExtensionConfig = Annotated[TransposerConfig | BroadcasterConfig, Field(discriminator="kind")]
