# SPDX-License-Identifier: Apache-2.0
"""What jobs do, without hardware and without time: units that take turns in any order their waits allow."""

from .machine import InterpretedCluster, InterpreterError
from .run import interpret

__all__ = ["InterpretedCluster", "InterpreterError", "interpret"]
