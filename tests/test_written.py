"""What is written for programs is the same in every language."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.material import make_reference

FOR_PEOPLE = {"evaluate.txt", "set.txt"}  # the summary on stdout
# What differs from run to run, whatever the language.
ONCE = (
    "id", "run_id", "started", "finished", "time", "seconds", "tiles_per_second", "file_stamp",
    "identity", "frozen_at", "set_at", "judged", "written", "created", "sha256", "pathgui",
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory, slide_path):
    """The files of English and of the pseudo language, each by a process of its own."""
    root = tmp_path_factory.mktemp("written")
    make_reference(root / "material")
    running = []
    for code in ("en", "pseudo"):
        folder = root / code
        folder.mkdir()
        shutil.copytree(root / "material" / "colors.pgref", folder / "colors.pgref")
        shutil.copy2(slide_path, folder / "block.tif")
        environment = os.environ | {"PATHGUI_LANGUAGE": code, "PATHGUI_HOME": str(root / "home")}
        environment["PATHGUI_HOME"] += code
        command = [sys.executable, "-m", "tests.written", str(folder)]
        running.append(subprocess.run(command, env=environment, capture_output=True, text=True,
                                      check=False))  # fmt: skip
    assert not any(done.returncode for done in running), running[-1].stderr
    return root / "en", root / "pseudo"


def files(folder: Path) -> dict[str, Path]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix)
    return {path.relative_to(folder).as_posix(): path for path in found}


def content(path: Path) -> object:
    """A file without what differs from run to run."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pydict())
    raw = path.read_bytes()
    if path.suffix == ".json":
        return _without_once(json.loads(raw))
    if path.suffix == ".csv" and raw.startswith(b"encoder,name,"):
        lines = raw.decode().splitlines()
        return [line for line in lines if not {*line.split(",")[1].split(".")} & {*ONCE}]
    return raw


def _without_once(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_once(each) for name, each in value.items() if name not in ONCE}
    return [_without_once(each) for each in value] if isinstance(value, list) else value


def test_the_same_files_are_written_in_every_language(written):
    english, pseudo = map(files, written)
    assert english.keys() == pseudo.keys()
    kinds = {Path(name).suffix for name in english}
    assert {".json", ".csv", ".parquet", ".geojson", ".toml", ".txt", ".h5ad", ".npz"} <= kinds


def test_their_texts_and_numbers_are_english(written):
    english, pseudo = map(files, written)
    for_programs = {name: path for name, path in pseudo.items() if name not in FOR_PEOPLE}
    bracketed = [
        name
        for name, path in for_programs.items()
        if "⟦" in str(content(path)) or "⟦".encode() in path.read_bytes()
    ]
    assert not bracketed
    texts = {".json", ".csv", ".geojson", ".toml", ".txt"}
    for name in english:
        if Path(name).suffix in texts and name not in FOR_PEOPLE:
            assert content(english[name]) == content(pseudo[name]), name
    for name in FOR_PEOPLE:
        assert "⟦" in pseudo[name].read_text(encoding="utf-8"), "the summary speaks the language"
