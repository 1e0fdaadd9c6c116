"""Makes an offline bundle: one folder from which pathgui is installed without any network.

    python3 installer/bundle.py --system linux --cpu --out DIR
    python3 installer/bundle.py --locks              make installer/locks/*.txt anew, with uv

Needs internet, or a mirror that pip knows of. A bundle for Windows or macOS can be made on Linux:
only wheels are taken, so nothing is built for the other system. What the bundle is for, and how
it is used, is in docs/for-it.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import offline

INSTALLER = Path(__file__).resolve().parent
ROOT = INSTALLER.parent
LOCKS = INSTALLER / "locks"
CONSTRAINTS = INSTALLER / "constraints.txt"
WITHOUT_DEPENDENCIES = INSTALLER / "without-dependencies.txt"
TOOLS = INSTALLER / "program" / "tools.in"
# What a PC without an NVIDIA GPU does not need: the wheels of CUDA that torch asks for on Linux.
CUDA = re.compile(r"(nvidia|cuda)-|triton$")
# Nothing can be added where there is no internet, so slides in archives are read from the start.
EXTRAS = ("archives",)
BESIDE = ("README.md", "LICENSE", "CHANGELOG.md")
STARTERS = ("setup.sh", "setup.cmd")


class Stop(Exception):
    """Ends the program; the text says what to do."""


@dataclass(frozen=True)
class System:
    """A kind of computer: what wheels for it are called."""

    machine: str
    needs: str  # in words
    tags: tuple[str, ...]  # of wheels that run there, best first
    resolver: str  # what uv calls it


def _manylinux() -> tuple[str, ...]:
    names = [f"manylinux_2_{minor}_x86_64" for minor in range(34, 4, -1)]
    return (*names, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")


def _macos() -> tuple[str, ...]:
    arm = [f"macosx_{major}_0_{kind}" for major in range(14, 10, -1) for kind in _MAC_KINDS]
    return (*arm, *(f"macosx_10_{minor}_universal2" for minor in range(16, 8, -1)))


_MAC_KINDS = ("arm64", "universal2")
SYSTEMS = {
    "linux": System(
        "x86_64", "glibc 2.34 (Debian 12, Ubuntu 22.04, RHEL 9)", _manylinux(),
        "x86_64-manylinux_2_34",
    ),
    "windows": System("x86_64", "Windows 10", ("win_amd64",), "x86_64-pc-windows-msvc"),
    "macos": System("arm64", "macOS 14, Apple silicon", _macos(), "aarch64-apple-darwin"),
}  # fmt: skip


def main(words: list[str]) -> int:
    """Do what ``words`` say; the exit code."""
    parser = argparse.ArgumentParser(description="Make an offline bundle of pathgui.")
    parser.add_argument("--system", choices=SYSTEMS)
    parser.add_argument(
        "--cpu", action="store_true", help="leave CUDA out (Linux; the others bring none)"
    )
    parser.add_argument(
        "--python", action="append", metavar="3.11", help="the PC's Python; may be given again"
    )
    parser.add_argument("--out", type=Path, default=Path("."), help="where the bundle is made")
    parser.add_argument("--wheels", type=Path, help="a folder with wheels, instead of a download")
    parser.add_argument("--locks", action="store_true", help="make the locks anew (needs uv)")
    given = parser.parse_args(words)
    try:
        if given.locks:
            for system in SYSTEMS:
                write_lock(system)
            write_tools()
            return 0
        if given.system is None:
            parser.error("name the system of the PC: --system windows, macos or linux")
        bundle = make(given.system, given.cpu, given.python or ["3.11"], given.out, given.wheels)
        print(f"{bundle} holds {size_of(bundle) / 1e9:.2f} GB. Publish the SHA-256 of its list:")
        print(f"{offline.sha256_of(bundle / offline.SUMS)}  {offline.SUMS}")
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 2
    return 0


def write_lock(system: str) -> None:
    """Write ``locks/SYSTEM.txt``: every part with its version and the SHA-256 of its files."""
    target = ["--python-platform", SYSTEMS[system].resolver, "--python-version", "3.11"]
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    parts = [["pyproject.toml", *extras, "--constraint", str(CONSTRAINTS.relative_to(ROOT))]]
    parts.append([str(WITHOUT_DEPENDENCIES.relative_to(ROOT)), "--no-deps"])
    texts = [compiled([*part, *target], system) for part in parts]
    LOCKS.mkdir(exist_ok=True)
    (LOCKS / f"{system}.txt").write_text("".join(texts), encoding="utf-8")
    print(f"{LOCKS / system}.txt: {len(read_lock(system))} parts")


def write_tools() -> None:
    """Write ``locks/program-tools.txt``: what makes the program of an environment."""
    words = [str(TOOLS.relative_to(ROOT)), "--universal", "--python-version", "3.11"]
    words += ["--constraint", str(CONSTRAINTS.relative_to(ROOT))]  # it changes no part of pathgui
    (LOCKS / "program-tools.txt").write_text(compiled(words, "all systems"), encoding="utf-8")


def compiled(words: list[str], system: str) -> str:
    """What uv makes of requirements: each part with its version and hashes, never from where."""
    uv = shutil.which("uv")
    if uv is None:
        raise Stop("The locks are made by uv: pip install uv")
    plain = ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url",
             "--no-emit-find-links", "--quiet"]  # fmt: skip
    done = subprocess.run(
        [uv, "pip", "compile", *words, *plain],
        cwd=ROOT,
        env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"},  # of torch's own wheels
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Stop(f"uv found no versions for {system}:\n{done.stderr}")
    return done.stdout


def read_lock(system: str) -> dict[str, str]:
    """The parts of a lock: name and what pip is told of it, hashes included."""
    text = (LOCKS / f"{system}.txt").read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[^\s#])", text)
    return {re.split(r"==|@", entry, maxsplit=1)[0].strip(): entry for entry in entries if entry}


def make(system: str, cpu: bool, pythons: list[str], out: Path, wheels: Path | None) -> Path:
    """Make the bundle of ``system`` in ``out`` and return its folder."""
    parts = read_lock(system)
    without_cuda = cpu and any(CUDA.match(name) for name in parts)
    if without_cuda:
        parts = {name: entry for name, entry in parts.items() if not CUDA.match(name)}
    folder = out / f"pathgui-{version()}-{system}{'-cpu' if without_cuda else ''}"
    if folder.exists():
        raise Stop(f"{folder} is there already: delete it, or name another folder with --out.")
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        made = Path(scratch) / folder.name
        (made / offline.WHEELS).mkdir(parents=True)
        lock = "".join(parts.values())
        for python in pythons:
            fetch(system, python, lock, made / offline.WHEELS, wheels)
        own = [wheel_of_pathgui(made / offline.WHEELS)]
        if without_cuda:
            from without_cuda import make_wheel

            torch = next((made / offline.WHEELS).glob("torch-*.whl"))
            own.append(make_wheel(torch, made / offline.WHEELS))
        for wheel in own:
            name, number = wheel.name.split("-")[:2]
            digest = offline.sha256_of(wheel)
            lock += f"{name.replace('_', '-')}=={number} \\\n    --hash=sha256:{digest}\n"
        (made / offline.LOCK).write_text(lock, encoding="utf-8")
        copy_beside(made)
        facts = {
            "pathgui": version(),
            "system": system,
            "machine": SYSTEMS[system].machine,
            "needs": SYSTEMS[system].needs,
            "pythons": pythons,
            "cpu": without_cuda,
            "unpacked_bytes": unpacked_bytes(made / offline.WHEELS, pythons),
        }
        (made / offline.FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        write_sums(made)
        made.replace(folder)
    return folder


def fetch(system: str, python: str, lock: str, into: Path, wheels: Path | None) -> None:
    """Download the wheels of ``lock``, each checked by its hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(into), "--no-deps",
               "--require-hashes", "--only-binary", ":all:", "--implementation", "cp",
               "--python-version", python]  # fmt: skip
    for tag in SYSTEMS[system].tags:
        command += ["--platform", tag]
    if wheels is not None:
        command += ["--no-index", "--find-links", str(wheels)]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / offline.LOCK
        path.write_text(lock, encoding="utf-8")
        if subprocess.run([*command, "--requirement", str(path)]).returncode:
            raise Stop(f"pip did not get every wheel for {system}, Python {python}: see above.")


