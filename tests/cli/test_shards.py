"""``pathgui evaluate --shard`` and ``pathgui merge``: what is typed on many machines."""

from __future__ import annotations

import json

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.runs.run_files import load_run
from tests.cli.test_evaluate_cohort import QUICK
from tests.cohorts import make_study
from tests.material import make_reference


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    made = make_reference(folder / "set", slides=2, tiles=3)
    made.folder.rename(folder / "r.pgref")
    make_study(folder / "study", 3).folder.rename(folder / "study" / "s.pgcohort")
    return folder


@pytest.fixture
def here(places, monkeypatch):
    monkeypatch.chdir(places / "study")
    return places / "study"


def evaluate(*words: str) -> int:
    return run(["evaluate", "--cohort", "s.pgcohort", *QUICK, *words])


def test_shards_are_evaluated_and_merged_from_another_folder(here, capsys, monkeypatch):
    assert evaluate("--out", "a.pgrun", "--shard", "2/2") == EXIT_DONE
    said = capsys.readouterr().err
    assert "Shard 2/2 is complete: 1 slide evaluated" in said
    assert "pathgui merge a.pgrun" in said

    assert run(["merge", "a.pgrun"]) == EXIT_INPUT
    said = " ".join(capsys.readouterr().err.split())
    assert "2 of 3 slides wait (S-01, S-02), in the shards 1/2 (2 slides)" in said
    command = said.rpartition("Repeat each of them: ")[2]
    assert command.startswith("pathgui evaluate --reference ../r.pgref")
    assert command.endswith("--shard 1/2")

    assert run(command.split()[1:]) == EXIT_DONE
    monkeypatch.chdir(here.parent)
    assert run(["merge", "study/a.unfinished.pgrun", "--json"]) == EXIT_DONE
    told = json.loads(capsys.readouterr().out)
    assert [slide["state"] for slide in told["slides"]] == ["done"] * 3
    assert [each["number"] for each in told["shards"]] == [1, 2]
    kept = load_run(here / "a.pgrun")
    assert "--shard" not in kept.command
    assert sorted(path.name for path in here.glob("*a.*")) == ["a.pgrun"]
    assert sorted(path.name for path in here.glob(".*a.*")) == []

    assert evaluate("--out", str(here / "a.pgrun"), "--shard", "1/2") == EXIT_INPUT
    assert run(["merge", "study/a.pgrun"]) == EXIT_INPUT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cohort", "s.pgcohort", "--shard", "3/2"], "3/64 say"),
        (["--shard", "1/2"], "it needs --cohort"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(here, words, said, capsys):
    assert run(["evaluate", *words, *QUICK, "--out", "x.pgrun"]) == EXIT_INPUT
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(here.glob("*x*"))


def test_merging_what_has_no_shards_says_how_to_begin(here, capsys):
    assert run(["merge", "none.pgrun"]) == EXIT_INPUT
    assert "--shard 1/8" in capsys.readouterr().err
    assert not list(here.glob("*none*"))
