# SPDX-License-Identifier: Apache-2.0
"""hwgen: a generator of data streaming engines and dataflow accelerators."""

__version__ = "0.1.0"
