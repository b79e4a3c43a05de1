"""The bench of cold imports measures what it says. Its figures are compared by `make budget`, never by a timed test."""

from __future__ import annotations

import subprocess
import sys

from bench import cold


def test_the_ratio_is_the_whole_import_beside_the_bare_one():
    assert cold.Cold("app", 30.0, 20.0).ratio == 1.5


def test_what_few_need_is_imported_when_they_come():
    program = "import app, sys; print({'idna', 'smtplib'} & set(sys.modules))"
    told = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program], cwd=cold.ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "set()"


def test_a_module_of_ours_is_measured_with_its_libraries_and_without():
    told = cold.measure("chalicelib.kernel.ids", tries=1)
    assert told.module == "chalicelib.kernel.ids"
    assert told.whole_ms > 0
    assert told.bare_ms > 0
