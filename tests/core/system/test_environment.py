"""What the program runs on, for the record."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

from pathgui.core.system.environment import environment, package_version


def test_versions_are_those_that_are_installed():
    facts = environment()
    for name in ("torch", "numpy", "zarr"):
        assert facts[name] == metadata.version(name)
    assert facts["Python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert int(facts["cores"]) >= 1


def test_what_is_not_installed_is_said():
    assert package_version("no-such-package-at-all") is None


def test_asking_imports_nothing_that_takes_seconds():
    code = (
        "import sys; from pathgui.core.system.environment import environment; environment();"
        "assert not {'torch', 'timm', 'numpy', 'zarr'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
