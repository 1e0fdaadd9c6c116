"""Which tiles of a slide are evaluated, and which reference tiles may judge them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tifffile

from pathgui.core.errors import (
    NoTissueError,
    ReferenceSetError,
    ScaleError,
)
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import Event, Notice, Progress, ignore_progress
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate, plan_slide
from tests.core.evaluation.test_evaluate import CONTROL, LEFT_HALF
from tests.core.slide_factory import tissue_picture, write_slide
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


@pytest.mark.parametrize("named_by", ["stem", "name"])  # without its suffix, and with it
def test_the_slides_own_tiles_and_those_of_its_patient_never_judge_it(tmp_path, slide, named_by):
    reference = make_reference(tmp_path, slide_names={"Lakeside-0": getattr(slide.path, named_by)})
    events: list[Event] = []
    evaluate(ask(reference, CONTROL, slide), report=events.append)
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert any("8 reference tiles come from this slide or its patient" in t for t in notices)


def test_a_reference_set_of_the_slides_own_tiles_is_refused(tmp_path, slide):
    stem = slide.path.stem
    names = {f"{c}-{i}": stem if c == "Lakeside" else "x" for c in ("Lakeside",) for i in range(3)}
    reference = make_reference(tmp_path, slide_names=names)
    one = reference.labels.center == "Lakeside"
    only = replace(reference, labels=reference.labels.take(one))
    with pytest.raises(ReferenceSetError, match="nothing is left to compare with"):
        evaluate(ask(only, CONTROL, slide))


def test_what_cannot_be_decoded_is_said_also_where_no_tissue_was_found_for_it(tmp_path):
    reference = make_reference(tmp_path)
    path = write_slide(tmp_path / "slide.tif", tissue_picture(2048, 2048)[0], compression="jpeg")
    with tifffile.TiffFile(path, mode="r+b") as tif:
        level = tif.pages[0]
        places = list(zip(level.dataoffsets, level.databytecounts, strict=True))
        for offset, length in places[: len(places) // 4]:
            tif.filehandle.seek(offset)
            tif.filehandle.write(bytes(length))
    with open_slide(path) as slide:
        said = []
        plan_slide(ask(reference, CONTROL, slide), MatchedImports([]), said.append)
    notices = [event.text for event in said if isinstance(event, Notice)]
    assert any("About 25% of slide.tif cannot be decoded" in text for text in notices)


@pytest.mark.parametrize("fluorescent", [False, True])
def test_before_a_run_it_is_said_that_a_slide_seems_not_to_be_stained_by_he(
    tmp_path, reference, fluorescent
):
    picture, inside = tissue_picture(1024, 1024)
    if fluorescent:
        picture[...] = 6
        picture[inside] = (20, 40, 160)
    with open_slide(write_slide(tmp_path / "slide.tif", picture)) as slide:
        said = []
        plan_slide(ask(reference, CONTROL, slide), MatchedImports([]), said.append)
    notices = [event.text for event in said if isinstance(event, Notice)]
    assert any("as in fluorescence" in text for text in notices) == fluorescent


def test_a_center_that_is_said_to_be_new_is_recorded_and_shares_nothing(reference, slide):
    request = ask(reference, CONTROL, slide, center="Elsewhere", new_center=True)
    run = evaluate(request).run
    counts = run.encoders[0].slide.counts
    assert counts["SS"] == counts["OS"] == 0
    assert run.slide.given_center == "Elsewhere"
    assert run.slide.new_center
    assert any("center, Elsewhere, is new" in e.text for e in run.events)


def test_at_most_so_many_tiles_as_asked_for(reference, slide):
    evaluation = evaluate(ask(reference, CONTROL, slide, max_tiles=7))
    assert len(evaluation.tiles.cells) == 7
    assert evaluation.run.slide.tiles_tissue > 7


def test_only_the_tiles_of_a_region_are_evaluated_and_the_record_says_so(
    reference, slide, tmp_path
):
    events: list[Event] = []
    whole = evaluate(ask(reference, CONTROL, slide))
    request = ask(reference, CONTROL, slide, region_l0=(LEFT_HALF,))
    part = evaluate(request, report=events.append)
    facts = part.run.slide
    centers = part.tiles.cells[:, 0] * facts.tile_stride_l0 + facts.tile_size_l0 / 2
    assert 0 < len(part.tiles.cells) < len(whole.tiles.cells)
    assert (centers < 700).all()
    assert facts.tiles_tissue == whole.run.slide.tiles_tissue
    assert facts.tiles_region == facts.tiles_used == len(part.tiles.cells)
    assert whole.run.slide.tiles_region is None
    assert any("tiles lie in the region" in e.text for e in events if isinstance(e, Notice))
    save_evaluation(part, tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").run.settings.region_l0 == (LEFT_HALF,)


def test_a_sample_is_drawn_inside_the_region(reference, slide):
    request = ask(reference, CONTROL, slide, region_l0=(LEFT_HALF,), max_tiles=5)
    evaluation = evaluate(request)
    assert len(evaluation.tiles.cells) == 5
    assert evaluation.run.slide.tiles_region > 5
    assert (evaluation.tiles.cells[:, 0] * 64 + 32 < 700).all()


def test_a_region_without_tissue_is_refused_before_anything_is_embedded(reference, slide):
    corner = ((1400.0, 900.0), (1500.0, 900.0), (1500.0, 1000.0))
    seen: list[Event] = []
    with pytest.raises(NoTissueError, match="Draw the region over tissue"):
        evaluate(ask(reference, CONTROL, slide, region_l0=(corner,)), report=seen.append)
    assert not any("Embedding" in e.stage for e in seen if isinstance(e, Progress))


def test_a_reference_set_without_scale_cannot_judge_a_slide(tmp_path, slide):
    reference = make_reference(tmp_path, mpp=None)
    with pytest.raises(ScaleError, match="column mpp"):
        evaluate(ask(reference, CONTROL, slide))
    assert evaluate(ask(reference, CONTROL)).run.encoders


def test_a_region_that_is_the_tissue_mask_makes_a_slide_without_tissue_evaluable(
    reference, tmp_path
):
    path = write_slide(tmp_path / "Silberfärbung 1.tif", np.full((1024, 1500, 3), 200, np.uint8))
    events: list[Event] = []
    with open_slide(path) as slide:
        with pytest.raises(NoTissueError, match=r"--tissue-threshold.*--tissue-from-region"):
            evaluate(ask(reference, CONTROL, slide))
        drawn = ask(reference, CONTROL, slide, region_l0=(LEFT_HALF,), tissue_from_region=True)
        evaluation = evaluate(drawn, report=events.append)
    facts = evaluation.run.slide
    assert facts.tiles_tissue == facts.tiles_region == len(evaluation.tiles.cells) > 0
    assert (facts.tissue_mask_method, facts.tissue_threshold) == ("drawn: the region", None)
    assert any("The region is the tissue mask" in e.text for e in events if isinstance(e, Notice))


def test_the_record_says_the_threshold_of_the_tissue_mask_and_whether_it_was_chosen(
    reference, slide
):
    events: list[Event] = []
    found = evaluate(ask(reference, CONTROL, slide)).run
    chosen = evaluate(ask(reference, CONTROL, slide, tissue_threshold=0.2), report=events.append)
    assert 0.03 <= found.slide.tissue_threshold <= 0.08
    assert found.settings.tissue_threshold is None
    assert chosen.run.slide.tissue_threshold == chosen.run.settings.tissue_threshold == 0.2
    assert any("what exceeds 0.2, as chosen" in e.text for e in events if isinstance(e, Notice))


def test_tiles_under_another_mask_are_kept_under_another_key(reference, slide):
    def planned(**chosen):
        return plan_slide(
            ask(reference, CONTROL, slide, **chosen), MatchedImports([]), ignore_progress
        )

    usual = planned()
    again, other, drawn = (
        planned(tissue_threshold=usual.mask.threshold),
        planned(tissue_threshold=0.5),
        planned(region_l0=(LEFT_HALF,), tissue_from_region=True),
    )
    assert again.tiles.content_key == usual.tiles.content_key  # the same tiles
    for plan in (other, drawn):
        assert plan.grid.cells.tolist() != usual.grid.cells.tolist()
        assert plan.tiles.content_key != usual.tiles.content_key


def test_a_scale_that_its_file_contradicts_is_refused_until_it_is_given(reference, tmp_path):
    said = "Aperio Image Library v10\r\n1024x1024 (256x256)|AppMag = 20|MPP = 0.25"
    picture = tissue_picture(1024, 1024)[0]
    path = write_slide(tmp_path / "s.tif", picture, mpp=None, description=said, compression="jpeg")
    events: list[Event] = []
    with open_slide(path) as slide, pytest.raises(ScaleError, match=r"at 20×.*--mpp 0\.25"):
        plan_slide(ask(reference, CONTROL, slide), MatchedImports([]), ignore_progress)
    with open_slide(path, 0.25) as slide:
        plan = plan_slide(ask(reference, CONTROL, slide), MatchedImports([]), events.append)
    assert plan.grid.mpp_l0 == 0.25
    assert any("at 20×" in e.text for e in events if isinstance(e, Notice))
