# SPDX-License-Identifier: Apache-2.0
"""Counters that the interpreter knows: bank words accessed, and every cycle charged once."""

from ..cluster import SimulatedCluster
from .model import Model


class Mismatch(Exception):
    """Cluster and interpreter differ.

    Attributes
    ----------
    kind, detail : str
        As in `Failure`.
    """

    def __init__(self, kind: str, detail: str):
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


def check_counters(cluster: SimulatedCluster, model: Model) -> None:
    """Compare once all jobs have completed; the counters must not have been cleared since reset.

    Raises
    ------
    Mismatch
    """
    counters = cluster.counters()
    for name, accesses in model.accessed.items():
        if counters[f"accesses_{name}"] != accesses:
            raise Mismatch("counters", f"accesses_{name} must be {accesses}, not {counters[f'accesses_{name}']}")
    charged = sum(value for name, value in counters.items()
                  if name not in ("total_cycles", "cycles") and not name.startswith("accesses_"))
    if charged != counters["total_cycles"]:
        raise Mismatch("counters", f"cycles charged must be the {counters['total_cycles']} that have passed, not {charged}")
