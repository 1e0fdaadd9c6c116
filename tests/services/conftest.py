"""What the tests that need a service share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.chromium import PROGRAM, Page, chromium

ROOT = Path(__file__).resolve().parents[2]
# A bundle that was made before; else one is made, which downloads a GB.
BUNDLE = "PATHGUI_TEST_BUNDLE"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An offline bundle for this Linux, without CUDA."""
    if made := os.environ.get(BUNDLE):
        return Path(made)
    out = tmp_path_factory.mktemp("bundles")
    words = ["--system", "linux", "--cpu", "--out", str(out)]
    command = [sys.executable, str(ROOT / "installer" / "bundle.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs a package index and a C compiler: {done.stderr.strip()[-300:]}")
    return next(out.iterdir())


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a Chromium that is started once."""
    if PROGRAM is None:
        pytest.skip("needs chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("browser") / "profile") as found:
        yield found
