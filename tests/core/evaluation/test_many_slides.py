"""The slides of a cohort in one run: each as in a run of its own, whatever happens on the way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError, RecordError, ScaleError
from pathgui.core.evaluation import each_slide, encoder_work, many_slides
from pathgui.core.evaluation.evaluate import evaluate
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.progress import Notice, Progress, SlideTurn, TileAnswers
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.slides_of_run import evaluation_of
from pathgui.core.runs.unfinished import unfinished_folder
from tests.cohorts import SIDE, ask_for, draw_slide, make_study
from tests.core.slide_factory import write_slide
from tests.core.stand_ins import mean_color, spec_of
from tests.material import make_reference

ROOT = Path(__file__).resolve().parents[3]
SPECS = (
    spec_of(),
    replace(
        spec_of(lambda tiles: mean_color(tiles)[:, ::-1] ** 2, name="squares"), title="Squares"
    ),
)
DONE = [f"S-{i:02d}" for i in range(1, 7)]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=3)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("studies") / "Studie Ü", broken=True)


@pytest.fixture(scope="module")
def request_(study, reference):
    return ask_for(study, reference, SPECS, keep_names=True)


@pytest.fixture(scope="module")
def events():
    return []


@pytest.fixture(scope="module")
def folder(request_, reference, tmp_path_factory, events):
    """A run that nothing disturbed."""
    target = tmp_path_factory.mktemp("runs") / "whole.pgrun"
    evaluate_slides(request_, target, reference=reference, report=events.append)
    return target


def numbers(run: Run):
    """All of a run that must not depend on when and how it was made."""

    def without_times(each):
        laid = each.map and replace(each.map, seconds=0.0)
        return replace(each, seconds={}, tiles_per_second=None, map=laid)

    slides = [
        replace(
            slide,
            seconds=0.0,
            events=[event.text for event in slide.events],
            encoders=[without_times(each) for each in slide.encoders],
        )
        for slide in run.slides
    ]
    return (
        slides,
        [without_times(each) for each in run.encoders],
        run.k,
        run.settings,
        run.reference,
    )


def turns(events):
    return [(each.slide_id, each.state) for each in events if isinstance(each, SlideTurn)]


def test_a_slide_has_the_numbers_of_a_run_of_its_own(folder, request_, reference):
    cohort = load_evaluation(folder)
    asked = request_.slides[1]
    alone = evaluate(request_.of(asked, reference))
    found = evaluation_of(folder, cohort, asked.slide_id)
    assert [each.slide for each in found.run.encoders] == [
        each.slide for each in alone.run.encoders
    ]
    assert [each.reference for each in found.run.encoders] == [
        each.reference for each in alone.run.encoders
    ]
    assert found.run.slide == alone.run.slide
    assert found.run.agreement == alone.run.agreement
    assert found.pictures == alone.pictures
    for name in ("tissue_probability", "distance", "neighbors", "kinds"):
        one, other = getattr(found.tiles, name), getattr(alone.tiles, name)
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[key], other[key], equal_nan=True) for key in one)


def test_a_slide_that_cannot_be_evaluated_is_set_aside_with_its_reason(folder, events):
    run = load_evaluation(folder).run
    failed = {slide.slide_id: slide.reason for slide in run.slides if slide.state == "failed"}
    assert [slide.slide_id for slide in run.slides if slide.state == "done"] == DONE
    assert failed == {
        "A-no scale": failed["A-no scale"],
        "B-no slide": failed["B-no slide"],
        "C-gone": "Its file is not found: pathgui cohort add COHORT --find FOLDER.",
        "D-twin": "It is the same slide as S-01: the same content.",
    }
    assert "does not say how large its pixels are" in failed["A-no scale"]
    assert "no slide.tif" in failed["B-no slide"]
    assert run.events[-1].text == "4 of 10 slides could not be evaluated."
    assert ("C-gone", "failed") in turns(events)


def test_what_is_known_of_a_slide_goes_with_it(folder):
    slides = {slide.slide_id: slide for slide in load_evaluation(folder).run.slides}
    assert slides["S-02"].center == "Northfield"
    assert slides["S-02"].slide.given_center == "Northfield"
    assert not slides["S-02"].slide.new_center
    assert slides["S-05"].slide.new_center  # the set has no "Far Away"
    assert slides["S-02"].columns == {"scanner": "Hamamatsu", "remark": "seen by Dr. Meyer"}
    assert slides["S-02"].patient == "P-1"
    assert slides["S-02"].events == []
    assert "Far Away, is new" in slides["S-05"].events[0].text


def test_each_slide_is_told_with_its_turn_and_the_whole_run_with_each_step(folder, events):
    told = turns(events)
    assert [state for name, state in told if name == "S-03"] == ["waiting", "running", "done"]
    assert next(name for name, state in told if state == "running") == "C-gone"  # takes no time
    answers = [each for each in events if isinstance(each, TileAnswers)]
    assert {each.encoder for each in answers} == {"mean-color", "squares"}
    steps = [each.run for each in events if isinstance(each, Progress)]
    assert all(step is not None and step.total == 10 for step in steps)
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] > 0.7  # what comes last is a twin, with nothing to embed
    notices = [each.text for each in events if isinstance(each, Notice)]
    assert any(text.startswith("S-05: The slide's center, Far Away,") for text in notices)


def test_the_reference_set_is_measured_and_fitted_once(request_, reference, tmp_path, monkeypatch):
    counts = {"measure": 0, "ReferenceFit": 0}
    for name in counts:
        made = getattr(encoder_work, name)

        def counted(*given, name=name, made=made, **more):
            counts[name] += 1
            return made(*given, **more)

        monkeypatch.setattr(encoder_work, name, counted)
    asked = replace(request_, slides=request_.slides[:3], specs=SPECS[:1])
    evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference)
    assert counts == {"measure": 1, "ReferenceFit": 1}


@pytest.mark.parametrize(
    ("column", "spelled"),
    [("slide_id", "s-02.SVS"), ("patient_id", " p-1 ")],
)
def test_no_slide_is_judged_by_its_own_tiles_or_its_patients(tmp_path, study, column, spelled):
    """However the set spells the name that the cohort gives to slide or patient."""
    made = make_reference(tmp_path / "set", slides=2, tiles=3)
    table = tmp_path / "set" / "manifest.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["slide_id"] == "Northfield-0":
            row[column] = spelled
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    from pathgui.core.reference.build import build_reference

    reference = build_reference(table, tmp_path / "own.pgref").reference
    assert len(reference) == len(made)
    asked = ask_for(study, reference, SPECS[:1], only=["S-02", "S-03"], keep_names=True)
    run = evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference).run
    own, other = run.slides
    assert [each.tiles for each in own.slide.left_out] == [6]
    assert other.slide.left_out == []
    together = run.over_slides[0].own_center
    assert together.n_judged_without == 1
    assert (together.chance is None) == (together.p is None)
    alone = evaluate(asked.of(asked.slides[0], reference))
    assert own.encoders[0].slide == alone.run.encoders[0].slide


class Stop(Exception):
    """Ends a run."""


def stopping(slide_id, state="running", answers=0):
    """Ends a run at a turn of a slide, or after so many answers in it."""
    seen = []

    def report(event):
        if seen and isinstance(event, TileAnswers):
            seen.append(event)
        if isinstance(event, SlideTurn) and (event.slide_id, event.state) == (slide_id, state):
            seen.append(event)
        if len(seen) > answers:
            raise Stop

    return report


def test_a_run_that_was_stopped_goes_on_where_it_was(
    request_, reference, folder, tmp_path, monkeypatch
):
    target, store = tmp_path / "night.pgrun", EmbeddingStore(tmp_path / "store")
    with pytest.raises(Stop):
        evaluate_slides(
            request_, target, reference=reference, store=store, report=stopping("S-04", answers=1)
        )
    assert not target.exists()
    left = load_evaluation(unfinished_folder(target))  # it can be opened, with what is done
    states = [slide.state for slide in left.run.slides]
    assert 0 < states.count("done") < 6
    assert "waiting" in states
    done = next(slide for slide in left.run.slides if slide.state == "done")
    assert evaluation_of(unfinished_folder(target), left, done.slide_id).tiles is not None
    monkeypatch.setattr(encoder_work, "measure", None)  # it is not measured again
    events = []
    again = evaluate_slides(
        request_, target, reference=reference, store=store, report=events.append
    )
    assert numbers(again.run) == numbers(load_evaluation(folder).run)
    assert not unfinished_folder(target).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["night.pgrun", "store"]
    assert (done.slide_id, "running") not in turns(events)


KILLED = """
import sys
from pathlib import Path
from pathgui.core.cohort.opened import open_cohort
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.progress import SlideTurn
from pathgui.core.reference.reference_set import load_reference
from tests.cohorts import ask_for
from tests.core.evaluation.test_many_slides import SPECS

