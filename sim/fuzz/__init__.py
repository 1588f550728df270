# SPDX-License-Identifier: Apache-2.0
"""Random clusters, random jobs, and an interpreter of jobs that shares nothing with the generator."""
