"""Packs the program for macOS: a disk image with the program and a way to drag it to."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import bundle


def make(app: Path, out: Path) -> Path:
    """A disk image of ``pathgui.app``. Needs macOS, which brings hdiutil."""
    if not app.is_dir():
        raise bundle.Stop(f"There is no {app}: make it with --bundle.")
    path = out / f"pathgui-{bundle.version()}-macos-arm64.dmg"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        subprocess.run(["cp", "-R", str(app), scratch], check=True)
        (Path(scratch) / "Applications").symlink_to("/Applications")
        command = ["hdiutil", "create", "-quiet", "-ov", "-volname", "pathgui", "-srcfolder",
                   scratch, "-format", "UDZO", str(path)]  # fmt: skip
        if subprocess.run(command).returncode:
            raise bundle.Stop("hdiutil could not make the disk image: its words are above.")
    return path