cohort, places, reference, target, store = map(Path, sys.argv[1:])
with open_cohort(cohort, places, to_change=False) as opened:
    request = ask_for(opened, load_reference(reference), SPECS, keep_names=True)

def report(event):
    if isinstance(event, SlideTurn):
        print(event.slide_id, event.state, flush=True)

evaluate_slides(request, target, store=EmbeddingStore(store), report=report)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_twice_it_ends_with_the_numbers_of_an_undisturbed_run(
    request_, reference, study, folder, tmp_path
):
    target = tmp_path / "night.pgrun"
    words = [study.folder, study.folder.parent / "places", reference.folder, target]
    words = [sys.executable, "-c", KILLED, *map(str, words), str(tmp_path / "store")]
    for last in ("S-02 done", "S-03 running"):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            for line in child.stdout:
                if line.strip() == last:
                    child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        assert not target.exists()
    run = evaluate_slides(
        request_, target, reference=reference, store=EmbeddingStore(tmp_path / "store")
    ).run
    assert numbers(run) == numbers(load_evaluation(folder).run)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["night.pgrun", "store"]


def test_another_request_is_told_what_differs(request_, reference, tmp_path):
    target = tmp_path / "a.pgrun"
    asked = replace(request_, slides=request_.slides[:2], specs=SPECS[:1])
    with pytest.raises(Stop):
        evaluate_slides(asked, target, reference=reference, report=stopping("S-02"))
    other = replace(
        asked,
        settings=replace(asked.settings, seed=3),
        slides=(replace(asked.slides[0], center="Northfield"), asked.slides[1]),
    )
    with pytest.raises(RecordError, match=r"Seed was 0, not 3; the center of S-01 was Lakeside"):
        evaluate_slides(other, target, reference=reference)
    run = evaluate_slides(other, target, reference=reference, begin_anew=True).run
    assert run.settings.seed == 3
    assert [slide.state for slide in run.slides] == ["done", "done"]


