"""Corrections tried on encoders one after the other, kept with the run, and taken home."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.crossfit.results import Corrections
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import CorrectionError
from pathgui.core.evaluation.correct_encoders import (
    TriedSoFar,
    asked_of_run,
    correct_encoders,
    embed_for,
    keep_for_run,
    take_home,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled, PartialResult, Progress, ignore_progress
from pathgui.core.runs.run_files import BASELINE_FILE, load_run, save_evaluation
from tests.asking import ask, evaluate
from tests.material import make_reference

ENCODER = "color-statistics"


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """A run, its folder, and its reference set."""
    folder = tmp_path_factory.mktemp("runs")
    reference = make_reference(folder, slides=4)
    save_evaluation(evaluate(ask(reference, (ENCODER,), k=9)), folder / "a.pgrun")
    return load_run(folder / "a.pgrun"), folder / "a.pgrun", reference


def asked(material, *names, halvings=2):
    run, _, reference = material
    specs = standard_encoders().chosen([ENCODER])
    wanted = names or ("center-mean",)
    return asked_of_run(run, reference, specs, wanted, device="cpu", halvings=halvings)


def test_corrections_of_tiles_are_asked_for_beside_those_of_embeddings(material):
    both = asked(material, "reinhard", "leace")
    assert [each.name for each in both.corrections] == ["leace"]
    assert [each.name for each in both.recolorings] == ["reinhard"]
    assert asked(material, "reinhard").corrections == ()
    imported = replace(both.specs[0], embeddings=(Path("a.h5"),))
    with pytest.raises(CorrectionError, match="were imported"):
        asked_of_run(*material[::2], [imported], ["reinhard"])


def test_each_halving_says_what_is_known_and_of_which_encoder(material):
    events = []
    tried = correct_encoders(asked(material), None, events.append)
    so_far = [each.result for each in events if isinstance(each, PartialResult)]
    assert [(each.encoder, each.found.halvings) for each in so_far] == [(ENCODER, 1), (ENCODER, 2)]
    assert so_far[-1].found == tried.found[ENCODER]
    assert tried.found[ENCODER].k == 9  # as in the run
    assert not tried.stopped
    fitting = [each for each in events if isinstance(each, Progress) and each.total == 8]
    assert {each.encoders for each in fitting} == {(ENCODER,)}


def test_who_stops_after_a_halving_keeps_it(material):
    def stop(event):
        if isinstance(event, PartialResult) and isinstance(event.result, TriedSoFar):
            raise Cancelled

    tried = correct_encoders(asked(material, halvings=5), None, stop)
    assert tried.stopped
    assert tried.found[ENCODER].halvings == 1


def test_who_stops_at_once_has_nothing(material):
    def stop(event):
        raise Cancelled

    assert correct_encoders(asked(material), None, stop).found == {}


def test_what_was_found_is_kept_beside_the_run_and_not_beside_a_baseline(material, tmp_path):
    run, folder, _ = material
    found = correct_encoders(asked(material, halvings=1), None).found
    here = tmp_path / "b.pgrun"
    shutil.copytree(folder, here)
    assert keep_for_run(here, run, found) == ""
    assert load_run(here).encoders[0].corrections == found[ENCODER]
    (here / BASELINE_FILE).write_text("{}")
    assert "not kept" in keep_for_run(here, run, found)
    shutil.rmtree(here)
    assert "not kept" in keep_for_run(here, run, found)
    assert not here.exists()


def test_only_what_could_be_judged_is_taken_home(material):
    wanted = asked(material, "leace", "center-mean", halvings=1)
    embedded = embed_for(wanted, wanted.specs[0], None, ignore_progress)
    found = correct_encoders(wanted, None).found[ENCODER]
    assert isinstance(found, Corrections)
    leace, center_mean = wanted.corrections
    _, head = take_home(embedded, center_mean, wanted.reference, found)
    assert (head.method, head.encoder, head.effect["name"]) == (
        "center-mean", ENCODER, "center-mean",
    )  # fmt: skip
    with pytest.raises(CorrectionError, match="one center"):
        take_home(embedded, leace, wanted.reference, NotAssessable("one center"))
