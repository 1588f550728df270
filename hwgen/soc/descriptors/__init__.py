# SPDX-License-Identifier: Apache-2.0
"""Job descriptors: fetched, checked, resolved into register writes, applied; in the order of the files
`ring`, `words`, `checker`, `resolver`, `verifier`, `applier`."""