def test_failed_slides_are_tried_again_when_asked_and_the_others_are_left_as_they_are(
    reference, tmp_path
):
    study = make_study(tmp_path / "study", 2, broken=True)
    asked = ask_for(study, reference, SPECS[:1], only=["S-01", "A-no scale"], keep_names=True)
    target = tmp_path / "a.pgrun"
    before = evaluate_slides(asked, target, reference=reference).run
    assert [slide.state for slide in before.slides] == ["done", "failed"]
    named = replace(asked.slides[1].file, mpp=0.5)
    mended = replace(asked, slides=(asked.slides[0], replace(asked.slides[1], file=named)))
    other = replace(mended, settings=replace(asked.settings, seed=5))
    with pytest.raises(RecordError, match=r"a\.pgrun was begun by another request: Seed was 0"):
        evaluate_slides(other, target, reference=reference, retry_failed=True)
    assert not unfinished_folder(target).exists()
    events = []
    after = evaluate_slides(
        mended, target, reference=reference, retry_failed=True, report=events.append
    ).run
    assert [slide.state for slide in after.slides] == ["done", "done"]
    assert after.slides[0] == before.slides[0]
    assert ("S-01", "running") not in turns(events)
    assert evaluation_of(target, load_evaluation(target), "S-01").tiles is not None


def test_a_slide_without_tissue_says_so_and_it_alone_is_tried_again_anyway(reference, tmp_path):
    study = make_study(tmp_path / "study", 3, broken=True)
    pale = np.full((SIDE, SIDE, 3), 243, np.uint8)
    write_slide(study.folder.parent / "s 3.tif", pale, mpp=0.5, factors=(1, 2))
    only = ["S-01", "S-03", "B-no slide"]
    asked = ask_for(study, reference, SPECS[:1], only=only, keep_names=True)
    target = tmp_path / "a.pgrun"
    before = evaluate_slides(asked, target, reference=reference).run
    assert [slide.failure for slide in before.slides] == ["", "no_tissue", "other"]
    slides = [replace(each, anyway=each.slide_id == "S-03") for each in asked.slides]
    events = []
    after = evaluate_slides(
        replace(asked, slides=tuple(slides)), target, reference=reference, report=events.append
    ).run
    assert [(slide.state, slide.failure) for slide in after.slides] == [
        ("done", ""), ("done", ""), ("failed", "other"),
    ]  # fmt: skip
    assert [name for name, state in turns(events) if state == "running"] == ["S-03"]
    assert after.slides[1].slide.tissue_mask_method.startswith("drawn")
    assert any("as asked" in event.text for event in after.slides[1].events)


