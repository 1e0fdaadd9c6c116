"""Runs of earlier versions are told apart, and can be measured again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import RecordError
from pathgui.core.evaluation.measure_again import (
    given_mpp,
    request_to_go_on,
    require_same_slide,
    set_of_run,
)
from pathgui.core.results.earlier_runs import has_earlier_intervals
from pathgui.core.runs.criteria import Criterion, JudgedCriteria, JudgedCriterion
from pathgui.core.runs.record import EncoderFailure
from pathgui.core.runs.run_files import load_run, save_evaluation
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate, request_again
from tests.cohort_run_factory import make_cohort_run
from tests.material import make_reference
from tests.run_factory import make_evaluation, of_an_earlier_version


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("again"))


def evaluated(reference, slide=None, **others):
    asked = ask(
        reference, ("color-statistics",), slide, device="cpu", maps=False, shortcut="none", **others
    )
    return evaluate(asked)


def test_a_record_that_does_not_say_how_its_intervals_were_made_is_of_an_earlier_version(tmp_path):
    evaluation = make_evaluation(1)
    assert not has_earlier_intervals(evaluation.run)
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    file = tmp_path / "a.pgrun" / "run.json"
    text = file.read_text()
    assert '"intervals"' in text
    file.write_text(text.replace('"intervals"', '"nobody_reads_this"'))
    assert has_earlier_intervals(load_run(tmp_path / "a.pgrun"))
    assert has_earlier_intervals(of_an_earlier_version(evaluation).run)


def test_measuring_again_asks_for_the_same_and_gives_the_same_numbers(reference, slide_path):
    demand = Criterion("support", "at least", 0.1, who="A. Rossi")
    with open_slide(slide_path) as slide:
        center, tissue = reference.centers[0], reference.tissues[0]
        first = evaluated(
            reference, slide, center=center, tissue=tissue, k=5, seed=3, max_tiles=6,
            criteria=(demand,), single_cells="keep",
        )  # fmt: skip
        again = request_again(first.run, reference, on_slide=True, device="cpu")
        require_same_slide(first.run, slide)
        second = evaluate(again.on(slide))
    asked = again.settings
    assert (asked.k, asked.seed, asked.max_tiles, asked.single_cells) == (5, 3, 6, "keep")
    assert (again.center, again.tissue, again.criteria) == (center, tissue, (demand,))
    assert second.run.encoders[0].reference == first.run.encoders[0].reference
    assert second.run.encoders[0].slide == first.run.encoders[0].slide
    assert second.run.id != first.run.id


def test_a_slide_of_a_new_center_is_measured_again_as_one(reference, slide_path):
    with open_slide(slide_path) as slide:
        run = evaluated(reference, slide, center="Seaside", new_center=True, max_tiles=6).run
        again = request_again(run, reference, on_slide=True, device="cpu")
        assert evaluate(again.on(slide)).run.slide.new_center


def test_without_its_slide_the_reference_set_alone_is_asked_for(reference, slide_path):
    with open_slide(slide_path) as slide:
        run = evaluated(reference, slide, center=reference.centers[0], max_tiles=6).run
    again = request_again(run, reference, on_slide=False)
    asked = again.settings
    assert (again.slide, again.center, asked.max_tiles, asked.region_l0) == (None, None, None, ())


def test_another_reference_set_is_refused_and_the_right_one_named(reference, tmp_path):
    run = evaluated(reference).run
    other = make_reference(tmp_path, tiles=5)
    with pytest.raises(RecordError, match=f"made with the reference set {run.reference.name}"):
        request_again(run, other, on_slide=False)


def test_another_slide_is_refused_and_the_right_one_named(reference, slide_path):
    made_up = make_evaluation(1).run
    with open_slide(slide_path) as slide:
        with pytest.raises(RecordError, match=made_up.slide.file_name):
            require_same_slide(made_up, slide)
        with pytest.raises(RecordError, match="reference set alone"):
            require_same_slide(replace(made_up, slide=None), slide)
    with pytest.raises(RecordError, match="name no slide"):
        request_again(evaluated(reference).run, reference, on_slide=True)


def test_a_scale_that_the_user_gave_is_given_again():
    run = make_evaluation(1).run
    by_file = replace(run, slide=replace(run.slide, mpp_source="file"))
    by_user = replace(run, slide=replace(run.slide, mpp=0.4, mpp_source="user"))
    assert given_mpp(by_file) is None
    assert given_mpp(by_user) == 0.4
    assert given_mpp(replace(run, slide=None)) is None


def test_criteria_of_the_run_keep_who_set_them_and_when(reference):
    run = evaluated(reference).run
    demand = Criterion("support", "at least", 0.5, set_at="2026-02-02T00:00:00Z")
    judged = JudgedCriteria("2026-02-03T00:00:00+00:00", [JudgedCriterion(demand, [])])
    again = request_again(replace(run, criteria=judged), reference, on_slide=False)
    assert again.criteria == (demand,)


def test_a_run_on_a_cohort_goes_on_as_it_was_asked_for(reference, tmp_path):
    run = make_cohort_run()[0].run
    failed = EncoderFailure("color-statistics", "Color statistics", "No memory.")
    facts = replace(run.reference, sha256=reference.info.tiles_sha256)
    tissue = replace(run.settings, tissue_threshold=0.02, device="GPU of then", offline=True)
    cohort = replace(run.cohort, region_choice=ClassChoice(left_out=("Fat",)))
    of_set = replace(
        run, reference=facts, settings=tissue, failures=[failed], cohort=cohort,
        encoders=[replace(run.encoders[0], encoder=replace(run.encoders[0].encoder, name="shell"))],
    )  # fmt: skip
    asked = request_to_go_on(of_set, reference, standard_encoders(), device="cpu")
    assert asked.encoders == ("shell", "color-statistics")
    assert asked.settings == replace(tissue, device="cpu", offline=False)
    assert asked.region_choice == ClassChoice(left_out=("Fat",))
    assert set_of_run(of_set, reference, []) is reference
    assert set_of_run(of_set, None, [tmp_path, reference.folder]).folder == reference.folder
    with pytest.raises(RecordError, match="Choose the reference set"):
        set_of_run(run, reference, [reference.folder])
