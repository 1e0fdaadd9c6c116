"""``pathgui doctor --cohort``: what is typed before a long run."""

from __future__ import annotations

import json

import pytest

from pathgui.cli import findings
from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from tests.cli.test_evaluate_cohort import QUICK
from tests.cohorts import make_study
from tests.material import make_reference


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    make_reference(folder / "set", slides=2, tiles=2).folder.rename(folder / "r.pgref")
    make_study(folder / "study", 2, broken=True).folder.rename(folder / "study" / "s.pgcohort")
    return folder


@pytest.fixture
def here(places, monkeypatch):
    monkeypatch.chdir(places / "study")
    return places / "study"


def test_the_words_of_evaluate_are_taken_and_all_faults_are_listed(here, capsys, monkeypatch):
    words = ["doctor", "--cohort", "s", *QUICK, "--max-tiles", "3", "--out", "x.pgrun"]
    assert run([*words, "--json"]) == EXIT_INPUT
    told = json.loads(capsys.readouterr().out)
    assert [each["tiles"] for each in told["slides"][:2]] == [3, 3]
    assert told["cost"]["tiles_slide"] == 6
    assert "torch" in told["environment"]
    monkeypatch.setattr(findings, "MOST_CASES", 2)
    assert run(words) == EXIT_INPUT
    said = capsys.readouterr()
    assert "row 3 (A-no scale)" in said.out
    assert "and 2 more; --json has all" in said.out
    assert "Looking at slides: 6 of 6" in said.err
    assert not list(here.glob("*x*"))


def test_one_shard_in_which_nothing_is_wrong_is_good(here, capsys):
    words = ["doctor", "--cohort", "s.pgcohort", *QUICK, "--shard"]
    assert run([*words, "1/5"]) == EXIT_DONE
    said = capsys.readouterr().out
    assert "2 of 2 slides of shard 1/5" in said
    assert "Nothing stands in the way." in said
    assert run([*words, "2/5"]) == EXIT_INPUT


def test_without_a_reference_set_the_table_is_looked_at(here, capsys):
    assert run(["doctor", "--cohort", "s.pgcohort"]) == EXIT_INPUT
    assert "Give --reference and --encoder, too" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shard", "1/2"], "--shard needs --cohort"),
        (["--cohort", "s", "--encoder", "shell"], "--reference and --encoder together"),
        (["--cohort", "s", "--shard", "1/2"], "--shard needs --reference"),
        (["--cohort", "s", "--region", "a.geojson"], "--region is of one slide"),
    ],
)
def test_options_that_mean_nothing_are_refused(here, words, said, capsys):
    assert run(["doctor", *words]) == EXIT_INPUT
    assert said in " ".join(capsys.readouterr().err.split())
