"""A wheel that lets torch for Linux start without the 4 GB of CUDA that it asks for.

On the Python package index, torch for Linux is linked against libraries of NVIDIA, and does not
start without them, also where no GPU is. This wheel has libraries of the same names, of a few kB
each. Every function in them answers "no device" (100, ``cudaErrorNoDevice``): torch then finds no
GPU, and computes on the CPU with its own code. No number changes by that.

Read from torch's own files: which libraries it asks for, and which functions and versions of each.
Needs a C compiler and readelf where the bundle is made, not on the PC.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path

NAME, VERSION = "pathgui_without_cuda", "1"
OF_CUDA = re.compile(r"lib(cu|nccl|nvrtc|nvshmem|nvJit)")
FUNCTION = re.compile(r"_*(cu|nccl|nvrtc|nvshmem|nvJit)")
UNVERSIONED = "libcudart.so"  # where functions go whose library torch does not name
NO_DEVICE = 100

Symbols = dict[str, dict[str, set[str]]]  # of each library, of each version of it


def make_wheel(torch: Path, into: Path) -> Path:
    """Make the wheel for the ``torch`` wheel given, in the folder ``into``."""
    for program in ("cc", "readelf"):
        if not shutil.which(program):
            raise SystemExit(f"--cpu needs {program}: sudo apt install gcc binutils")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(torch) as archive:
            names = [n for n in archive.namelist() if re.match(r"torch/lib/[^/]*\.so[.\d]*$", n)]
            archive.extractall(folder, names)
        libraries = asked_for([folder / name for name in names])
        files = {}
        for library, versions in libraries.items():
            files[f"torch/lib/{library}"] = compiled(library, versions, folder)
    return pack(files, into)


def asked_for(paths: list[Path]) -> Symbols:
    """The CUDA libraries that ``paths`` ask for, with the functions they take from each."""
    own = {path.name for path in paths}
    needed: set[str] = set()
    defined: set[str] = set()
    taken: set[tuple[str, str, str]] = set()
    for path in paths:
        needed |= set(re.findall(r"NEEDED.*\[(.*?)\]", _readelf("-d", path)))
        homes = _versions(_readelf("-V", path))
        for line in _readelf("--dyn-syms", path).splitlines():
            words = line.split()
            if len(words) < 8 or not words[0].rstrip(":").isdigit():
                continue
            name, _, version = words[7].partition("@")
            version = version.lstrip("@")
            if words[6] == "UND":
                taken.add((name, version, homes.get(version, "")))
            else:
                defined.add(name)
    libraries = sorted(name for name in needed - own if OF_CUDA.match(name))
    symbols: Symbols = {name: defaultdict(set) for name in libraries}
    rest = next(name for name in libraries if name.startswith(UNVERSIONED))
    for name, version, home in taken:
        if name not in defined and FUNCTION.match(name):
            symbols[home if home in symbols else rest][version].add(name)
    return symbols


def _versions(text: str) -> dict[str, str]:
    """The library that each version belongs to."""
    homes = {}
    library = ""
    for line in text.splitlines():
        if found := re.search(r"File: (\S+)", line):
            library = found[1]
        if (found := re.search(r"Name: (\S+)", line)) and library:
            homes[found[1]] = library
    return homes


def _readelf(option: str, path: Path) -> str:
    command = ["readelf", "--wide", option, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def compiled(library: str, versions: dict[str, set[str]], scratch: Path) -> bytes:
    """A library of that name whose functions answer "no device"."""
    source, script, made = scratch / "empty.c", scratch / "empty.map", scratch / "empty.so"
    functions = sorted({name for names in versions.values() for name in names})
    lines = [f"long {name}(void) {{ return {NO_DEVICE}; }}" for name in functions]
    source.write_text("\n".join([*lines, "typedef int not_empty;", ""]))
    nodes = [
        f"{version} {{ global: {'; '.join(sorted(names))}; }};\n"
        for version, names in sorted(versions.items())
        if version
    ]
    script.write_text("".join(nodes))
    command = ["cc", "-shared", "-fPIC", "-O1", "-s", "-nostdlib", f"-Wl,-soname,{library}"]
    command += [f"-Wl,--version-script={script}"] if nodes else []
    subprocess.run([*command, "-o", str(made), str(source)], check=True)
    return made.read_bytes()


def pack(files: dict[str, bytes], into: Path) -> Path:
    """Write the wheel: the same bytes from the same files."""
    info = f"{NAME}-{VERSION}.dist-info"
    meta = f"Metadata-Version: 2.1\nName: {NAME.replace('_', '-')}\nVersion: {VERSION}\n"
    kind = "Wheel-Version: 1.0\nGenerator: pathgui\nRoot-Is-Purelib: false\n"
    kind += "Tag: py3-none-manylinux_2_17_x86_64\n"
    files = {**files, f"{info}/METADATA": meta.encode(), f"{info}/WHEEL": kind.encode()}
    record = "".join(f"{name},{_hash(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = into / f"{NAME}-{VERSION}-py3-none-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            wheel.writestr(zipfile.ZipInfo(name), data)
    return path


def _hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"
