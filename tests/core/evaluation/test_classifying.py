"""The lab's own classifier judged on a reference set, from its file to what is found."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from pathgui.core.classifier.results import Confounding
from pathgui.core.corrections.registry import TILE_CORRECTIONS, correction
from pathgui.core.crossfit.results import Change
from pathgui.core.errors import ClassifierError, CorrectionError
from pathgui.core.evaluation.classifying import judge_linear, judge_table
from pathgui.core.evaluation.correcting import embedded_set
from pathgui.core.evaluation.recoloring import Embedder
from pathgui.core.metrics.probe import fit_probe
from pathgui.core.progress import Notice
from pathgui.core.results.classifier import sentences
from pathgui.core.system.devices import resolve_devices
from tests.core.classifier.heads import safetensors
from tests.known import registry
from tests.material import make_reference

ENCODER = "color-statistics"
LEACE = correction("leace")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("Mäh und Rüben"), slides=4)


@pytest.fixture(scope="module")
def seen(reference):
    return embedded_set(reference, registry.encoder(ENCODER), None, device="cpu")


def written(path, reference, wrong):
    """A table that answers the tiles ``wrong`` wrongly."""
    other = {"stroma": "tumor", "tumor": "stroma"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["tile", "predicted"])
        for at, (tile, tissue) in enumerate(
            zip(reference.tiles, reference.labels.tissue.tolist(), strict=True)
        ):
            writer.writerow([tile, other[tissue] if at in wrong else tissue])
    return path


def test_a_table_is_judged_by_the_tissues_of_the_set_and_encoders_show_the_neighbors(
    reference, seen, tmp_path
):
    path = written(tmp_path / "Antworten äöü.csv", reference, {0, 5, 40})
    found = judge_table(reference, path, (), {}, [seen], 3)
    assert (found.name, found.wrong, found.n) == (path.name, 3, len(reference))
    assert [(each.center, each.wrong) for each in found.centers] == [
        ("Lakeside", 2),
        ("Northfield", 1),
    ]
    assert found.over == "patients"
    assert [each.encoder for each in found.confounding] == [ENCODER]
    assert isinstance(found.confounding[0].found, Confounding)


def test_a_column_of_the_set_itself_may_hold_the_answers(reference):
    found = judge_table(
        reference, None, ["marker"], {"positive": "tumor", "negative": "stroma"}, [], None
    )
    assert (found.name, found.columns, found.wrong) == (reference.info.name, ["marker"], 0)
    assert found.n == len(reference)


def test_without_table_and_column_there_is_nothing_to_judge(reference):
    with pytest.raises(ClassifierError, match="Name a table"):
        judge_table(reference, None, (), {}, [], None)


def test_a_linear_classifier_answers_what_its_encoder_sees_and_is_corrected(
    reference, seen, tmp_path
):
    here = reference.labels.center == "Lakeside"
    probe = fit_probe(seen.values[here], reference.labels.tissue[here])
    path = safetensors(
        tmp_path / "head.safetensors",
        {"classes": "stroma,tumor"},
        weight=probe.weights.T, bias=probe.bias, mean=probe.mean, scale=probe.scale,
    )  # fmt: skip
    found = judge_linear(reference, path, {}, seen, 3, [LEACE], halvings=1)
    said = probe.predict(seen.values)
    assert found.wrong == int((said != reference.labels.tissue).sum())
    assert (found.source, found.encoder) == ("head", ENCODER)
    (effect,) = found.corrections.effects
    assert isinstance(effect.overall, Change)


def test_a_linear_classifier_is_given_embeddings_of_recolored_tiles(reference, seen, tmp_path):
    # Centers differ in color, and it takes all tiles of one color for tumor.
    labels = np.where(reference.labels.center == "Lakeside", reference.labels.tissue, "tumor")
    probe = fit_probe(seen.values, labels)
    path = safetensors(
        tmp_path / "head.safetensors",
        {"classes": "stroma,tumor"},
        weight=probe.weights.T, bias=probe.bias, mean=probe.mean, scale=probe.scale,
    )  # fmt: skip
    embedder = Embedder(reference, resolve_devices("cpu"))
    told = []
    found = judge_linear(
        reference, path, {}, seen, 3, [LEACE], TILE_CORRECTIONS, embedder, target="Lakeside",
        halvings=1, report=told.append,
    )  # fmt: skip
    assert any("embed recolored tiles" in e.text for e in told if isinstance(e, Notice))
    leace, *recolored = found.corrections.effects
    assert leace.recolored is None
    assert [each.name for each in recolored] == ["reinhard", "macenko"]
    for each in recolored:
        assert each.recolored.target == "Lakeside"
        assert isinstance(each.overall, Change)
        # On the same halves as each other: what differs is the colors of the tiles alone.
        assert each.overall.before == pytest.approx(recolored[0].overall.before)
    assert recolored[0].overall.after < recolored[0].overall.before
    words = " ".join(sentences(found))
    assert "were brought to those of Lakeside" in words


def test_tiles_that_cannot_be_embedded_again_are_refused_before_the_work(reference, seen, tmp_path):
    path = safetensors(tmp_path / "a.safetensors", weight=np.ones((2, 9), np.float32))
    embedder = Embedder(reference, resolve_devices("cpu"))
    with pytest.raises(CorrectionError, match="Atlantis is no center"):
        judge_linear(
            reference, path, {}, seen, 3, [], TILE_CORRECTIONS, embedder, target="Atlantis"
        )


def test_a_linear_classifier_of_another_length_is_refused(reference, seen, tmp_path):
    path = safetensors(tmp_path / "a.safetensors", weight=np.ones((2, 9), np.float32))
    with pytest.raises(ClassifierError, match="of 9 numbers, but the encoder gives"):
        judge_linear(reference, path, {}, seen, 3, [LEACE])


def test_answers_of_slides_are_refused_where_each_slide_has_all_tissues(reference, tmp_path):
    path = tmp_path / "slides.csv"
    path.write_text(f"slide,predicted\n{reference.labels.slide[0]},tumor\n")
    with pytest.raises(ClassifierError, match="Give one answer a tile"):
        judge_table(reference, path, (), {}, [], None)
