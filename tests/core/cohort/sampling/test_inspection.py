"""Spoiled tiles are not drawn, others are in their place, and each can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.progress import Cancelled, Progress, ignore_progress
from tests.core.cohort.sampling.study import SMALL, area, box, row, spoiled_slide, study

FILTERED = replace(SMALL, quality=True, tiles_a_slide=20)


@pytest.fixture
def opened(tmp_path):
    spoiled_slide(tmp_path / "A.tif")
    return study(tmp_path, row("A", tissue="T"), row("B", "South", tissue="T"))


def places(sample, name="A"):
    return {origin for slide in sample.slides if slide.slide_id == name for origin in slide.origins}


def is_black(origin):
    return max(origin) < 256


def test_without_the_filter_spoiled_tiles_are_drawn(opened):
    sample = plan_sample(opened, replace(FILTERED, quality=False))
    assert any(map(is_black, places(sample)))
    assert sample.thrown_out == ()


def test_a_spoiled_tile_is_replaced_by_a_sound_one(opened):
    before = plan_sample(opened, replace(FILTERED, quality=False))
    sample = plan_sample(opened, FILTERED)
    assert not any(map(is_black, places(sample)))
    assert len(places(sample)) == 20
    sound = {origin for origin in places(before) if not is_black(origin)}
    assert sound <= places(sample)
    assert places(sample, "B") == places(before, "B")
    spoiled = {each.origin for each in sample.thrown_out}
    assert spoiled >= places(before) - sound
    assert all(map(is_black, spoiled))
    first = sample.thrown_out[0]
    assert (first.slide_id, first.center, first.tissue, first.flaw.kind) == (
        "A", "North", "T", "black",
    )  # fmt: skip


def test_what_is_taken_back_is_drawn_as_if_there_were_no_filter(opened):
    before = plan_sample(opened, replace(FILTERED, quality=False))
    sample = plan_sample(opened, FILTERED)
    names = tuple(each.name for each in sample.thrown_out)
    assert places(plan_sample(opened, replace(FILTERED, kept_anyway=names))) == places(before)
    one = plan_sample(opened, replace(FILTERED, kept_anyway=names[:1]))
    assert sum(map(is_black, places(one))) == 1
    assert names[0] not in {each.name for each in one.thrown_out}
    unknown = plan_sample(opened, replace(FILTERED, kept_anyway=("X 1 2",)))
    assert unknown.slides == sample.slides


def test_the_same_plan_throws_out_the_same(opened):
    assert plan_sample(opened, FILTERED).thrown_out == plan_sample(opened, FILTERED).thrown_out


def test_the_limits_of_pairs_and_slides_hold_for_what_is_left(opened):
    sample = plan_sample(opened, replace(FILTERED, tiles_a_slide=60, equal_pairs=True))
    assert sample.of_pair("T", "North") == (48, 1)  # 16 of 64 are black
    assert sample.of_pair("T", "South") == (48, 1)


def test_tissues_of_one_slide_are_judged_by_the_whole_slide(tmp_path):
    spoiled_slide(tmp_path / "A.tif")
    regions = {"A": [area("Tumor", box(0, 0, 256, 256)), area("Stroma", box(256, 0, 512, 512))]}
    sample = plan_sample(study(tmp_path, row("A"), regions=regions), FILTERED)
    assert sample.tissues == ["Stroma"]
    assert len(sample.thrown_out) == 16


def test_a_slide_of_which_all_is_thrown_out_is_named(tmp_path):
    spoiled_slide(tmp_path / "A.tif", black=128)
    others = [area("Tumor", box(128, 128, 512, 512))]
    regions = {"A": [area("Stroma", box(0, 0, 128, 128)), *others], "B": others}
    opened = study(tmp_path, row("A"), row("B", "South"), regions=regions)
    sample = plan_sample(opened, FILTERED)
    assert sample.tissues == ["Tumor"]
    assert {each.tissue for each in sample.thrown_out} == {"Stroma"}
    assert "row 1 (A): all 4 tiles of Stroma were thrown out as spoiled" in map(str, sample.faults)


def test_it_is_counted_and_can_be_stopped(opened):
    told = []
    plan_sample(opened, FILTERED, told.append)
    looking = [each for each in told if isinstance(each, Progress) and "tiles" in each.stage]
    assert looking
    assert all(each.done <= each.total for each in looking)

    def stop(event):
        if isinstance(event, Progress) and "tiles" in event.stage and event.done > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        plan_sample(opened, FILTERED, stop)
    assert plan_sample(opened, FILTERED, ignore_progress).slides
