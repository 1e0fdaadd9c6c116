"""``pathgui evaluate --shard`` and ``pathgui merge``: what is typed on many machines."""

from __future__ import annotations

import json

import pytest

from pathgui.cli.engines import shards_of
from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.cli.spread import Spread
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


def test_an_engine_evaluates_all_shards_and_merges_them(here, capsys, monkeypatch):
    """The processes of the engine are this one, which has all imported."""
    from pathgui.core.cluster import local
    from tests.core.cluster.stand_in import InProcess

    monkeypatch.setattr(local, "LocalEngine", InProcess)
    words = ["--out", "all.pgrun", "--engine", "local", "--shards", "2"]
    assert evaluate(*words) == EXIT_DONE
    said = capsys.readouterr()
    assert "2 shards on: this process" in said.err
    assert "3 of the 3 slides" in said.out or "3 slides of the cohort" in said.out
    run_ = load_run(here / "all.pgrun")
    assert [each.number for each in run_.shards] == [0, 1, 2]
    assert not list(here.glob(".all*"))


def test_shards_that_fail_are_told_with_their_last_words_and_nothing_is_merged(
    here, capsys, monkeypatch
):
    from pathgui.core.cluster import local
    from tests.core.cluster.stand_in import InProcess

    monkeypatch.setattr(local, "LocalEngine", InProcess)
    monkeypatch.setattr(InProcess, "refuses", "1/2")
    words = ["--out", "bad.pgrun", "--engine", "local", "--shards", "2"]
    assert evaluate(*words) == EXIT_INPUT
    said = " ".join(capsys.readouterr().err.split())
    assert "shard 1/2 did not end well. What is done is kept" in said
    assert "No space left on device" in said
    assert not (here / "bad.pgrun").exists()
    monkeypatch.setattr(InProcess, "refuses", "")
    assert evaluate(*words) == EXIT_DONE  # it goes on
    assert [each.number for each in load_run(here / "bad.pgrun").shards] == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "local", "--shard", "1/2"], "give one of the two"),
        (["--shards", "3"], "--shards needs --engine"),
        (["--engine", "local", "--partition", "gpu"], "means nothing with --engine local"),
        (["--engine", "ray", "--print-script"], "--print-script means nothing with --engine ray"),
    ],
)
def test_options_of_engines_that_mean_nothing_are_refused(here, words, said, capsys):
    assert evaluate("--out", "x.pgrun", *words) == EXIT_INPUT
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_printed_script_has_the_shards_that_the_engine_would_make(here, capsys):
    for workers, of in (([], 3), (["--shards", "2"], 2)):  # of 3 slides no shard is empty
        words = ["--out", "p.pgrun", "--engine", "slurm", "--print-script", *workers]
        assert evaluate(*words) == EXIT_DONE
        assert f'--shard "$SLURM_ARRAY_TASK_ID/{of}"' in capsys.readouterr().out
    assert shards_of(Spread(engine="slurm"), 2000) == 32
    assert shards_of(Spread(engine="slurm", workers=3), 2000) == 12
    assert shards_of(Spread(engine="local"), 2000) == 8
