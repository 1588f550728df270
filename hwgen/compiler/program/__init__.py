# SPDX-License-Identifier: Apache-2.0
"""What a cluster is told to do, as one thing to print, save, check and run: buffers, and jobs in order."""

from .buffers import Buffer
from .program import Program

__all__ = ["Buffer", "Program"]
