"""``pathgui evaluate --cohort``: what a user types for many slides, and what comes back."""

from __future__ import annotations

import csv
import json
import shlex

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.runs.run_files import load_run
from tests.cohorts import make_study
from tests.material import make_reference


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder with a reference set and a cohort, by the names that commands use."""
    folder = tmp_path_factory.mktemp("places")
    made = make_reference(folder / "set", slides=2, tiles=3)
    made.folder.rename(folder / "r.pgref")
    make_study(folder / "study", 2, broken=True).folder.rename(folder / "study" / "s.pgcohort")
    return folder


@pytest.fixture
def here(places, monkeypatch):
    """The commands are typed beside the cohort."""
    monkeypatch.chdir(places / "study")
    return places / "study"


QUICK = ["--reference", "../r.pgref", "--encoder", "color-statistics", "--device", "cpu"]
QUICK += ["--k", "5", "--sweep", "none", "--no-maps"]


def evaluate(*words: str) -> int:
    return run(["evaluate", "--cohort", "s.pgcohort", *QUICK, *words])


def test_the_slides_of_a_cohort_become_one_run_and_the_kept_command_repeats_it(here, capsys):
    some = ["--slide-id", "S-01", "--slide-id", "C-gone"]
    assert evaluate("--out", "a.pgrun", *some) == EXIT_DONE
    said = capsys.readouterr().out
    assert "1 of the 2 slides of the cohort study was evaluated; 1 failed." in said
    assert "C-gone failed: Its file is not found" in said  # the true name, on the user's desk
    assert "S-01" in said
    kept = load_run(here / "a.pgrun")
    assert "S-01" not in (here / "a.pgrun" / "run.json").read_text()
    _, *words = shlex.split(kept.command)
    words = ["../r.pgref" if word == "r.pgref" else word for word in words]
    assert run([*words, "--overwrite"]) == EXIT_DONE
    again = load_run(here / "a.pgrun")
    assert [each.slide for each in again.slides[0].encoders] == [
        each.slide for each in kept.slides[0].encoders
    ]
    assert again.command == kept.command
    capsys.readouterr()
    assert run(["runs", "a.pgrun"]) == EXIT_DONE
    assert "1 of the 2 slides of the cohort study" in capsys.readouterr().out

    assert evaluate("--out", "a.pgrun", *some) == EXIT_INPUT
    assert "--retry-failed" in capsys.readouterr().err
    assert evaluate("--out", "a.pgrun", *some, "--retry-failed") == EXIT_DONE

    export = ["export", "a.pgrun", "--format", "csv", "--overwrite"]
    assert run([*export, "--slides", "--out", "s.csv"]) == EXIT_DONE
    with open("s.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["done", "failed"]
    assert run([*export, "--tiles", "--slide-id", "S-01", "--out", "t.csv"]) == EXIT_DONE
    assert run([*export, "--tiles", "--out", "t.csv"]) == EXIT_INPUT
    assert run([*export, "--tiles", "--slide-id", "S-77", "--out", "t.csv"]) == EXIT_INPUT
    assert "no slide S-77" in capsys.readouterr().err


def test_another_column_of_set_and_cohort_plays_the_center(here, capsys):
    columns = ["--center-column", "Scanner", "--center-column", "center"]
    assert evaluate("--out", "by scanner.pgrun", "--slide-id", "S-01", *columns) == EXIT_DONE
    said = " ".join(capsys.readouterr().out.split())
    assert "at their own scanner is not assessable: no slide is known to be of a scanner" in said
    assert "Slide ┃ Scanner ┃ Tiles" in said
    kept = load_run(here / "by scanner.pgrun")
    assert kept.cohort.center_column == "scanner"
    assert kept.reference.centers == ["GT450", "P1000"]
    assert [each.column for each in kept.encoders[0].reference.confounders] == ["center"]
    assert kept.slides[0].center == "Aperio"
    assert run(["report", "by scanner.pgrun", "--out", "s.html"]) == EXIT_DONE
    assert "Known scanner" in (here / "s.html").read_text(encoding="utf-8")


def test_where_no_slide_can_be_evaluated_the_run_is_kept_and_the_exit_code_says_so(here, capsys):
    assert evaluate("--out", "none.pgrun", "--slide-id", "C-gone") == EXIT_INPUT
    said = capsys.readouterr()
    assert "No slide could be evaluated" in said.err
    assert "C-gone failed: Its file is not found" in said.out
    assert load_run(here / "none.pgrun").slides[0].state == "failed"
    remeasured = ["remeasure", "none.pgrun", "--reference", "../r.pgref", "--device", "cpu"]
    assert run([*remeasured, "--out", "again.pgrun"]) == EXIT_DONE
    assert "pathgui evaluate --cohort" in capsys.readouterr().err


def test_the_cost_is_told_before_and_nothing_is_written(here, capsys):
    assert evaluate("--out", "cost.pgrun", "--dry-run") == EXIT_DONE
    said = capsys.readouterr().out
    assert "tiles of 5 slides, 24 of the reference set" in said
    assert "1 slide cannot be evaluated" in said
    assert evaluate("--dry-run", "--json") == EXIT_DONE
    found = json.loads(capsys.readouterr().out)
    assert (found["slides"], found["looked_at"], found["missing"]) == (5, 5, 1)
    assert found["cost"]["tiles_slide"] > 60
    assert not (here / "cost.pgrun").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cohort", "s.pgcohort", "a.svs"], "one slide"),
        (["--cohort", "s.pgcohort", "--center", "Lakeside"], "one slide"),
        (["--cohort", "s", "--slide-id", "Q"], "s.pgcohort has no slide Q"),
        (["--cohort", "s.pgcohort", "--retry-failed"], "There is no run"),
        (["--cohort", "none.pgcohort"], "does not exist"),
        (
            ["--cohort", "s.pgcohort", "--center-column", "tissue"],
            "cannot play both the center and",
        ),
        (["--cohort", "s.pgcohort", "--center-column", "moon"], "has no column 'moon'"),
        (["--cohort", "s.pgcohort", "--tissue-column", "marker"], "study has no column 'marker'"),
        (["--cohort", "s.pgcohort", "--leave-out", "Fold"], "study has no area of the class Fold"),
        (["--cohort", "s.pgcohort", "--leave-out", "F", "--region-class", "F"], "F is both"),
        (["a.svs", "--leave-out", "Fold"], "it needs --region or --cohort"),
        (["--leave-out", "Fold"], "it needs a slide"),
        (["--slide-id", "S-01"], "--cohort"),
        (["--retry-failed"], "--cohort"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(here, words, said, capsys):
    assert run(["evaluate", *words, *QUICK, "--out", "x.pgrun"]) == EXIT_INPUT
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(here.glob("x*"))
