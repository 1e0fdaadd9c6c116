"""``pathgui perturb``."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from typer.testing import CliRunner

from pathgui.cli.main import app
from pathgui.core.runs.kept_what_if import load_what_if
from pathgui.core.runs.run_files import BASELINE_FILE, load_run, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.known import registry
from tests.material import make_reference
from tests.run_factory import make_evaluation

ENCODER = "color-statistics"
FEW = ["--tiles", "6", "--curve", "blur", "--device", "cpu"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, slide_path):
    """A reference set with an umlaut in its way, a slide, and a run of both beside them."""
    folder = tmp_path_factory.mktemp("Mäh und Rüben")
    reference = make_reference(folder)
    slide = shutil.copy(slide_path, folder / "a slide.tif")
    with open_slide(slide) as opened:
        asked = ask(reference, (ENCODER,), opened, k=5, center="Lakeside", max_tiles=8, maps=False)
        save_evaluation(evaluate(asked), folder / "a.pgrun")
    return folder


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path))


def run(*words):
    return CliRunner().invoke(app, ["perturb", *map(str, words)], obj=registry)


def test_a_slide_against_a_set_gives_tables_with_their_meaning_and_a_csv(folder, tmp_path):
    table = tmp_path / "würfel.csv"
    words = [folder / "a slide.tif", "--against", folder / "colors.pgref", "--encoder", ENCODER]
    done = run(*words, *FEW, "--csv", table)
    assert done.exit_code == 0, done.output
    assert "6 tiles × 6 alterations" in done.stderr
    for text in ("Colored as", "Northfield", "σ 0.25 µm", "needs no labels", "squares"):
        assert text in done.stdout
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["alteration"] for row in rows] == ["stain"] * 2 + ["blur"] * 4
    assert {row["tiles"] for row in rows} == {"6"}
    again = run(*words, *FEW, "--csv", table)
    assert "--overwrite" in str(again.exception)


def test_of_a_run_slide_set_and_center_are_known_and_what_is_found_is_kept_beside_it(folder):
    before = (folder / "a.pgrun" / "run.json").read_bytes()
    done = run(folder / "a.pgrun", *FEW, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)[ENCODER]
    assert (told["kind"], told["n_tiles"], told["own_center"]) == ("WhatIf", 6, "Lakeside")
    (kept,) = load_what_if(folder / "a.pgrun", load_run(folder / "a.pgrun"))
    assert (kept.encoder, kept.found.n_tiles) == (ENCODER, 6)
    assert (folder / "a.pgrun" / "run.json").read_bytes() == before


def test_a_baseline_stays_as_it_was_filed(folder, tmp_path):
    filed = tmp_path / "filed.pgrun"
    shutil.copytree(folder / "a.pgrun", filed, ignore=shutil.ignore_patterns("what-if.json"))
    (filed / BASELINE_FILE).write_text("{}")
    places = ["--against", folder / "colors.pgref", "--slide", folder / "a slide.tif"]
    done = run(filed, *places, *FEW, "--centers", "0")
    assert done.exit_code == 0, done.output
    assert "not kept" in done.stderr
    assert not (filed / "what-if.json").exists()


def test_a_dry_run_says_what_it_costs_and_embeds_nothing(folder):
    words = [folder / "a slide.tif", "--against", folder / "colors.pgref", "--encoder", ENCODER]
    done = run(*words, *FEW, "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["encoders"][0]["tiles"] == 48 + 6 * 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a slide.tif", "--encoder", ENCODER], "name the reference set"),
        (["a slide.tif", "--against", "colors.pgref"], "--encoder"),
        (["a.pgrun", "--curve", "fog"], "blur, jpeg"),
        (["a.pgrun", "--as", "Ulm"], "Lakeside, Northfield"),
        (["a.pgrun", "--centers", "0", "--curve", "none"], "Nothing is to be altered"),
        (["a.pgrun", "--center", "Ulm"], "a run holds it"),
        (["a.pgrun", "--tiles", "0"], "--tiles"),
        (["gone.tif", "--against", "colors.pgref", "--encoder", ENCODER], "There is no file"),
    ],
)
def test_what_cannot_be_asked_for_is_said(folder, monkeypatch, words, said):
    monkeypatch.chdir(folder)
    done = run(*words)
    assert done.exit_code
    assert said in f"{done.output}{done.exception}"


def test_a_run_of_the_set_alone_asks_for_a_slide(tmp_path):
    save_evaluation(make_evaluation(1, slide=False), tmp_path / "alone.pgrun")
    assert "Name a slide" in str(run(tmp_path / "alone.pgrun").exception)
