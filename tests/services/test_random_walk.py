"""A hand that knows nothing, for some seconds; for ten minutes, see the docstring of the drill."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.service("an X server (Debian: sudo apt install xvfb)"),
    pytest.mark.skipif(not shutil.which("xvfb-run"), reason="needs xvfb-run: apt install xvfb"),
]


def test_keys_and_clicks_at_random_end_in_no_traceback_and_no_warning_of_qt():
    environment = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
    done = subprocess.run(
        ["xvfb-run", "--auto-servernum", "--server-args", "-screen 0 1366x768x24",
         sys.executable, "-m", "tests.drills.random_walk", "--minutes", "0.4", "--seed", "1"],
        env=environment | {"QT_QPA_PLATFORM": "xcb"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 tracebacks and warnings of Qt\n" in done.stdout
    steps = int(done.stdout.partition(" steps")[0].rpartition(" ")[2])
    assert steps > 50
