"""The lab's own classifier on a run: what is recognized in its file, judged, and kept."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from pathgui.core.errors import ClassifierError
from pathgui.core.evaluation.classifying_run import (
    ClassifierAsked,
    judge_on_run,
    keep_on_run,
    recognize,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.runs.run_files import BASELINE_FILE, load_evaluation, save_evaluation
from tests.asking import ask, evaluate
from tests.core.classifier.heads import safetensors
from tests.known import registry
from tests.material import make_reference

ENCODER = "color-statistics"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a kept run, and its set."""
    folder = tmp_path_factory.mktemp("Mäh und Rüben")
    reference = make_reference(folder, slides=4)
    evaluation = evaluate(ask(reference, (ENCODER,), k=3))
    save_evaluation(evaluation, folder / "a.pgrun")
    return folder, reference, evaluation.run


def table(path, reference, answer, column="predicted"):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["tile", column])
        for tile, tissue in zip(reference.tiles, reference.labels.tissue.tolist(), strict=True):
            writer.writerow([tile, answer(tissue)])
    return path


def head(path, classes="stroma,tumor", dim=None, **more):
    dim = dim or registry.encoder(ENCODER).dim
    weight = np.random.default_rng(0).standard_normal((2, dim)).astype(np.float32)
    safetensors(path, {"classes": classes, **more}, weight=weight)
    return path


def test_a_table_is_recognized_or_says_what_must_be_chosen(made, tmp_path):
    _, reference, run = made
    usual = recognize(ClassifierAsked(table(tmp_path / "a.csv", reference, str)), run, reference)
    assert not usual.linear
    assert not usual.problem
    assert "predicted" in usual.said
    assert "64 of 64 tiles" in usual.said
    strange = table(tmp_path / "b.csv", reference, {"tumor": "T"}.get, "Überklasse")
    found = recognize(ClassifierAsked(strange), run, reference)
    assert "Überklasse" in found.columns
    assert found.problem
    assert not found.said
    named = ClassifierAsked(strange, ("Überklasse",))
    assert '"T" is none of the tissues' in recognize(named, run, reference).problem
    said = ClassifierAsked(strange, ("Überklasse",), classes=("T=tumor",))
    assert not recognize(said, run, reference).problem


def test_a_linear_classifier_is_recognized_for_the_encoders_that_it_fits(made, tmp_path):
    _, reference, run = made
    found = recognize(ClassifierAsked(head(tmp_path / "h.safetensors")), run, reference)
    assert (found.linear, found.encoders, found.problem) == (True, (ENCODER,), "")
    assert "stroma, tumor" in found.said
    other = head(tmp_path / "o.safetensors", encoder="uni")
    with pytest.raises(ClassifierError, match="for the encoder uni"):
        recognize(ClassifierAsked(other), run, reference)
    with pytest.raises(ClassifierError, match="embeddings of 7 numbers"):
        recognize(ClassifierAsked(head(tmp_path / "s.safetensors", dim=7)), run, reference)
    unknown = ClassifierAsked(head(tmp_path / "u.safetensors", "0,1"))
    assert '"0" is none of the tissues' in recognize(unknown, run, reference).problem


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.onnx", "a.xlsx"])
def test_a_file_that_is_neither_is_refused_in_words(made, tmp_path, name):
    _, reference, run = made
    (tmp_path / name).write_bytes(b"\x80\x04 nothing of the kind")
    with pytest.raises(ClassifierError, match=name):
        recognize(ClassifierAsked(tmp_path / name), run, reference)


def test_a_text_that_is_no_table_of_these_tiles_says_so(made, tmp_path):
    _, reference, run = made
    (tmp_path / "a.csv").write_text("predicted\ntumor\n")
    found = recognize(ClassifierAsked(tmp_path / "a.csv"), run, reference)
    assert "a.csv" in found.problem


def test_it_is_judged_as_the_run_was_measured_and_kept_with_it(made, tmp_path):
    folder, reference, run = made
    asked = ClassifierAsked(table(tmp_path / "a.csv", reference, lambda _: "tumor"))
    found = judge_on_run(asked, run, reference, registry, None, device="cpu")
    assert (found.wrong, found.n) == (32, 64)
    assert [(e.encoder, e.found.k) for e in found.confounding] == [(ENCODER, 3)]
    assert not keep_on_run(folder / "a.pgrun", run, found)
    assert [e.wrong for e in load_evaluation(folder / "a.pgrun").classifiers] == [32]


def test_a_linear_classifier_needs_one_encoder_and_is_judged_after_corrections(made, tmp_path):
    _, reference, run = made
    asked = ClassifierAsked(head(tmp_path / "h.safetensors"), encoder=ENCODER)
    found = judge_on_run(asked, run, reference, registry, None, device="cpu")
    assert (found.encoder, found.source) == (ENCODER, "head")
    assert not isinstance(found.corrections, NotAssessable)
    assert found.corrections.effects


def test_a_baseline_and_a_run_that_is_gone_keep_nothing(made, tmp_path):
    folder, reference, run = made
    asked = ClassifierAsked(table(tmp_path / "a.csv", reference, str))
    found = judge_on_run(asked, run, reference, registry, None, device="cpu")
    assert "not kept" in keep_on_run(folder / "gone.pgrun", run, found)
    (tmp_path / BASELINE_FILE).write_text("{}")
    assert "not kept" in keep_on_run(tmp_path, run, found)
