"""Makes the program: a folder that needs no Python, and what installs it on this system.

    python3 installer/build_program.py --bundle BUNDLE --out DIR
    python3 installer/build_program.py --folder DIR/pathgui --out DIR   pack one made before

On Linux a .run for one user and a .deb, on Windows a set-up beside its archive, which is a
portable program as well, on macOS a disk image. A program is made on the system that it is for,
from an offline bundle (installer/bundle.py). Needs internet, or a mirror, for PyInstaller alone.
How a version is cut with it is in docs/releasing.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "program"))

import bundle
import offline
import parts

INSTALLER = Path(__file__).resolve().parent
DESCRIPTION = INSTALLER / "program"
TOOLS = INSTALLER / "locks" / "program-tools.txt"
Stop = bundle.Stop


def main(words: list[str]) -> int:
    """Do what ``words`` say; the exit code."""
    parser = argparse.ArgumentParser(description="Make the program of pathgui for this system.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--bundle", type=Path, help="the offline bundle that it is made from")
    source.add_argument("--folder", type=Path, help="a folder that was made before: pack it")
    parser.add_argument("--out", type=Path, default=Path("."), help="where it is made")
    parser.add_argument("--only", choices=("folder", "run", "deb"), help="do not make the rest")
    given = parser.parse_args(words)
    system = offline.SYSTEMS[offline.platform.system()]
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        folder = given.folder or build(given.bundle, given.out)
        check(folder)
        print(f"{folder} holds {bundle.size_of(folder) / 1e9:.2f} GB. Its self-test is good.")
        made = [] if given.only == "folder" else pack(system, folder, given.out, given.only)
        for path in made:
            print(f"{offline.sha256_of(path)}  {path.name}  ({path.stat().st_size / 1e6:.0f} MB)")
    except (Stop, offline.Stop) as stop:
        print(stop, file=sys.stderr)
        return 2
    return 0


def build(source: Path, out: Path) -> Path:
    """Make the folder of the program from an offline bundle, and return it.

    What is built is what the bundle holds, in an environment of its own that is gone afterward.
    """
    facts = offline.read_facts(str(source))
    offline.check_system(facts)
    folder = out.resolve() / "pathgui"
    if folder.exists():
        raise Stop(f"{folder} is there already: delete it, or name another folder with --out.")
    with tempfile.TemporaryDirectory(dir=out, prefix="making-") as scratch:
        place = Path(scratch).resolve()
        set_up = [sys.executable, str(INSTALLER / "bootstrap.py"), "--offline", str(source)]
        run("The bundle could not be set up", [*set_up, "--into", str(place), "install"])
        python = place / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        tools = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes"]
        run("PyInstaller could not be installed", [*tools, "--requirement", str(TOOLS)])
        for name in parts.UNWANTED:
            for path in (place / ".venv").glob(f"lib/*/site-packages/{name}"):
                path.unlink()
        command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
                   "--distpath", str(place / "made"), "--workpath", str(place / "work"),
                   str(DESCRIPTION / "pathgui.spec")]  # fmt: skip
        run("PyInstaller could not make the program", command, here=place)
        made = place / "made"
        for path in made.iterdir():  # on macOS also pathgui.app
            path.replace(out.resolve() / path.name)
    return folder


def run(fault: str, command: list[str], here: Path | None = None) -> None:
    """Run a command; ``fault`` is what is said where it fails."""
    away = ("PYTHONPATH", "PYTHONHOME")  # a checkout must not get in the way of the bundle
    environment = {name: value for name, value in os.environ.items() if name not in away}
    if subprocess.run(command, env=environment, cwd=here).returncode:
        raise Stop(f"{fault}: its own words are above.")


def check(folder: Path) -> None:
    """Run the program's own self-test, in an empty home."""
    program = folder / ("pathgui.exe" if os.name == "nt" else "pathgui")
    if not program.is_file():
        raise Stop(f"{folder} holds no program {program.name}: make it with --bundle.")
    with tempfile.TemporaryDirectory(prefix="pathgui-home-") as home:
        environment = {**os.environ, "PATHGUI_HOME": home, "HF_HUB_OFFLINE": "1",
                       "QT_QPA_PLATFORM": "offscreen"}  # fmt: skip
        command = [str(program), "doctor", "--self-test"]
        done = subprocess.run(command, env=environment, capture_output=True)
    if done.returncode:
        told = (done.stdout + done.stderr).decode(errors="replace")
        raise Stop(f"The self-test of the program is not good:\n{told}")


def pack(system: str, folder: Path, out: Path, only: str | None) -> list[Path]:
    """Make what installs the program on this system; all files that were made."""
    if system == "linux":
        import linux_program

        kinds: dict[str, Callable[[Path, Path], Path]]
        kinds = {"run": linux_program.make_run, "deb": linux_program.make_deb}
        return [make(folder, out) for kind, make in kinds.items() if only in (None, kind)]
    if system == "windows":
        import windows_program

        return windows_program.make(folder, out)
    import macos_program

    return [macos_program.make(folder.with_suffix(".app"), out)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
