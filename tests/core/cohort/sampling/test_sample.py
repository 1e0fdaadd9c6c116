"""What a plan takes of a cohort is known before it is written, and why slides give nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from pathgui.core.cohort.opened import REGIONS_FOLDER, Cohort, with_role
from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Cancelled, Notice
from tests.core.cohort.making import table
from tests.core.cohort.sampling.study import SMALL, area, box, row, slide, study


def faults(sample):
    return [str(fault) for fault in sample.faults]


def tiles(sample, name):
    """Tissue and place of the tiles of one slide."""
    (taken,) = [each for each in sample.slides if each.slide_id == name]
    return list(zip(taken.tissues, taken.origins, strict=True))


def test_regions_give_their_tissue_and_whole_slides_that_of_their_row(tmp_path):
    regions = {"A": [area("Tumor", box(0, 0, 256, 128)), area("Stroma", box(256, 0, 512, 64))]}
    opened = study(tmp_path, row("A", tissue="Other"), row("B", "South", tissue="Tumor"),
                   regions=regions)  # fmt: skip
    sample = plan_sample(opened, SMALL)
    assert sample.tissues == ["Stroma", "Tumor"]
    assert sample.centers == ["North", "South"]
    assert sample.of_pair("Tumor", "North") == (8, 1)
    assert sample.of_pair("Stroma", "North") == (4, 1)
    assert sample.of_pair("Tumor", "South") == (50, 1)
    assert sample.of_pair("Stroma", "South") == (0, 0)
    assert len(sample) == len(sample.labels) == 62
    assert faults(sample) == []
    regions_only = plan_sample(opened, replace(SMALL, source="regions"))
    assert [each.slide_id for each in regions_only.slides] == ["A"]
    assert faults(regions_only) == ["row 2 (B): it has no labeled regions"]
    whole = plan_sample(opened, replace(SMALL, source="slides"))
    assert {tissue for tissue, _ in tiles(whole, "A")} == {"Other"}


def test_what_is_taken_out_by_hand_is_not_drawn_and_nothing_else_changes(tmp_path):
    opened = study(tmp_path, row("A", tissue="T"), row("B", "South", tissue="T"))
    plan = replace(SMALL, tiles_a_slide=3)
    drawn = plan_sample(opened, plan)
    first = f"A {tiles(drawn, 'A')[0][1][0]} {tiles(drawn, 'A')[0][1][1]}"
    told = []
    fewer = plan_sample(
        opened, replace(plan, dropped_tiles=(first, "A 7 7"), dropped_slides=("B",)), told.append
    )
    assert tiles(fewer, "A") == tiles(drawn, "A")[1:]
    assert [each.slide_id for each in fewer.slides] == ["A"]
    assert faults(fewer) == ["row 2 (B): you took all of its tiles out"]
    assert fewer == drawn.without([first], ["B"])
    assert (fewer.plan.dropped_tiles, fewer.plan.dropped_slides) == ((first,), ("B",))
    (notice,) = [each.text for each in told if isinstance(each, Notice)]
    assert notice == "Not drawn, so not taken out: A 7 7."
    assert len(drawn.without([], [])) == len(drawn)
    with pytest.raises(ReferenceSetError, match="No tile is left"):
        plan_sample(opened, replace(plan, dropped_slides=("A", "B")))


@pytest.mark.parametrize("source", ["regions", "slides"])
def test_no_tile_touches_what_is_ignored_or_a_hole(tmp_path, source):
    hole, ignored = box(100, 100, 160, 160), box(300, 300, 400, 400)
    tumor = area("Tumor", box(0, 0, 512, 512), hole)
    regions = {"A": [tumor, area("Ignore*", ignored), area("Fold", box(0, 448, 512, 512))]}
    opened = study(tmp_path, row("A", tissue="Tumor"), regions=regions)
    plan = replace(SMALL, source=source, left_out=("Fold",))
    found = [place for _, place in tiles(plan_sample(opened, plan), "A")]
    assert len(found) > 20
    avoided = [(300, 300, 400, 400), (0, 448, 512, 512)]
    avoided += [(100, 100, 160, 160)] if source == "regions" else []
    for x, y in found:
        for left, top, right, bottom in avoided:
            assert x + 64 <= left or x >= right or y + 64 <= top or y >= bottom


def test_a_place_of_two_tissues_gives_no_tile(tmp_path):
    regions = {"A": [area("Tumor", box(0, 0, 256, 256)), area("Stroma", box(64, 0, 512, 256))]}
    sample = plan_sample(study(tmp_path, row("A"), regions=regions), SMALL)
    assert [place[0] for tissue, place in tiles(sample, "A") if tissue == "Tumor"] == [0] * 4
    assert min(place[0] for tissue, place in tiles(sample, "A") if tissue == "Stroma") >= 256


def test_slides_without_tissue_enough_say_how_much_they_have(tmp_path):
    slide(tmp_path / "A.tif", tissue=True, size=1024)
    regions = {"A": [area("Tumor", box(300, 300, 700, 700)), area("Glass", box(0, 0, 150, 150))]}
    plan = replace(SMALL, min_tissue=0.9)
    sample = plan_sample(study(tmp_path, row("A"), regions=regions), plan)
    assert sample.of_pair("Tumor", "North")[0] > 9
    assert faults(sample) == [
        "row 1 (A): no tile of Glass has 90% tissue or more; the fullest has 0%"
    ]


def test_each_slide_that_gives_nothing_says_why_and_the_rest_is_taken(tmp_path):
    slide(tmp_path / "scaleless.tif", 50, None)
    slide(tmp_path / "scaled.tif", 51, None)
    slide(tmp_path / "coarse.tif", 52, 1.0)
    slide(tmp_path / "small.tif", 53, size=60)
    (tmp_path / "broken.tif").write_bytes(b"II*\0")
    slide(tmp_path / "damaged.tif", 54)
    slide(tmp_path / "twin.tif", 0)
    rows = [
        row("good", tissue="T"), row("scaleless", tissue="T"), row("scaled", tissue="T", mpp="0,5"),
        row("coarse", tissue="T"), row("small", tissue="T"), row("broken", tissue="T"),
        row("damaged"), row("twin", tissue="T"), row("nowhere", "", tissue="T"), row("plain"),
        row("gone", tissue="T"), row("good", tissue="T"), row("odd", tissue="T", mpp="much"),
        row("narrow"), row("other", tissue="T", content_id="0" * 64), row("wide", tissue="T"),
    ]  # fmt: skip
    opened = study(tmp_path, *rows, regions={"narrow": [area("T", box(0, 0, 500, 40))]})
    (tmp_path / "gone.tif").unlink()
    (opened.folder / REGIONS_FOLDER / "damaged.geojson").write_text("{")
    sample = plan_sample(opened, SMALL)
    assert [each.slide_id for each in sample.slides] == ["good", "scaled", "wide"]
    told = faults(sample)
    assert [text.partition(":")[0] for text in told] == [
        f"row {n + 1} ({rows[n]['slide_id']})" for n in (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
    ]
    for text, words in zip(told, (
        "write its mpp into the column mpp", "coarser than the 0.5 µm of the plan",
        "smaller than a tile of 32 µm", "broken.tif", "damaged.geojson",
        "the same slide as good in row 1", "it has no center", "no tissue, and no labeled regions",
        "its file is not found", "the slide_id of row 1", "its mpp is no positive number: much",
        "no tile of 32 µm lies wholly in what is T alone", "the content is another",
    ), strict=True):  # fmt: skip
        assert words in text
        assert not text.endswith(".")


def test_a_cohort_of_which_no_tile_fits_is_one_sentence(tmp_path):
    opened = study(tmp_path, row("A"), regions={"A": [area("T", box(0, 0, 40, 500))]})
    with pytest.raises(ReferenceSetError, match=r"gives no tile: row 1 \(A\): no tile of 32 µm"):
        plan_sample(opened, SMALL)
    sample = plan_sample(opened, replace(SMALL, whole=False))
    assert [place for _, place in tiles(sample, "A")] == [(0, y) for y in range(0, 512, 64)]
    opened.close()
    with pytest.raises(ReferenceSetError, match="it has no slides"):
        plan_sample(study(tmp_path / "empty"), SMALL)


def test_another_column_can_play_each_role(tmp_path):
    opened = study(tmp_path, row("A", organ="liver", scanner="S1", case="P"))
    cohort = Cohort(opened.cohort.info, opened.cohort.slides)
    for role, column in (("tissue", "organ"), ("center", "scanner"), ("patient", "case")):
        cohort = with_role(cohort, role, column)
    opened.save(cohort)
    sample = plan_sample(opened, SMALL)
    assert (sample.tissues, sample.centers) == (["liver"], ["S1"])
    assert set(sample.labels.patient) == {"P"}
    assert sample.labels.columns.of_center.many == "scanners"  # what texts say of them


def test_slides_that_are_not_needed_say_so(tmp_path):
    opened = study(tmp_path, row("A", tissue="T"), row("B", tissue="T"))
    sample = plan_sample(opened, replace(SMALL, tiles_a_pair=1))
    assert len(sample) == 1
    (told,) = faults(sample)
    assert "other slides give all tiles of its tissue and center" in told


def test_two_slides_of_one_patient_give_as_much_as_one_of_another(tmp_path):
    rows = [row("A", tissue="T", patient_id="P1"), row("B", tissue="T", patient_id="p1"),
            row("C", tissue="T", patient_id="P2")]  # fmt: skip
    sample = plan_sample(study(tmp_path, *rows), replace(SMALL, tiles_a_pair=8))
    assert [len(each.origins) for each in sample.slides] == [2, 2, 4]


def test_tiles_keep_the_distance_of_the_plan_in_µm(tmp_path):
    opened = study(tmp_path, row("A", tissue="T"))
    sample = plan_sample(opened, replace(SMALL, distance_um=20.0))
    places = [place for _, place in tiles(sample, "A")]
    assert len(places) == 25
    for one in places:
        for other in places:
            apart = max(abs(one[0] - other[0]), abs(one[1] - other[1]))
            assert one == other or apart >= 64 + 40


def test_a_pixel_size_in_the_table_counts_more_than_that_of_the_file(tmp_path):
    sample = plan_sample(study(tmp_path, row("A", tissue="T", mpp="0.25")), SMALL)
    (taken,) = sample.slides
    assert (taken.mpp, taken.size_l0) == (0.25, 128)


def test_looking_can_be_stopped_within_a_slide(tmp_path):
    opened = study(tmp_path, row("A", tissue="T"), row("B", tissue="T"))
    seen = []

    def stop(event):
        seen.append(event)
        if len(seen) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        plan_sample(opened, SMALL, stop)
    assert {event.done for event in seen} == {0}


def test_a_moved_study_gives_the_same_tiles(tmp_path):
    rows = [row("A", tissue="T"), row("B", "South", tissue="T")]
    before = plan_sample(study(tmp_path / "one", *rows), replace(SMALL, tiles_a_slide=5))
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    (tmp_path / "other" / "C.pgcohort" / ".lock").unlink(missing_ok=True)
    after = plan_sample(study(tmp_path / "other"), replace(SMALL, tiles_a_slide=5))
    assert after.cohort.slides == table(*rows)
    assert [each.origins for each in after.slides] == [each.origins for each in before.slides]
