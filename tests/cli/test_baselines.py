"""Evidence over time in the terminal: file a run, check it, and see what is due."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_CRITERIA, EXIT_DONE, EXIT_INPUT, run
from pathgui.core.runs.run_files import load_run
from tests.material import make_reference


@pytest.fixture
def first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_reference(tmp_path / "set ä")
    folder = next((tmp_path / "set ä").glob("*.pgref"), tmp_path / "set ä")
    words = ["--reference", str(folder), "--encoder", "color-statistics", "--device", "cpu"]
    options = ["--sweep", "none", "--no-maps", "--out", "May 1.pgrun"]
    assert run(["evaluate", *words, *options]) == EXIT_DONE
    return tmp_path / "May 1.pgrun"


def test_a_run_is_filed_with_the_tolerances_of_the_lab_and_checked(first, capsys):
    write = ["baseline", str(first), "--write-tolerance", "to ä.toml"]
    assert run(write) == EXIT_DONE
    assert run(write) == EXIT_INPUT  # what the lab wrote is not overwritten
    assert "to ä.toml exists" in capsys.readouterr().err
    of_the_lab = Path("to ä.toml")
    of_the_lab.write_text(re.sub("= .*", "= 0.25", of_the_lab.read_text(encoding="utf-8")), "utf-8")
    again = ["--write-tolerance", "b.toml", "--tolerance", "to ä.toml", "--json"]
    assert run(["baseline", str(first), *again]) == EXIT_DONE
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == "b.toml"
    assert {each["up"] for each in told["tolerances"]} == {0.25}
    assert "= 0.25" in Path("b.toml").read_text(encoding="utf-8")
    assert run(["baseline", str(first), "--write-tolerance", "c.toml", "--who", "A. R."]) == 2
    assert "--who" in capsys.readouterr().err
    assert not Path("c.toml").exists()
    words = ["--tolerance", "to ä.toml", "--every", "6", "--trigger", "a stain", "--who", "A. R."]
    assert run(["baseline", str(first), *words, "--json"]) == EXIT_DONE
    filed = json.loads(capsys.readouterr().out)
    assert (filed["who"], filed["plan"]) == ("A. R.", {"every_months": 6, "triggers": ["a stain"]})

    assert run(["check", "--against", str(first), "--look-in", "set ä", "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert "within tolerance" in said
    assert "The next check is due by" in said
    (new,) = first.parent.glob("May 1 check *.pgrun")
    assert load_run(new).id != filed["run_id"]
    assert run(["runs", ".", "--json"]) == EXIT_DONE
    listed = {
        each["name"]: each["baseline"] for each in json.loads(capsys.readouterr().out)["runs"]
    }
    assert listed["May 1"]["last"]["outcome"] == "within"
    assert listed[new.name.removesuffix(".pgrun")] is None
    assert run(["runs", "."]) == EXIT_DONE
    assert "May 1: Baseline since 20" in " ".join(capsys.readouterr().out.split())


def test_the_exit_code_is_3_where_a_number_is_outside(first, tmp_path, capsys):
    path = tmp_path / "later.pgrun"
    path.mkdir()
    record = json.loads((first / "run.json").read_text())
    index = record["encoders"][0]["reference"]["robustness_index"]
    index["value"] -= 0.6
    (path / "run.json").write_text(json.dumps(record | {"id": "later"}))
    assert run(["baseline", str(first)]) == EXIT_DONE
    assert run(["check", str(path), "--against", str(first)]) == EXIT_CRITERIA
    said = " ".join(capsys.readouterr().out.split())
    assert "✗ outside" in said
    assert "11 of 13 numbers are within tolerance, 2 outside" in said
    assert run(["check", str(path), "--against", str(path)]) == EXIT_INPUT
    assert "is not filed as a baseline" in capsys.readouterr().err
