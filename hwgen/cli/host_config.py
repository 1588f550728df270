# SPDX-License-Identifier: Apache-2.0
"""What runs on external memory are asked: how it behaves, and how jobs are handed over."""

from enum import Enum

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


def chosen_host_config(cluster, external, asked: HostConfig | None) -> str:
    """How jobs are handed over."""
    from ..sim.host_config import check_host_config, usual_host_config

    if asked is None:
        return usual_host_config(cluster, external)
    check_host_config(asked.value, cluster)
    return asked.value