def wheel_of_pathgui(into: Path) -> Path:
    """Build the wheel of this checkout, with resources and documentation."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    if subprocess.run([*command, str(into), str(ROOT)]).returncode:
        raise Stop("The wheel of pathgui could not be built: see above.")
    return next(into.glob("pathgui-*.whl"))


def copy_beside(folder: Path) -> None:
    """What stands beside the wheels: what installs them, and the documentation."""
    (folder / "installer").mkdir()
    for name in ("bootstrap.py", "offline.py"):
        shutil.copy(INSTALLER / name, folder / "installer" / name)
    for name in STARTERS:
        shutil.copy(INSTALLER / "starters" / name, folder / name)
    for name in BESIDE:
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.py", "__*"))


def unpacked_bytes(wheels: Path, pythons: list[str]) -> int:
    """What the wheels of one Python take when they are unpacked."""
    sizes: dict[str, int] = {}
    for path in wheels.glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            size = sum(entry.file_size for entry in wheel.infolist())
        name = path.name.split("-")[0]
        sizes[name] = max(size, sizes.get(name, 0))
    return sum(sizes.values())


def write_sums(folder: Path) -> None:
    """Write the SHA-256 list of all files, as ``sha256sum --check`` reads it."""
    listed = folder / offline.SUMS
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != listed)
    lines = [f"{offline.sha256_of(path)}  {path.relative_to(folder).as_posix()}" for path in files]
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def size_of(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def version() -> str:
    """The version of this checkout."""
    text = (ROOT / "pathgui" / "version.py").read_text(encoding="utf-8")
    return re.findall(r'__version__ = "(.+)"', text)[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
