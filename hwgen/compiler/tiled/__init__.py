# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplications of any size from external memory to external memory, tile by tile."""
