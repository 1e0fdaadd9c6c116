"""``pathgui classifier``."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from pathgui.cli.main import app
from pathgui.core.errors import ClassifierError
from pathgui.core.runs.kept_classifiers import CLASSIFIERS_FILE
from pathgui.core.runs.run_files import BASELINE_FILE, load_evaluation, save_evaluation
from tests.asking import ask, evaluate
from tests.core.classifier.heads import safetensors
from tests.known import registry
from tests.material import make_reference

ENCODER = "color-statistics"
FEW = ["--k", "3", "--device", "cpu"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A reference set with an umlaut in its way, a run of it beside, answers and a classifier."""
    folder = tmp_path_factory.mktemp("Mäh und Rüben")
    reference = make_reference(folder, slides=4)
    save_evaluation(evaluate(ask(reference, (ENCODER,), k=3)), folder / "a.pgrun")
    with (folder / "answers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tile", "predicted"])
        for at, (tile, tissue) in enumerate(
            zip(reference.tiles, reference.labels.tissue.tolist(), strict=True)
        ):
            writer.writerow([tile, "tumor" if at < 4 else tissue])
    dim = registry.encoder(ENCODER).dim
    weight = np.random.default_rng(0).standard_normal((2, dim)).astype(np.float32)
    safetensors(folder / "head.safetensors", {"classes": "stroma,tumor"}, weight=weight)
    return folder


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path))


def run(*words):
    return CliRunner().invoke(app, ["classifier", *map(str, words)], obj=registry)


def test_a_table_gives_errors_by_center_and_a_csv(folder, tmp_path):
    done = run(folder / "colors.pgref", "--predictions", folder / "answers.csv",
               "--csv", tmp_path / "out.csv")  # fmt: skip
    assert done.exit_code == 0, done.output
    for text in ("Errors by center", "Lakeside", "of 64 tiles are answered wrongly", "95 %"):
        assert text in done.stdout
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [row["center"] for row in rows] == ["Lakeside", "Northfield"]


def test_of_a_run_its_encoders_and_k_are_taken_and_it_is_kept_beside_it(folder):
    done = run(folder / "a.pgrun", "--predictions", folder / "answers.csv", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["kind"], told["confounding"][0]["encoder"]) == ("AssessedClassifier", ENCODER)
    (kept,) = load_evaluation(folder / "a.pgrun").classifiers
    assert (kept.wrong, kept.confounding[0].found.k) == (told["wrong"], 3)


def test_a_linear_classifier_is_judged_after_corrections_too(folder):
    done = run(folder / "colors.pgref", "--head", folder / "head.safetensors", "--encoder", ENCODER,
               "--with", "leace", "--with", "reinhard", "--to", "Northfield", "--halvings", "1",
               *FEW)  # fmt: skip
    assert done.exit_code == 0, done.output
    for text in ("Errors after corrections", "LEACE", "Reinhard", "those of Northfield"):
        assert text in done.stdout


def test_a_baseline_stays_as_it_was_filed(folder, tmp_path):
    filed = tmp_path / "filed.pgrun"
    shutil.copytree(folder / "a.pgrun", filed)
    (filed / BASELINE_FILE).write_text("{}")
    (filed / CLASSIFIERS_FILE).unlink(missing_ok=True)
    done = run(filed, "--predictions", folder / "answers.csv", "--reference",
               folder / "colors.pgref")  # fmt: skip
    assert "this is not kept" in done.stderr
    assert not (filed / CLASSIFIERS_FILE).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a table of answers"),
        (["--predictions", "a.csv", "--head", "b.onnx"], "a table of answers or"),
        (["--predictions", "a.csv", "--with", "leace"], "only a linear classifier"),
        (["--head", "b.onnx"], "name the one encoder"),
        (["--head", "b.onnx", "--to", "Lakeside"], "with a correction of tiles"),
    ],
)
def test_what_does_not_go_together_is_refused(folder, words, said):
    done = run(folder / "colors.pgref", *words)
    assert done.exit_code == 2
    assert said in done.output


def test_a_table_of_something_else_is_refused_in_words(folder):
    done = run(folder / "colors.pgref", "--predictions", folder / "manifest.csv")
    assert isinstance(done.exception, ClassifierError)
    assert "no column that is known to hold answers" in str(done.exception)
