# SPDX-License-Identifier: Apache-2.0
"""What runs on external memory are asked: how it behaves, and how jobs are handed over."""

from enum import Enum
from typing import Annotated

import typer

from ..errors import DataError


class HostConfig(str, Enum):
    serial = "serial"
    shadow = "shadow"
    queue = "queue"


def external_memory(cluster, resident: bool, bandwidth: float | None, latency: int | None):
    """The external memory as asked; None if operands lie in the scratchpad.

    Raises
    ------
    DataError
        If something is asked of a memory that there is not, or that no memory can be.
    """
    from ..sim.external_memory import ExternalMemory

    if cluster.dma is None or resident:
        for name, value in (("bandwidth", bandwidth), ("latency", latency)):
            if value is not None:
                raise DataError(f"{name} is that of external memory, which this run does not use; it must be left out, not {value!r}")
        return None
    try:
        return ExternalMemory(latency=100 if latency is None else latency, bandwidth=bandwidth)
    except ValueError as error:
        raise DataError(str(error)) from None


HostConfigOption = Annotated[HostConfig | None, typer.Option(
    help="Each job waited for, the next written while others run, or all in memory as descriptors; the fastest that the cluster can do if left out.")]


def checked_host_config(cluster, asked: HostConfig | None) -> str | None:
    """How jobs are handed over, if that was asked for.

    Raises
    ------
    ToolError
        If the cluster cannot do it.
    """
    from ..sim.host_config import check_host_config

    if asked is not None:
        check_host_config(asked.value, cluster)
    return asked and asked.value
