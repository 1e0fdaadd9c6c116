"""Packs the program for Windows: an archive that runs where it is unpacked, and a set-up beside it.

NSIS holds no more than 2 GB, so the set-up does not hold the archive: both lie in one folder.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import bundle
import file_types
import offline

DESCRIPTION = Path(__file__).resolve().parent / "windows" / "pathgui.nsi"
ICON = "_internal/pathgui.ico"
WINDOWS = ("makensis", r"C:\Program Files (x86)\NSIS\makensis.exe")


def make(folder: Path, out: Path) -> list[Path]:
    """The archive of the program and its set-up. Needs makensis, on any system."""
    makensis = next((found for each in WINDOWS if (found := shutil.which(each))), None)
    if makensis is None:
        raise bundle.Stop("makensis is missing. Windows: winget install NSIS.NSIS")
    name = f"pathgui-{bundle.version()}-windows-x86_64"
    archive, set_up = out / f"{name}.zip", out / f"{name}-setup.exe"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, Path("pathgui") / path.relative_to(folder))
    link = next(each for each in file_types.TYPES if not each.folder)
    kilobytes = bundle.size_of(folder) // 1024
    words = {"VERSION": bundle.version(), "ARCHIVE": archive.name, "OUT": str(set_up.resolve()),
             "SHA256": offline.sha256_of(archive), "KILOBYTES": str(kilobytes),
             "ICON": str((folder / ICON).resolve()), "CONDITION": file_types.windows_condition(),
             "LINK": link.ending, "LINK_TITLE": link.title}  # fmt: skip
    command = [makensis, "-V2", "-WX", *(f"-D{key}={word}" for key, word in words.items())]
    done = subprocess.run([*command, str(DESCRIPTION)], capture_output=True, text=True)
    if done.returncode:
        raise bundle.Stop(f"makensis could not make the set-up:\n{done.stdout}{done.stderr}")
    return [archive, set_up]
