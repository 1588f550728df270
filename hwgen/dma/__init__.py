# SPDX-License-Identifier: Apache-2.0
"""Copies between external memory and the scratchpad's streamers."""
