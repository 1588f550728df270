# SPDX-License-Identifier: Apache-2.0
"""Shared by all tests: simulation with a watchdog, stream drivers, the handshake checker, proofs."""
