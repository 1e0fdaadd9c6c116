"""Packs the program for Linux: a ``.run`` for one user, a ``.deb`` for all of a computer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import bundle
import file_types

LINUX = Path(__file__).resolve().parent / "linux"
LABEL = "pathgui, for research use only"
PROGRAM = "@PROGRAM@"  # what install.sh replaces
HOME_OF_DEB = "opt/pathgui"
# What the program has of the system, beside the C library: the drivers of the screen, what they are
# linked against, a font. The rest is in the folder.
DEPENDS = "libstdc++6, libgcc-s1, libegl1, libgl1, libfontconfig1"
CONTROL = """Package: pathgui
Version: {version}
Architecture: amd64
Maintainer: the pathgui project <pathgui@localhost>
Installed-Size: {kilobytes}
Depends: libc6 (>= {glibc}), {depends}
Recommends: desktop-file-utils, shared-mime-info, hicolor-icon-theme
Section: science
Priority: optional
Description: robustness of pathology encoders
 Does a pathology encoder see tissue, or the hospital that stained it? pathgui
 measures it on the slides of a laboratory. For research use only, not for
 diagnostic use. Without CUDA: encoders run on the CPU.
"""


def make_run(folder: Path, out: Path) -> Path:
    """A file that unpacks itself into the folders of the user who runs it. Needs makeself."""
    _need("makeself", "makeself")
    path = out / f"pathgui-{bundle.version()}-linux-x86_64.run"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        top = Path(scratch) / "pathgui"
        (top / "share").mkdir(parents=True)
        _link(folder, top / "program")
        for name in ("install.sh", "uninstall.sh"):
            shutil.copy(LINUX / name, top / name)
        (top / "share" / "pathgui.desktop").write_text(file_types.desktop_entry(PROGRAM), "utf-8")
        (top / "share" / "pathgui.xml").write_text(file_types.mime_types(), "utf-8")
        shutil.copy(_icon(), top / "share" / "pathgui.svg")
        (top / "needs-glibc").write_text(f"{needed_glibc(folder)}\n", "utf-8")
        # Through sh, since a folder for temporary files may forbid programs.
        command = ["makeself", "--quiet", "--sha256", "--nox11", "--gzip", "--complevel", "6",
                   str(top), str(path), LABEL, "sh", "./install.sh"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise bundle.Stop(f"makeself could not pack the program: {done.stdout}{done.stderr}")
    return path


def make_deb(folder: Path, out: Path) -> Path:
    """A package of Debian and Ubuntu: the program in ``/opt``, entries of the menu for all."""
    _need("dpkg-deb", "dpkg")
    path = out / f"pathgui_{bundle.version()}_amd64.deb"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        top = Path(scratch) / "root"
        share = top / "usr" / "share"
        for place in (top / "DEBIAN", top / "opt", top / "usr/bin", share / "applications",
                      share / "mime/packages", share / "icons/hicolor/scalable/apps",
                      share / "doc/pathgui"):  # fmt: skip
            place.mkdir(parents=True)
        top.chmod(0o755)
        _link(folder, top / HOME_OF_DEB)
        (top / "usr/bin/pathgui").symlink_to(f"/{HOME_OF_DEB}/pathgui")
        entry = file_types.desktop_entry(f"/{HOME_OF_DEB}/pathgui")
        (share / "applications/pathgui.desktop").write_text(entry, "utf-8")
        (share / "mime/packages/pathgui.xml").write_text(file_types.mime_types(), "utf-8")
        shutil.copy(_icon(), share / "icons/hicolor/scalable/apps/pathgui.svg")
        shutil.copy(bundle.ROOT / "LICENSE", share / "doc/pathgui/copyright")
        control = CONTROL.format(
            version=bundle.version(),
            kilobytes=bundle.size_of(top) // 1024,
            glibc=needed_glibc(folder),
            depends=DEPENDS,
        )
        (top / "DEBIAN/control").write_text(control, "utf-8")
        command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z6", "--build", str(top)]
        done = subprocess.run([*command, str(path)], capture_output=True, text=True)
    if done.returncode:
        raise bundle.Stop(f"dpkg-deb could not pack the program: {done.stderr}")
    return path


def needed_glibc(folder: Path) -> str:
    """The oldest C library under which every library of the program starts, as "2.34"."""
    _need("readelf", "binutils")
    newest = (2, 17)  # of the loader of PyInstaller
    words = {**os.environ, "LC_ALL": "C"}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or not _is_elf(path):
            continue
        done = subprocess.run(["readelf", "-V", str(path)], capture_output=True, env=words)
        asked = done.stdout.partition(b"Version needs section")[2]
        found = re.findall(rb"Name: GLIBC_(\d+)\.(\d+)", asked)
        newest = max([newest, *((int(major), int(minor)) for major, minor in found)])
    return ".".join(map(str, newest))


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _icon() -> Path:
    return bundle.ROOT / "resources" / "icons" / "pathgui.svg"


def _link(folder: Path, to: Path) -> None:
    """A copy that takes no space where the disk can do so: a GB is there once."""
    subprocess.run(["cp", "-al", str(folder.resolve()), str(to)], check=True)


def _need(program: str, package: str) -> None:
    if not shutil.which(program):
        raise bundle.Stop(f"{program} is missing: sudo apt install {package}")
