"""What was measured with: slide, reference set, encoders and methods, in the report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.reference.same_slide import REASON_WORDS, LeftOut
from pathgui.core.report.render.document import Facts, Note
from pathgui.core.report.sections.materials import encoders, materials
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.record import PrecisionCheck
from pathgui.core.system.device_agreement import TOLERANCE, DeviceCheck
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation

RUN = make_evaluation(1)


def subject(**of_slide):
    slide = replace(RUN.run.slide, **of_slide)
    return Subject(replace(RUN, run=replace(RUN.run, slide=slide)), ReportOptions())


def facts(blocks):
    return {
        title: cell for block in blocks if isinstance(block, Facts) for title, cell in block.rows
    }


def of_encoder(**fields):
    """What is said of an encoder with these facts."""
    (result,) = RUN.run.encoders
    result = replace(result, encoder=replace(result.encoder, **fields))
    run = replace(RUN.run, encoders=[result])
    return facts(encoders(Subject(replace(RUN, run=run), ReportOptions())))


def test_a_run_of_the_reference_set_alone_says_so():
    alone = make_evaluation(1, slide=False)
    (note, *_) = [
        block for block in materials(Subject(alone, ReportOptions())) if isinstance(block, Note)
    ]
    assert "no slide was evaluated" in note.text


def test_what_was_done_to_the_values_of_a_slide_stands_with_its_facts():
    said = "The slide has one channel, and is shown in gray."
    assert facts(materials(subject(remarks=(said,))))["Values"].text == said
    assert "Values" not in facts(materials(subject()))


def test_slides_that_did_not_judge_are_counted_by_reason():
    first, second = list(REASON_WORDS)[:2]
    left_out = [LeftOut("a", 12, first), LeftOut("b", 1, first), LeftOut("c", 1, second)]
    said = facts(materials(subject(left_out=left_out)))["Reference tiles left out"].text
    assert said == (
        f"13 tiles of 2 slides: {REASON_WORDS[first]}; 1 tile of 1 slide: {REASON_WORDS[second]}"
    )


def test_that_nothing_was_left_out_is_no_promise_that_there_is_no_copy():
    said = facts(materials(subject(left_out=[])))["Reference tiles left out"].text
    assert said.startswith("nothing")
    assert "may be missed" in said
    earlier = facts(materials(subject(left_out=None)))["Reference tiles left out"].text
    assert "of exactly this name" in earlier


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"given_center": None}, "not given"),
        ({"given_center": "Lakeside", "new_center": False}, "Lakeside"),
        ({"given_center": "Hill", "new_center": True}, "Hill, not in the reference set"),
    ],
)
def test_the_center_is_said_as_it_was_given(given, said):
    assert facts(materials(subject(**given)))["Center as given"].text == said


def test_a_scale_that_is_off_is_a_warning_and_one_that_fits_is_none():
    off = of_encoder(mpp_expected=0.5, mpp_used=1.0)["Scale"]
    assert off.tone == "warning"
    assert "expects 0.5" in off.text
    fits = of_encoder(mpp_expected=0.5, mpp_used=0.5)["Scale"]
    assert fits.tone != "warning"
    assert "as expected" in fits.text
    assert "not known" in of_encoder(mpp_used=None)["Scale"].text


def test_a_precision_stands_with_how_far_it_moves_embeddings():
    check = PrecisionCheck(64, 0.9912, 0.9987, 0.98)
    cell = of_encoder(precision="bf16", precision_check=check)["Precision"]
    assert cell.text == "bf16"
    assert "at least 0.9912, mean 0.9987, on 64 tiles" in cell.detail
    assert of_encoder(precision="fp32", precision_check=None)["Precision"].detail == ""


def test_the_batch_of_the_slide_is_said_where_it_is_another():
    assert of_encoder(batch_size=32, slide_batch_size=32)["Batch"].text == "32 tiles"
    said = of_encoder(batch_size=32, slide_batch_size=1)["Batch"].text
    assert said == "32 tiles; of the slide, 1 tile"


def test_overlap_with_training_data_is_always_warned_of():
    assert "may flatter an encoder" in texts(materials(subject()))


def test_a_device_stands_with_the_worst_of_its_comparisons_with_the_cpu():
    good = DeviceCheck("cuda:0", "GPU", "Linux", "2.9", 4, 0.999999, TOLERANCE)
    cell = of_encoder(device="2 × GPU", device_checks=[good])["Device"]
    assert (cell.text, cell.tone) == ("2 × GPU", "plain")
    bad = replace(good, device="cuda:1", cosine_min=0.9)
    cell = of_encoder(device="2 × GPU", device_checks=[good, bad])["Device"]
    assert (cell.text, cell.tone) == ("2 × GPU ▲", "warning")
    assert cell.detail == "cosine with the CPU at least 0.90000 (cuda:1); tolerated 0.9999"
    assert of_encoder(device="cpu", device_checks=[])["Device"].detail == ""
