"""Each row that lacks something says what and why; a good cohort says nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from pathgui.core.cohort.check import check_cohort
from pathgui.core.cohort.labeled_regions import add_regions
from pathgui.core.cohort.new_slides import add_slides
from pathgui.core.cohort.opened import Cohort, open_cohort, with_role
from pathgui.core.progress import Cancelled
from pathgui.core.slides.region_files import Area
from tests.core.cohort.making import SQUARE, opened, slide, table

WHOLE = {"center": "North", "tissue": "Tumor"}


@pytest.fixture
def cohort(tmp_path):
    for i, name in enumerate("AB"):
        slide(tmp_path / "slides" / f"{name}.tif", i)
    with opened(tmp_path / "C.pgcohort") as found:
        slides = add_slides(found, [tmp_path / "slides"]).slides
        cells = {(row, name): text for row in range(2) for name, text in WHOLE.items()}
        found.save(Cohort(found.cohort.info, slides.with_cells(cells)))
        yield found


def changed(cohort, row: int, **cells: str):
    slides = cohort.cohort.slides.with_cells({(row, name): text for name, text in cells.items()})
    cohort.save(replace(cohort.cohort, slides=slides))


def said(cohort) -> dict[str, str]:
    return {fault.lacks: str(fault) for fault in check_cohort(cohort).faults}


def test_a_whole_cohort_lacks_nothing(cohort):
    checked = check_cohort(cohort)
    assert checked.faults == ()
    assert checked.states[0].facts.mpp == pytest.approx(0.5)


def test_a_row_without_center_or_tissue_is_named(cohort):
    changed(cohort, 0, center="", tissue="")
    assert said(cohort) == {
        "center": "row 1 (A): it has no center",
        "tissue": "row 1 (A): it has no tissue, neither in the table nor as labeled regions",
    }
    add_regions(cohort.folder / "regions", "A", [Area((SQUARE,), "Tumor")])
    assert set(said(cohort)) == {"center"}
    add_regions(cohort.folder / "regions", "B", [Area((SQUARE,), "Ignore*")])
    changed(cohort, 1, tissue="")
    assert set(said(cohort)) == {"center", "tissue"}


def test_the_column_in_a_role_is_called_by_its_own_name(cohort):
    cohort.save(with_role(cohort.cohort, "center", "scanner"))
    assert said(cohort)["scanner"] == "row 2 (B): it has no scanner"


def test_a_patient_at_two_centers_is_named_with_both(cohort):
    changed(cohort, 0, patient_id="P7")
    changed(cohort, 1, patient_id="p7 ", center="South")
    assert said(cohort)["patient at two centers"] == (
        "row 2 (B): patient_id p7 has the center South here and North in row 1; slides of one "
        "patient never judge each other"
    )


def test_a_slide_without_scale_and_one_with_another_scale_are_named(cohort, tmp_path):
    slide(tmp_path / "none" / "C.tif", 7, mpp=None)
    slides = add_slides(cohort, [tmp_path / "none"]).slides
    cells = {(2, name): text for name, text in WHOLE.items()}
    cohort.save(replace(cohort.cohort, slides=slides.with_cells(cells)))
    assert "row 3 (C): its file does not say how large its pixels are" in said(cohort)["mpp"]
    changed(cohort, 2, mpp="0.3")
    assert said(cohort) == {}
    changed(cohort, 2, mpp="25")
    assert "row 3 (C): C.tif has 25 µm per pixel" in said(cohort)["plausible mpp"]
    changed(cohort, 2, mpp="0.3")
    slide(tmp_path / "slides" / "B.tif", 1, mpp=353)
    found = said(cohort)["plausible mpp"]
    assert "353 µm per pixel, and slides have 0.08 to 2" in found
    assert found.endswith("Write the right mpp into the column mpp")
    slide(tmp_path / "slides" / "B.tif", 1)
    changed(cohort, 0, mpp="0.25")
    assert "its mpp is 0.25 here, but its file says 0.5" in said(cohort)["agreement of mpp"]
    changed(cohort, 0, mpp="big")
    assert "its mpp is no positive number: big" in said(cohort)["mpp"]


def test_files_that_are_gone_or_broken_or_others_are_named(cohort, tmp_path):
    (tmp_path / "slides" / "A.tif").write_text("no slide")
    (tmp_path / "slides" / "B.tif").unlink()
    found = said(cohort)
    assert "row 1 (A): A.tif is a text file" in found["readable file"]
    assert "row 2 (B): its file ../slides/B.tif is not found" in found["file"]
    slide(tmp_path / "slides" / "A.tif", 50)
    assert "is not the slide that was added" in said(cohort)["the slide that was added"]
    changed(cohort, 1, file="")
    assert "it names no file" in said(cohort)["file"]


def test_one_slide_under_two_names_is_named(cohort, tmp_path):
    shutil.copy(tmp_path / "slides" / "A.tif", tmp_path / "slides" / "B.tif")
    changed(cohort, 1, content_id="")
    assert "row 2 (B): it is the same slide as A in row 1" in said(cohort)["content of its own"]


def test_rows_without_a_name_or_with_the_same_are_named(cohort):
    changed(cohort, 0, slide_id="")
    assert said(cohort)["slide_id"] == "row 1 (no slide_id): it has no slide_id"
    changed(cohort, 0, slide_id="b.svs")
    assert "row 2 (B): it has a slide_id like b.svs of row 1" in said(cohort)["slide_id"]
    changed(cohort, 0, slide_id="B")
    assert (
        "it has the same slide_id as row 1; two slides need two names" in said(cohort)["slide_id"]
    )


def test_rows_and_headings_that_do_not_fit_are_named(tmp_path):
    with opened(tmp_path / "C.pgcohort", {"slide_id": "A"}):
        pass
    text = b"slide_id,center,center,tissue\nA,North,South,Tumor,left over\n"
    (tmp_path / "C.pgcohort" / "slides.csv").write_bytes(text)
    with open_cohort(tmp_path / "C.pgcohort", tmp_path / "places") as found:
        whys = [str(fault) for fault in check_cohort(found).faults if fault.lacks == "columns"]
    assert whys == [
        "row 1 (A): it has 5 values, but there are 4 columns; text with commas must be in quotes",
        'slides.csv has the column "center" twice; the first counts',
    ]


def test_regions_that_are_damaged_outside_or_of_nobody_are_named(cohort):
    regions = cohort.folder / "regions"
    far = tuple((x + 5000, y) for x, y in SQUARE)
    add_regions(regions, "A", [Area((SQUARE,), "Tumor"), Area((far,), "Tumor")])
    add_regions(regions, "Z/1", [Area((SQUARE,), "Tumor")])
    (regions / "B.geojson").write_text("broken")
    found = said(cohort)
    assert (
        "1 of its 2 regions reach out of the slide, which is 256 x 256 px"
        in (found["regions inside the slide"])
    )
    assert "is not GeoJSON" in found["readable regions"]
    assert found["slide_id"] == (
        "regions/Z%2F1.geojson is of no slide: no row has the slide_id Z/1"
    )


def test_regions_of_two_tissues_on_one_place_are_named(cohort):
    half = tuple((x + 20, y) for x, y in SQUARE)
    beside = tuple((x + 40, y) for x, y in SQUARE)
    areas = [Area((SQUARE,), "Tumor"), Area((half,), "Fat"), Area((beside,), "Stroma")]
    add_regions(cohort.folder / "regions", "A", [areas[0], areas[2]])
    assert said(cohort) == {}
    add_regions(cohort.folder / "regions", "A", [areas[1]])
    assert (
        "regions of Fat and Tumor overlap, by 50% of the smaller one"
        in (said(cohort)["one tissue a place"])
    )
    add_regions(cohort.folder / "regions", "A", [Area((half,), "Ignore*")])
    assert said(cohort) == {}


def test_labels_that_differ_in_their_spelling_alone_are_named(cohort):
    changed(cohort, 1, center="north")
    assert '"North" and "north" differ only in case' in said(cohort)["one spelling"]
    changed(cohort, 1, center="North")
    add_regions(cohort.folder / "regions", "A", [Area((SQUARE,), "tumor")])
    assert '"Tumor" and "tumor" differ only in case' in said(cohort)["one spelling"]


def test_a_check_can_be_stopped(cohort):
    def stop(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        check_cohort(cohort, stop)


def test_an_empty_cohort_lacks_nothing(tmp_path):
    with opened(tmp_path / "E.pgcohort") as found:
        assert check_cohort(found).faults == ()
        assert table().slide_ids == []
