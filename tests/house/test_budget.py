"""Every operation that is measured still runs, and takes no more round trips and units than it may."""

import json
import subprocess
import sys
from pathlib import Path

from bench import budget
from bench.meter import Line

ROOT = Path(__file__).parents[2]


def test_each_operation_keeps_to_its_round_trips_and_units():
    done = subprocess.run(
        [sys.executable, "-m", "bench.budget", "--counts"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = {json.loads(line)["operation"] for line in done.stdout.splitlines()}
    budgets = set(json.loads(budget.BUDGETS.read_text()))
    assert told <= budgets
    assert {name for name in budgets - told if not name.startswith(("price ", "cold start "))} == set()


def test_what_is_above_its_budget_is_told_in_words():
    line = Line("ship", reads=2, writes=1, write_units=9, read_units=1, cpu_ms=0, calibration_ms=2)
    allowed = {"reads": 1, "writes": 1, "write_units": 9, "read_units": 1, "cpu_ms": 3, "calibration_ms": 2}
    assert budget.exceeded(line, allowed) == ["ship: reads 2 > 1"]
