# SPDX-License-Identifier: Apache-2.0
"""Errors a user can mend: one message, the offending value, and what would be right."""


class HwgenError(Exception):
    """Base of every error that is reported as one line with exit code 2, never as a traceback."""


class ConfigError(HwgenError):
    """A cluster description that is refused: key, value and reason."""


class MappingError(HwgenError):
    """A problem that the cluster cannot run as asked, for example one that does not fit."""


class DataError(HwgenError):
    """An operand array of the wrong shape or type, or a file that does not hold one."""


class ToolError(HwgenError):
    """An external tool or a file that is missing, or a tool that failed."""
