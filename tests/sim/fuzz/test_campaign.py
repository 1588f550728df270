# SPDX-License-Identifier: Apache-2.0
"""Campaigns: enough distinct configs, gone on with, stopped."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hwgen.sim.fuzz.campaign import Campaign
from hwgen.sim.fuzz.report import headline, line, summary, summary_table
from rich.console import Console
from support.trials import cache_trial, quick_trial

from hwgen.errors import DataError, ToolError


def numbers(results):
    return sorted(result["number"] for result in results)


def test_runs_as_many_distinct_configs_and_goes_on_from_there(tmp_path):
    first = Campaign(tmp_path, configs=3, jobs=7, trial=quick_trial)
    assert numbers(first.run()) == [0, 1, 2] and not first.failures
    seen = []
    second = Campaign(tmp_path, configs=6, jobs=7, trial=quick_trial)
    assert numbers(second.results) == [0, 1, 2]
    second.run(seen.append)
    assert numbers(seen) in ([3, 4, 6], [3, 5, 6]) and len(second.results) == 6
    assert [result["number"] for result in second.failures] == [3]
    lines = (tmp_path / "results-1.jsonl").read_text().splitlines()
    assert len(lines) == 6 and all(json.loads(text)["seed"] == 1 for text in lines)


def test_a_torn_last_line_is_run_again(tmp_path):
    Campaign(tmp_path, configs=2, trial=quick_trial).run()
    path = tmp_path / "results-1.jsonl"
    path.write_text(path.read_text()[:-20] + "\n")
    again = Campaign(tmp_path, configs=2, trial=quick_trial)
    assert len(again.results) == 1
    assert numbers(again.run()) == [0, 1]


def test_other_seeds_have_results_of_their_own(tmp_path):
    Campaign(tmp_path, configs=1, seed=1, trial=quick_trial).run()
    assert Campaign(tmp_path, configs=1, seed=2, trial=quick_trial).results == []


def test_stops_after_a_failure_if_asked(tmp_path):
    campaign = Campaign(tmp_path, configs=40, stop=True, workers=1, trial=quick_trial)
    assert numbers(campaign.run()) == [0, 1, 2, 3]


def test_no_time_no_trial(tmp_path):
    assert Campaign(tmp_path, minutes=0, trial=quick_trial).run() == []


def test_cache_is_temporary(tmp_path):
    before = os.environ.get("HWGEN_CACHE")
    Campaign(tmp_path, configs=1, workers=1, trial=cache_trial).run()
    used = Path((tmp_path / "cache.txt").read_text())
    assert str(used) != before and not used.exists() and os.environ.get("HWGEN_CACHE") == before


INTERRUPTED = """
import sys
from pathlib import Path
from hwgen.sim.fuzz.campaign import Campaign
from support.trials import endless_trial
if __name__ == "__main__":
    Campaign(Path(sys.argv[1]), configs=3, trial=endless_trial).run()
"""


def test_an_interrupt_ends_all_workers_and_keeps_what_is_done(tmp_path):
    script = tmp_path / "campaign.py"
    script.write_text(INTERRUPTED)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, script, tmp_path], env=environment, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    while not (tmp_path / "begun-1").exists() or not (tmp_path / "begun-2").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate()[1]
    assert numbers(Campaign(tmp_path, configs=3).results) == [0]
    assert not list(tmp_path.glob("hwgen-fuzz-*"))


def test_refuses_results_of_another_length(tmp_path):
    Campaign(tmp_path, configs=1, jobs=7, trial=quick_trial).run()
    with pytest.raises(DataError, match=r"jobs must be 7 to go on with '.*results-1.jsonl', not 8"):
        Campaign(tmp_path, configs=1, jobs=8, trial=quick_trial)


def test_refuses_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match="cannot be made"):
        Campaign(tmp_path / "file" / "out", trial=quick_trial)


def test_reports(tmp_path):
    results = [quick_trial(number, 1, 5, tmp_path) for number in range(4)]
    assert line(results[0]) == "config 0 (max_pool of 32 bits, 4 banks of 16 bits): 5 raw, 10 cycles in 0 s"
    assert line(results[3]).endswith("FAILED, memory: planted -> failure.json")
    values = summary(results)
    assert values["configs"] == 4 and values["jobs"] == 20 and values["cycles"] == 40
    assert values["failures"] == [{"number": 3, "failure": results[3]["failure"], "file": "failure.json"}]
    assert values["parameters"]["banks"] == {"4": 4}
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(summary_table(results))
    assert "memory, failure.json" in console.export_text()
    assert headline(results) == "4 configs, 20 jobs, 1 failures"
