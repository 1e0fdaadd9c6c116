"""The program for Linux, made and then run where there is no Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from pathgui.core.phantom.qualifying import program_sha256
from tests.services.x_server import missing, shown, x_server

ROOT = Path(__file__).resolve().parents[2]
# A program that was made before (the folder --out); else one is made, which takes ten minutes.
MADE = "PATHGUI_TEST_PROGRAM"
PLAIN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HF_HUB_OFFLINE": "1"}
SUITE = "bookworm"
FINDS_PYTHON = "find / -xdev -name 'python3*' -path '*bin*' | head -n 1"
UNRESOLVED = """
find /opt/pathgui -type f \\( -name '*.so' -o -name '*.so.*' \\) -print0 |
    LD_LIBRARY_PATH=/opt/pathgui/_internal xargs -0 ldd 2>/dev/null | grep 'not found' | sort -u
"""

pytestmark = [
    pytest.mark.service("makeself, debootstrap, xvfb, a C compiler and a package index"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="needs Python 3.11"),
]


@dataclass(frozen=True)
class Made:
    """What ``installer/build_program.py`` made."""

    folder: Path  # of the program
    run: Path
    deb: Path


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = Path(os.environ.get(MADE) or tmp_path_factory.mktemp("program"))
    script = [sys.executable, str(ROOT / "installer" / "build_program.py"), "--out", str(out)]
    if not list(out.glob("*.deb")):
        if not shutil.which("makeself"):
            pytest.skip("needs makeself: sudo apt install makeself")
        folder = out / "pathgui"
        source = (
            ["--folder", str(folder)]
            if folder.is_dir()
            else ["--bundle", str(request.getfixturevalue("bundle"))]
        )
        done = subprocess.run([*script, *source], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
    return Made(out / "pathgui", next(out.glob("*.run")), next(out.glob("*.deb")))


def test_the_program_holds_every_resource_and_the_very_sources(made: Made) -> None:
    inside = made.folder / "_internal" / "pathgui"
    resources = ROOT / "resources"
    files = [path.relative_to(resources) for path in resources.rglob("*") if path.is_file()]
    lacking = [file for file in files if not (inside / "_resources" / file).is_file()]
    assert lacking == []
    assert (inside / "_resources" / "docs" / "first-minutes.md").is_file()
    done = subprocess.run(
        [sys.executable, "-c",
         f"import pathgui; pathgui.__file__ = {str(inside / '__init__.py')!r};"
         "from pathgui.core.phantom.qualifying import program_sha256; print(*program_sha256())"],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.split() == [*map(str, program_sha256())]


def test_the_run_file_sets_it_up_in_a_home_and_the_self_test_is_good(
    made: Made, tmp_path: Path
) -> None:
    home = tmp_path / "home of a user"
    home.mkdir()
    environment = {**PLAIN, "HOME": str(home), "TMPDIR": str(tmp_path)}
    done = subprocess.run(["sh", made.run], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    program = home / ".local" / "bin" / "pathgui"
    words = [program, "doctor", "--self-test", "--json"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert not [each for each in found["findings"] if each["state"] == "bad"]
    done = subprocess.run([home / ".local/lib/pathgui/uninstall"], env=environment,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (home / ".local" / "lib" / "pathgui").exists()
    assert not program.is_symlink()


@dataclass(frozen=True)
class Root:
    """A small Debian in a folder."""

    folder: Path

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        return subprocess.run(
            ["chroot", str(self.folder), *words],
            env={**PLAIN, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **environment},
            capture_output=True, text=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def root(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    """A Debian of the least that there is, into which apt installed the .deb."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap: sudo apt install debootstrap")
    root = Root(tmp_path_factory.mktemp("bare") / "root")
    words = ["debootstrap", "--variant=minbase", SUITE, str(root.folder)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"debootstrap makes no {SUITE}: {done.stdout.strip()[-300:]}")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", root.folder / "etc" / name)
    for path in (*Path("/etc/apt/apt.conf.d").glob("*proxy*"),):
        shutil.copy(path, root.folder / "etc/apt/apt.conf.d" / path.name)
    shutil.copy(made.deb, root.folder / "pathgui.deb")
    mounted = []
    try:
        for kind in ("proc", "devtmpfs"):
            place = root.folder / {"devtmpfs": "dev"}.get(kind, kind)
            subprocess.run(["mount", "-t", kind, kind, str(place)], check=True)
            mounted.append(place)
        assert root.run("apt-get", "update").returncode == 0
        done = root.run("apt-get", "install", "-y", "--no-install-recommends", "/pathgui.deb",
                        DEBIAN_FRONTEND="noninteractive")  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        (root.folder / "pathgui.deb").unlink()
        yield root
    finally:
        for place in reversed(mounted):
            subprocess.run(["umount", str(place)], check=True)
        shutil.rmtree(root.folder)


def test_a_computer_without_python_has_all_that_it_is_linked_against(root: Root) -> None:
    assert root.run("sh", "-c", FINDS_PYTHON).stdout == ""
    cuda = ("libcud", "libnv", "libcu", "libnccl")
    lines = root.run("sh", "-c", UNRESOLVED).stdout.splitlines()
    assert [line.strip() for line in lines if not line.strip().startswith(cuda)] == []


def test_a_computer_without_python_passes_the_self_test_and_makes_the_report(root: Root) -> None:
    done = root.run("pathgui", "doctor", "--self-test")
    assert done.returncode == 0, done.stdout + done.stderr
    done = root.run("pathgui", "demo", "--headless", "--out", "/root")
    assert done.returncode == 0, done.stdout + done.stderr
    report = root.folder / "root" / "pathgui-demo.pgrun" / "report.pdf"
    assert report.read_bytes().startswith(b"%PDF-")


def test_a_computer_without_python_shows_the_window(root: Root, tmp_path: Path) -> None:
    if missing():
        pytest.skip(f"needs {' '.join(missing())}: sudo apt install xvfb xdotool imagemagick")
    words = ["chroot", str(root.folder), "/usr/bin/pathgui"]
    with x_server() as display, shown(words, display, {**PLAIN, "HOME": "/root"}) as window:
        assert window.title().endswith("pathgui")
        window.picture(tmp_path / "window.png")
        with Image.open(tmp_path / "window.png") as picture:
            colors = picture.convert("RGB").getcolors(1 << 20) or ()
        assert len(colors) > 100, "the window is empty"
        assert window.end() == 0


def test_removing_the_package_leaves_nothing(root: Root) -> None:
    done = root.run("apt-get", "remove", "-y", "pathgui", DEBIAN_FRONTEND="noninteractive")
    assert done.returncode == 0, done.stderr
    left = root.run("sh", "-c", "find / -xdev -iname '*pathgui*' -not -path '/root/*'").stdout
    lists = ("/var/lib/dpkg/", "/var/cache/", "/var/log/")
    assert [line for line in left.splitlines() if not line.startswith(lists)] == []
