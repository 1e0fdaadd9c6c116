"""The window from outside, as a screen reader meets it: through AT-SPI on a session bus."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"  # for which the distribution packs pyatspi
NEEDED = "Debian: sudo apt install at-spi2-core python3-pyatspi dbus xvfb"


def _has_pyatspi() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    asked = subprocess.run([SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True)
    return asked.returncode == 0


pytestmark = [
    pytest.mark.service(f"a session bus with AT-SPI ({NEEDED})"),
    pytest.mark.skipif(
        not (shutil.which("xvfb-run") and shutil.which("dbus-run-session") and _has_pyatspi()),
        reason=f"needs a session bus with AT-SPI: {NEEDED}",
    ),
]

WINDOW = """
import sys
from pathlib import Path
import pathgui.gui.app as app
sys.exit(app.main([Path(each) for each in sys.argv[1:]]))
"""

# Finds the program, waits until its slide is described, and writes down what it meets.
READER = """
import json, sys, time
import pyatspi

def found():
    desktop = pyatspi.Registry.getDesktop(0)
    for program in desktop:
        if program is not None and program.childCount:
            yield from walk(program)

def walk(node, depth=0):
    yield node
    if depth < 40:
        for child in (node[at] for at in range(node.childCount)):
            if child is not None:
                yield from walk(child, depth + 1)

until = time.monotonic() + 90
while not pyatspi.Registry.getDesktop(0).childCount and time.monotonic() < until:
    time.sleep(0.1)
nodes = []
while time.monotonic() < until:
    try:  # from the first moment on, when much is made and put away
        nodes = [(n.getRoleName(), n.name, n.description) for n in found()]
    except Exception as error:
        print(repr(error), file=sys.stderr)
        continue
    if any(name == "Slide" and SLIDE in about for role, name, about in nodes):
        break
print(json.dumps(nodes))
"""


def test_a_screen_reader_meets_named_controls_and_the_tile_that_is_looked_at(slide_path, tmp_path):
    (tmp_path / "window.py").write_text(WINDOW)
    (tmp_path / "reader.py").write_text(READER.replace("SLIDE", repr(slide_path.name)))
    script = (
        f'"{sys.executable}" -X faulthandler "{tmp_path}/window.py" "{slide_path}" & window=$!\n'
        f'"{SYSTEM_PYTHON}" "{tmp_path}/reader.py"\n'
        'kill $window; wait $window; echo "the window ended with $?" >&2\n'
    )
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS")
    } | {"QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
    done = subprocess.run(
        ["dbus-run-session", "--", "xvfb-run", "--auto-servernum", "sh", "-c", script],
        env=environment, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.stdout, done.stderr
    assert "the window ended with 143\n" in done.stderr, done.stderr  # as it was told to
    nodes = [tuple(node) for node in json.loads(done.stdout.splitlines()[-1])]
    names = {name for _, name, _ in nodes}
    assert {"Open slides", "Find an encoder", "Evaluate"} <= names
    (about,) = [about for _, name, about in nodes if name == "Slide" and about]
    assert slide_path.name in about
    assert "pixels" in about
    buttons = [name for role, name, _ in nodes if role in ("push button", "toggle button")]
    assert len(buttons) > 10