def test_no_name_is_kept_unless_names_are(study, reference, tmp_path):
    asked = ask_for(study, reference, SPECS[:1], only=["S-01", "S-05", "A-no scale", "C-gone"])
    run = evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference).run
    content = b"".join(
        file.read_bytes() for file in (tmp_path / "a.pgrun").rglob("*") if file.is_file()
    )
    for name in ("S-01", "P-1", "no scale", "s 1.tif", "Dr. Meyer", "Studie", "C-gone"):
        assert name.encode() not in content, name
        assert name not in str([path.name for path in tmp_path.rglob("*")])
    assert run.slides[0].slide_id.startswith("slide-")
    assert run.slides[0].patient.startswith("patient-")
    assert run.slides[0].columns == {"scanner": "Aperio"}


def test_what_nobody_foresaw_on_one_slide_ends_that_slide_alone(
    request_, reference, tmp_path, monkeypatch
):
    judged = each_slide.build_table

    def table(grid, judges):
        if len(grid) == 36:  # of S-03 and S-06
            raise ZeroDivisionError("of nothing")
        return judged(grid, judges)

    monkeypatch.setattr(each_slide, "build_table", table)
    asked = replace(request_, slides=request_.slides[:3], specs=SPECS[:1])
    run = evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference).run
    states = {slide.slide_id: slide.state for slide in run.slides}
    assert sorted(states.values()) == ["done", "done", "failed"]
    (reason,) = [slide.reason for slide in run.slides if slide.state == "failed"]
    assert reason == "Something unexpected happened: ZeroDivisionError: of nothing."


def test_an_encoder_that_fails_on_one_slide_is_whole_on_the_others(request_, reference, tmp_path):
    seen = []

    def weak(tiles):
        seen.append(len(tiles))
        values = mean_color(tiles)
        return values if len(seen) != 3 else values * np.nan

    specs = (SPECS[0], spec_of(weak, name="weak"))
    asked = replace(request_, slides=request_.slides[:3], specs=specs)
    run = evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference).run
    assert [slide.state for slide in run.slides] == ["done"] * 3
    told = {slide.slide_id: [each.name for each in slide.failures] for slide in run.slides}
    assert ["weak"] in told.values()
    assert [] in told.values()


def test_where_no_encoder_can_run_nothing_is_written(request_, reference, tmp_path):
    asked = replace(request_, specs=(spec_of(ready=False),))
    with pytest.raises(EncoderError, match="its weights are missing"):
        evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference)
    assert list(tmp_path.iterdir()) == []


def test_a_set_whose_tiles_fit_no_slide_is_refused_before_it_is_measured(study, tmp_path):
    unscaled = make_reference(tmp_path / "set", slides=1, tiles=1, mpp=None)
    with pytest.raises(ScaleError, match="how many µm its tiles show"):
        evaluate_slides(ask_for(study, unscaled, SPECS[:1]), tmp_path / "a.pgrun")


def test_two_programs_do_not_work_on_one_run(request_, reference, tmp_path):
    target = tmp_path / "a.pgrun"

    def report(event):
        if isinstance(event, SlideTurn) and event.state == "running":
            with pytest.raises(RecordError, match=r"works on a\.pgrun just now"):
                many_slides.evaluate_slides(request_, target, reference=reference)
            raise Stop

    with pytest.raises(Stop):
        evaluate_slides(request_, target, reference=reference, report=report)


def test_labeled_regions_say_how_often_the_tissue_is_right(reference, tmp_path):
    from tests.core.cohort.making import feature, geojson

    study = make_study(tmp_path / "study", 2)
    draw_slide(tmp_path / "study" / "s 1.tif", 0)  # stroma up to a third, tumor from there
    ring = [[40, 40], [120, 40], [120, 340], [40, 340], [40, 40]]
    regions = study.folder / "regions" / "S-01.geojson"
    geojson(regions, feature("Stroma", coordinates=[ring]), feature("bone", side=30))
    asked = ask_for(study, reference, SPECS[:1], keep_names=True)
    run = evaluate_slides(asked, tmp_path / "a.pgrun", reference=reference).run
    right = run.slides[0].encoders[0].tissue_right
    assert right.basis == "regions"
    assert right.n_tiles == right.n_right > 0
    assert run.slides[1].encoders[0].tissue_right is None
