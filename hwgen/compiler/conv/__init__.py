# SPDX-License-Identifier: Apache-2.0
"""Convolutions of any shape from external memory to external memory, window formation left to the streamers."""
