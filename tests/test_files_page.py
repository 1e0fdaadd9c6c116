"""docs/files.md: its examples run, and its tables name what is in the files."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pathgui.cli.main import EXIT_CRITERIA, EXIT_DONE, run
from pathgui.core.reference.reference_set import ReferenceInfo
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import OWN_FILES, save_evaluation
from tests.material import make_reference
from tests.run_factory import make_evaluation, with_maps

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "files.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
AREA = {"type": "Polygon", "coordinates": [[[0, 0], [900, 0], [900, 1024], [0, 1024], [0, 0]]]}


def section(title: str) -> str:
    """What stands below a heading, up to the next one."""
    return re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], flags=re.MULTILINE)[0]


def named(text: str, column: int = 0) -> set[str]:
    """Names in code in a column of the tables in ``text``."""
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row[column])}


@pytest.fixture
def folder(monkeypatch, tmp_path, slide_path):
    """A folder with all that the page's file names stand for."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(make_reference(tmp_path / "set").folder, "hospitals.pgref")
    shutil.copy(slide_path, "case7.svs")
    Path("tumor.geojson").write_text(json.dumps(AREA))
    words = ["evaluate", "case7.svs", "--reference", "hospitals.pgref", "--encoder", "shell"]
    words += ["--encoder", "color-statistics", "--sweep", "none", "--device", "cpu"]
    assert run([*words, "--out", "case7.pgrun"]) == EXIT_DONE
    for name, text in re.findall(r"`(\w+\.toml)`.*?```toml\n(.*?)```", PAGE, re.DOTALL):
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_example_runs_and_prints_what_the_page_says(folder):
    said: dict[str, object] = {}
    printed, commands = "", 0
    for kind, text in sorted(BLOCK.findall(PAGE), key=lambda block: block[0] != "sh"):
        if kind == "toml":
            assert tomllib.loads(text)
        elif kind == "text":
            assert printed == text
        elif kind == "sh":
            for line in text.splitlines():
                commands += 1
                assert run(shlex.split(line)[1:]) in (EXIT_DONE, EXIT_CRITERIA), line
        else:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, "files.md", "exec"), said)
            printed = out.getvalue()
    assert commands >= 8
    assert {"case7.csv", "case7-tiles.parquet", "tumor-regions.geojson", "case7.h5ad"} <= {
        path.name for path in folder.iterdir()
    }


def test_every_file_of_a_run_is_named():
    assert named(section("A run")) == {*OWN_FILES, "report.pdf"}


def test_every_key_of_the_records_is_named():
    keys = named(section("run.json"))
    assert keys >= {field.name for field in dataclasses.fields(Run)}
    text = section("A reference set")
    columns = text.index("column of its")
    assert named(text[:columns]) == {field.name for field in dataclasses.fields(ReferenceInfo)}


def test_every_column_of_the_tables_of_tiles_is_named(tmp_path):
    save_evaluation(with_maps(make_evaluation(1, given_center=True)), tmp_path / "a.pgrun")
    there = pq.read_schema(tmp_path / "a.pgrun" / "tiles.parquet").names
    plain = {name.replace("color-statistics.", "ENCODER.") for name in there}
    lists = {"ENCODER.neighbors", "ENCODER.neighbor_distance"}  # which made-up runs lack
    assert named(section("tiles.parquet")) == plain | lists
    reference = make_reference(tmp_path / "set").folder
    text = section("A reference set")
    columns = named(text[text.index("column of its") :])
    further = {"scanner", "marker"}  # of this manifest; a set keeps what else it is given
    assert columns == set(pq.read_schema(reference / "tiles.parquet").names) - further
