"""What is said of a test process that a signal ended."""

import os
import subprocess
import sys
from pathlib import Path

CRASHING = """
import os, signal

def test_that_ends_the_process():
    os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_the_report_says_where_a_test_process_was_when_it_crashed(tmp_path):
    (tmp_path / "test_crashing.py").write_text(CRASHING)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.crashes", "-n", "1", str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "crashed while running" in done.stdout
    assert "in test_that_ends_the_process" in done.stdout
