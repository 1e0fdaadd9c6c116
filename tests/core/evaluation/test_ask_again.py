"""A baseline is asked for again, wherever its set, its slide and its cohort lie by now."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from pathgui.core.baselines.baseline import file_baseline
from pathgui.core.baselines.check import load_check
from pathgui.core.baselines.tolerance import Tolerance
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import BaselineError
from pathgui.core.evaluation.ask_again import Desk, check_again, check_folder
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.progress import Cancelled, Notice
from pathgui.core.runs.run_files import load_run, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.cohorts import ask_for, make_study
from tests.known import registry
from tests.material import make_reference

ENCODER = "color-statistics"
TOLERANCES = tuple(
    Tolerance(ENCODER, each, 1e-6, 1e-6) for each in ("robustness_index", "outside_share")
)


@pytest.fixture
def filed(tmp_path, slide_path):
    """A run on a slide, filed; set and slide lie in folders of their own."""
    reference = make_reference(tmp_path / "sets")
    with open_slide(slide_path) as slide:
        asked = ask(
            reference, (ENCODER,), slide, device="cpu", maps=False, shortcut="none", max_tiles=6
        )
        evaluation = evaluate(asked)
    folder = tmp_path / "may.pgrun"
    save_evaluation(evaluation, folder)
    file_baseline(folder, tolerances=TOLERANCES)
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    shutil.copy(slide_path, tmp_path / "disk" / "deep" / "renamed ä.tif")
    return folder


def desk(tmp_path, **changes) -> Desk:
    made = Desk(
        known=registry,
        store=EmbeddingStore(tmp_path / "store"),
        pseudonym_key=b"k" * 32,
        cohort_places=tmp_path / "places",
        near=(tmp_path / "sets",),
        below=(tmp_path / "disk",),
        device="cpu",
    )
    return replace(made, **changes)


def test_set_and_slide_are_found_by_their_content_and_the_numbers_are_the_same(filed, tmp_path):
    target = tmp_path / "now.pgrun"
    evaluation, found = check_again(filed, target, desk(tmp_path))
    assert found.outcome == "within"
    assert [each.change for each in found.numbers] == [0.0, 0.0]
    before, after = load_run(filed), load_run(target)
    assert after.slide.content_id == before.slide.content_id
    assert after.settings.max_tiles == 6
    assert after.encoders[0].reference.k == before.encoders[0].reference.k
    assert load_check(target, evaluation.run) == found


def test_a_slide_that_is_not_found_leaves_its_numbers_out_and_that_is_said(filed, tmp_path):
    told = []
    _, found = check_again(
        filed, tmp_path / "now.pgrun", desk(tmp_path, below=()), report=told.append
    )
    assert [each.outcome for each in found.numbers] == ["within", "not compared"]
    assert found.outcome == "not compared"
    assert "The slide of the baseline was not evaluated now." in found.cautions
    assert any(isinstance(each, Notice) and "is not found" in each.text for each in told)


def test_without_its_set_or_any_of_its_encoders_nothing_is_evaluated(filed, tmp_path):
    with pytest.raises(BaselineError, match=r"reference set .* is not found. Say where it lies"):
        check_again(filed, tmp_path / "now.pgrun", desk(tmp_path, near=(), below=()))
    with pytest.raises(BaselineError, match="No encoder of the baseline is known here"):
        check_again(filed, tmp_path / "now.pgrun", desk(tmp_path, known=Registry()))
    assert not (tmp_path / "now.pgrun").exists()


def test_a_check_that_is_stopped_leaves_no_run_and_no_line_beside_the_baseline(filed, tmp_path):
    def stop(event):
        if not isinstance(event, Notice):
            raise Cancelled

    with pytest.raises(Cancelled):
        check_again(filed, tmp_path / "now.pgrun", desk(tmp_path), report=stop)
    assert not (tmp_path / "now.pgrun").exists()
    assert not (filed / "baseline-checks.json").exists()


def test_the_run_of_a_check_lies_beside_the_baseline_under_a_free_name(filed):
    first = check_folder(filed)
    assert first.parent == filed.parent
    assert first.name.startswith("may check 20")
    first.mkdir()
    assert check_folder(filed) != first


def test_a_cohort_is_found_by_its_id_and_its_slides_are_evaluated_again(tmp_path):
    reference = make_reference(tmp_path / "sets")
    with make_study(tmp_path / "study", 2) as opened:
        asked = ask_for(opened, reference, registry.chosen([ENCODER]), maps=False)
        evaluate_slides(asked, tmp_path / "may.pgrun", reference=reference)
    tolerances = (Tolerance(ENCODER, "tissue_knn", 1e-6, 1e-6),)
    file_baseline(tmp_path / "may.pgrun", tolerances=tolerances)
    (tmp_path / "study" / "study.pgcohort").rename(tmp_path / "study" / "moved ä.pgcohort")
    remembered = {}
    there = desk(
        tmp_path, near=(tmp_path / "sets", tmp_path / "study"), remember=remembered.update,
        cohort_places=tmp_path / "study" / "places",
    )  # fmt: skip
    evaluation, found = check_again(tmp_path / "may.pgrun", tmp_path / "now.pgrun", there)
    assert found.outcome == "within"
    assert found.cautions == []
    assert [each.state for each in evaluation.run.slides] == ["done", "done"]
    assert "S-01" in remembered.values()


def test_of_a_cohort_that_lost_a_slide_the_others_are_evaluated_and_it_is_named(tmp_path):
    reference = make_reference(tmp_path / "sets")
    with make_study(tmp_path / "study", 3) as opened:
        asked = ask_for(opened, reference, registry.chosen([ENCODER]), maps=False)
        filed = evaluate_slides(asked, tmp_path / "may.pgrun", reference=reference).run
    file_baseline(
        tmp_path / "may.pgrun", tolerances=(Tolerance(ENCODER, "slides_at_own_center", 1, 1),)
    )
    table = tmp_path / "study" / "study.pgcohort" / "slides.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    new = rows[2].replace("S-02", "S-09").replace("s 2.tif", "s 9.tif")
    shutil.copy(tmp_path / "study" / "s 3.tif", tmp_path / "study" / "s 9.tif")
    table.write_text("\n".join([rows[0], *rows[2:], new]) + "\n", encoding="utf-8")
    there = desk(
        tmp_path, near=(tmp_path / "sets", tmp_path / "study"),
        cohort_places=tmp_path / "study" / "places",
    )  # fmt: skip
    events = []
    evaluation, found = check_again(
        tmp_path / "may.pgrun", tmp_path / "now.pgrun", there, report=events.append
    )
    lost = filed.slides[0].slide_id
    assert len(evaluation.run.slides) == 2
    (said,) = [e.text for e in events if isinstance(e, Notice) and "does not have" in e.text]
    assert "1 slide of the baseline any more" in said
    assert lost in said
    assert found.outcome == "not compared"
    assert found.numbers[0].reason.endswith(f"lacks 1 slide of the 3 of the baseline ({lost})")
