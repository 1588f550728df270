# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the trials of a campaign, which other processes can import."""

import os
import time


def quick_trial(number, seed, jobs, out):
    """Fails at number 3; 5 is the same config as 4."""
    failure = {"kind": "memory", "batch": 0, "detail": "planted"} if number == 3 else None
    config = {"memory": {"banks": 4, "bank_width": 16, "bank_depth": 16}, "jobs": {"queue_depth": 4, "waits": 4}, "streamers": {},
              "accelerator": {"kind": "max_pool", "width": 32}}
    return {"number": number, "config_hash": str(min(number, 4) if number < 6 else number), "config": config,
            "file": "failure.json" if failure else None, "jobs": {"raw": jobs}, "batches": 1, "cycles": 10, "errors": 0, "waits": 0,
            "idle": 0.0, "build_seconds": 0.0, "seconds": 0.1, "failure": failure}


def cache_trial(number, seed, jobs, out):
    """Writes where the cache folder is."""
    (out / "cache.txt").write_text(os.environ["HWGEN_CACHE"])
    return quick_trial(0, seed, jobs, out)


def endless_trial(number, seed, jobs, out):
    """Number 0 is done at once, all others never."""
    if number:
        (out / f"begun-{number}").touch()
        time.sleep(3600)
    return quick_trial(number, seed, jobs, out)
