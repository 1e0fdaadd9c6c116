"""Corrections of tiles on a reference set: recolored, embedded again, and judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.corrections.registry import TILE_CORRECTIONS, correction
from pathgui.core.crossfit.results import Change, Corrections
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import CorrectionError
from pathgui.core.evaluation.correcting import embedded_set
from pathgui.core.evaluation.recoloring import (
    Embedder,
    passes,
    require_tiles,
    try_all,
    try_recolorings,
    with_recolorings,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled, Notice, PartialResult, Progress
from pathgui.core.system.devices import resolve_devices
from tests.asking import ask, evaluate, evaluation_cost
from tests.material import make_reference
from tests.phantom_centers import phantom_reference

REINHARD, MACENKO = TILE_CORRECTIONS
COLOR = "color-statistics"
CPU = resolve_devices("cpu")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("set"), slides=4, tiles=2)


@pytest.fixture(scope="module")
def embedded(reference):
    return embedded_set(reference, standard_encoders().encoder(COLOR), None, device="cpu")


def phantom(folder, difference, encoder):
    """What Reinhard does where centers differ in one thing only."""
    tissues = ("glandular epithelium", "lymphoid tissue", "collagenous stroma")
    reference = phantom_reference(
        folder / difference, difference, n_slides=8, n_tiles=1, tissues=tissues
    )
    embedded = embedded_set(reference, standard_encoders().encoder(encoder), None, device="cpu")
    found = try_recolorings(embedded, [REINHARD], 5, Embedder(reference, CPU), halvings=1)
    (effect,) = found.effects
    return effect


def test_reinhard_removes_a_center_effect_of_color_and_keeps_tissue(tmp_path):
    effect = phantom(tmp_path, "color", COLOR)
    assert effect.index.rises
    assert effect.index.after > effect.index.before + 0.2
    assert not effect.tissue_falls
    assert effect.center_probe.after < effect.center_probe.before  # too few halvings to say more


def test_reinhard_does_not_remove_blur(tmp_path):
    effect = phantom(tmp_path, "blur", "shell")
    assert isinstance(effect.index, Change)
    assert not effect.index.rises
    assert not effect.better


def test_the_cost_is_said_before_and_what_is_kept_is_not_embedded_again(
    reference, embedded, tmp_path
):
    store = EmbeddingStore(tmp_path / "embeddings")
    again = Embedder(reference, CPU, store=store)
    events = []
    found = try_recolorings(
        embedded, [REINHARD, MACENKO], 5, again, halvings=1, report=events.append
    )
    kinds = [type(each) for each in events]
    told = events[kinds.index(Notice)].text
    assert f"{3 * len(reference)} tiles" in told
    embeddings = [e for e in events if isinstance(e, Progress) and "recolored" in e.stage]
    assert kinds.index(Notice) < events.index(embeddings[0])
    assert [effect.name for effect in found.effects] == ["reinhard", "macenko"]
    assert [effect.recolored.target for effect in found.effects] == ["Lakeside", ""]
    assert passes([REINHARD, MACENKO]) == 3
    assert passes([REINHARD, MACENKO], "Lakeside") == 4
    assert len(store.entries()) == 3
    events.clear()
    repeated = try_recolorings(
        embedded, [REINHARD, MACENKO], 5, again, halvings=1, report=events.append
    )
    assert repeated == found
    assert any("before" in e.text for e in events if isinstance(e, Notice))


def test_rows_of_tiles_come_after_those_of_embeddings_while_they_are_found(reference, embedded):
    seen = []

    def report(event):
        if isinstance(event, PartialResult):
            seen.append([(each.name, each.halvings) for each in event.result.effects])

    found = try_all(
        embedded, [correction("leace")], [REINHARD], 5, Embedder(reference, CPU), halvings=2,
        report=report,
    )  # fmt: skip
    assert isinstance(found, Corrections)
    leace, reinhard = ("leace", None), ("reinhard", None)
    assert seen == [[leace], [leace], [leace, ("reinhard", 1)], [leace, reinhard]]


def test_what_cannot_be_embedded_again_is_refused_or_not_assessable(reference, embedded, tmp_path):
    spec = replace(embedded.spec, embeddings=(tmp_path / "a.h5",))
    with pytest.raises(CorrectionError, match="were imported"):
        require_tiles(spec, reference)
    bare = replace(reference, files=("",) * len(reference))
    with pytest.raises(CorrectionError, match="no pictures"):
        require_tiles(embedded.spec, bare)
    again = Embedder(bare, CPU)
    alone = with_recolorings(None, embedded, [REINHARD], 5, again, halvings=1)
    assert isinstance(alone, NotAssessable)
    both = try_all(embedded, [correction("leace")], [REINHARD], 5, again, halvings=1)
    assert [isinstance(each.variance_lost, NotAssessable) for each in both.effects] == [False, True]
    with pytest.raises(CorrectionError, match="Lakeside, Northfield"):
        try_recolorings(embedded, [MACENKO], 5, Embedder(reference, CPU), target="Ulm")


def test_it_can_be_stopped_while_tiles_are_embedded_again(reference, embedded):
    def report(event):
        if isinstance(event, Progress) and "recolored" in event.stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        try_recolorings(embedded, [MACENKO], 5, Embedder(reference, CPU), report=report)


def test_an_evaluation_tries_them_and_its_estimate_counts_the_tiles(reference):
    asked = ask(reference, (COLOR,), k=5, corrections=("macenko",), device="cpu")
    without = ask(reference, (COLOR,), k=5, device="cpu")
    n = len(reference)
    assert evaluation_cost(asked).encoders[0].tiles == 2 * n
    assert evaluation_cost(without).encoders[0].tiles == n
    found = evaluate(asked).run.encoders[0].corrections
    assert isinstance(found, Corrections)
    assert [effect.name for effect in found.effects] == ["macenko"]
    assert np.isfinite(found.effects[0].center_probe.after)
