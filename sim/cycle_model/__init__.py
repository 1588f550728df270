# SPDX-License-Identifier: Apache-2.0
"""Cycles of jobs on a cluster without its Verilog and without data."""

from .model import CycleModel, ModelRun

__all__ = ["CycleModel", "ModelRun"]
