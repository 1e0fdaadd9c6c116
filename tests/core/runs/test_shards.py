"""Which slides a shard has, and what is kept and said of the machines that evaluated them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.errors import PathguiError
from pathgui.core.runs.record import ShardOfRun
from pathgui.core.runs.request import AskedSlide
from pathgui.core.runs.shards import (
    Shard,
    ShardRecord,
    parse_shard,
    rows_of_shard,
    said_of_shards,
    shard_numbers,
    shard_records,
)
from pathgui.core.slides.slide_file import SlideFile
from tests.run_factory import make_evaluation

OF = 3
PATIENTS = ("P-1", "P-1", "P-2", "P-2", "", "", "", "")
SLIDES = [
    AskedSlide(f"S-{at}", SlideFile(Path(f"{at}.svs")), patient=patient)
    for at, patient in enumerate(PATIENTS)
]


def test_every_slide_is_in_one_shard_and_patients_stay_together():
    for of in (1, 2, 3, 50):
        rows = [rows_of_shard(SLIDES, Shard(number, of)) for number in range(1, of + 1)]
        assert sorted(row for some in rows for row in some) == list(range(len(SLIDES)))
    numbers = shard_numbers(SLIDES, OF)
    assert numbers[0] == numbers[1]
    assert numbers[2] == numbers[3]
    assert max(map(numbers.count, (1, 2, 3))) - min(map(numbers.count, (1, 2, 3))) <= 1
    gone = [replace(each, file=None) for each in SLIDES]
    assert shard_numbers(gone, OF) == numbers  # a machine that does not see them agrees
    assert rows_of_shard(SLIDES, Shard(0, OF)) == []


@pytest.mark.parametrize("text", ["", "3", "0/0", "4/3", "-1/3", "a/b", "1/3/5"])
def test_what_is_no_shard_is_refused_with_an_example(text):
    with pytest.raises(PathguiError, match="3/64"):
        parse_shard(text)


def test_a_try_that_was_killed_is_kept_without_an_end(tmp_path):
    tried = ShardOfRun(2, OF, "a GPU", {"torch": "2.8"}, "2026-01-01T10:00:00+00:00")
    ShardRecord(tmp_path, tried)
    first = ShardRecord(tmp_path, replace(tried, number=1))
    first.end(replace(tried, number=1, finished="2026-01-01T11:00:00+00:00", done=3))
    (tmp_path / "shards" / "damaged.json").write_text("{")
    found = shard_records(tmp_path)
    assert [(each.number, bool(each.finished), each.done) for each in found] == [
        (1, True, 3), (2, False, 0),
    ]  # fmt: skip


def test_a_second_try_within_the_same_second_leaves_the_first_as_it_was(tmp_path):
    tried = ShardOfRun(1, OF, "a GPU", {}, "2026-01-01T10:00:00+00:00")
    ShardRecord(tmp_path, tried)
    ShardRecord(tmp_path, tried).end(replace(tried, finished="2026-01-01T10:00:00+00:00"))
    assert sorted(bool(each.finished) for each in shard_records(tmp_path)) == [False, True]


def test_machines_of_another_kind_are_said_with_how_far_they_agree():
    run = replace(make_evaluation().run, environment={"torch": "2.8", "cores": "4"})
    like = ShardOfRun(1, OF, run.settings.device, {"torch": "2.8", "cores": "64"}, "")
    other = replace(like, number=2, environment={"torch": "2.7"}, agreement={"shell": 0.9999})
    unknown = replace(like, number=3, device="another")
    assert said_of_shards(run, [replace(like, number=0)]) == []
    (text,) = said_of_shards(run, [like])
    assert "in 1 shards" in text
    assert "within a cosine of 0.999900 (shell at worst)" in said_of_shards(run, [like, other])[1]
    assert "is not known for all" in said_of_shards(run, [other, unknown])[-1]


def test_many_shards_of_many_slides_are_dealt_out_evenly():
    slides = [AskedSlide(f"S-{i}", None, patient=f"P-{i // 3}") for i in range(6_000)]
    numbers = shard_numbers(slides, 2_000)
    assert {numbers.count(number) for number in (1, 2, 1_000, 2_000)} == {3}
    assert len(set(numbers)) == 2_000
