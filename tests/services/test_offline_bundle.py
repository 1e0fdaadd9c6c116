"""An offline bundle, from its making to a report, on a computer whose network is cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CUT = ["unshare", "--net"] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["unshare", "-rn"]
UNREACHABLE = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"


def _can_cut() -> bool:
    """Whether a program can be started here without any network, its own loopback included."""
    if not shutil.which("unshare"):
        return False
    done = subprocess.run([*CUT, sys.executable, "-c", UNREACHABLE], capture_output=True, text=True)
    return "Network is unreachable" in done.stderr


pytestmark = [
    pytest.mark.service("unshare, a C compiler, and a package index: it downloads a GB"),
    pytest.mark.skipif(not _can_cut(), reason="needs unshare to cut the network off"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="needs Python 3.11"),
]


def test_from_a_bundle_to_a_report_without_any_network(bundle: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    words = ["--into", str(tmp_path / "pathgui"), "demo", "--headless", "--out", str(tmp_path)]
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    done = subprocess.run(
        [*CUT, "sh", str(bundle / "setup.sh"), *words],
        env={"PATH": path, "HOME": str(home)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "pathgui-demo.pgrun" / "report.pdf").read_bytes().startswith(b"%PDF-")
    kept = {place.name for place in home.iterdir()}
    assert kept <= {".cache", ".config", ".local"}, "the set-up writes elsewhere"
