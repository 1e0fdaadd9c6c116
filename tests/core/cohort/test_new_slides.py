"""Slides come into a cohort once, under names that are free; rows get the files that they mean."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pathgui.core.cohort.new_slides import add_slides, find_again, locate
from pathgui.core.cohort.opened import Cohort, OpenCohort
from pathgui.core.cohort.slide_search import SlideIndex, content_of
from pathgui.core.errors import CohortError
from tests.core.cohort.making import opened, slide, table


@pytest.fixture
def cohort(tmp_path: Path):
    with opened(tmp_path / "study" / "C.pgcohort") as found:
        yield found


@pytest.fixture(autouse=True)
def study(tmp_path: Path) -> Path:
    (tmp_path / "study").mkdir()
    return tmp_path / "study"


def save(found: OpenCohort, slides) -> None:
    found.save(Cohort(found.cohort.info, slides))


def test_slides_of_a_folder_are_rows_with_name_place_and_content(cohort, study):
    paths = [slide(study / "slides" / f"{name}.tif", i) for i, name in enumerate("AB")]
    made = add_slides(cohort, [study / "slides"])
    assert made.added == ("A", "B")
    assert made.notes == ()
    assert made.slides.column("file") == ["../slides/A.tif", "../slides/B.tif"]
    assert made.slides.column("content_id") == [content_of(path) for path in paths]


def test_a_slide_is_added_once_under_whatever_name(cohort, study):
    path = slide(study / "A.tif")
    shutil.copy(path, study / "copy.tif")
    made = add_slides(cohort, [path, study / "copy.tif"])
    assert made.added == ("A",)
    assert "copy.tif is the same slide as A; it was not added again" in made.notes[0]
    save(cohort, made.slides)
    again = add_slides(cohort, [study / "copy.tif"])
    assert again.added == ()
    assert "is in the cohort already, as A" in again.notes[0]


def test_files_of_one_name_in_two_folders_get_two_names(cohort, study):
    for i, folder in enumerate(("north", "south")):
        slide(study / folder / "1.tif", i)
    assert add_slides(cohort, [study / "north", study / "south"]).added == ("1", "south-1")


def test_a_row_that_waited_for_its_file_gets_it(cohort, study):
    save(cohort, table({"slide_id": "A", "center": "North"}))
    made = add_slides(cohort, [slide(study / "A.tif")])
    assert made.added == ()
    assert made.slides.column("center") == ["North"]
    assert made.slides.column("file") == ["../A.tif"]


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_added(cohort, study):
    (study / "s" / "broken.dcm").parent.mkdir()
    (study / "s" / "gone.svs").symlink_to(study / "nowhere")
    slide(study / "s" / "B.tif")
    made = add_slides(cohort, [study / "s"])
    assert made.added == ("B",)
    assert "gone.svs cannot be read: No such file or directory. It was not added." in made.notes[0]
    with pytest.raises(CohortError, match="There is no file"):
        add_slides(cohort, [study / "none.svs"])


def test_rows_find_their_files_beside_the_table_or_among_slides_by_name(cohort, study, tmp_path):
    beside = slide(tmp_path / "t" / "x" / "A.tif", 0)
    by_name = slide(tmp_path / "far" / "B.tif", 1)
    slides = table(
        {"slide_id": "A", "file": "x\\A.tif"}, {"slide_id": "B"}, {"slide_id": "C", "file": "C.svs"}
    )
    found = locate(cohort, slides, [tmp_path / "t"], SlideIndex([by_name]))
    assert (found.found, found.missing) == (("A", "B"), ("C",))
    save(cohort, found.slides)
    assert cohort.files() == [beside, by_name, None]
    assert found.slides.column("file") == ["A.tif", "B.tif", "C.svs"]  # their folders stay private


def test_two_files_that_a_row_may_mean_are_named_and_none_is_taken(cohort, study):
    paths = [slide(study / folder / "A.tif", i) for i, folder in enumerate("xy")]
    found = locate(cohort, table({"slide_id": "A"}), [], SlideIndex(paths))
    assert found.missing == ("A",)
    assert "2 files have that name" in found.notes[0]


def test_slides_that_were_moved_and_renamed_are_found_by_pointing_to_one(cohort, study, tmp_path):
    for i in range(3):
        slide(study / "slides" / f"{i}.tif", i)
    save(cohort, add_slides(cohort, [study / "slides"]).slides)
    shutil.move(study / "slides", tmp_path / "archive")
    (tmp_path / "archive" / "1.tif").rename(tmp_path / "archive" / "one.tif")
    (tmp_path / "archive" / "2.tif").unlink()
    assert cohort.files() == [None, None, None]
    found = find_again(cohort, tmp_path / "archive" / "0.tif")
    assert (found.found, found.missing) == (("0", "1"), ("2",))
    save(cohort, found.slides)
    assert cohort.files() == [tmp_path / "archive" / name for name in ("0.tif", "one.tif")] + [None]
    with pytest.raises(CohortError, match="There is nothing at"):
        find_again(cohort, tmp_path / "nowhere")


@pytest.mark.parametrize(("name", "found"), [("north", ("x", "south-x")), ("n", ("south-x",))])
def test_slides_of_several_folders_that_moved_together_are_found_by_one(
    cohort, study, tmp_path, name, found
):
    for i, folder in enumerate(("north", "south")):
        slide(study / "all" / folder / "x.tif", i)
    save(cohort, add_slides(cohort, [study / "all"]).slides)
    shutil.move(study / "all", tmp_path / "archive")
    (tmp_path / "archive" / "north").rename(tmp_path / "archive" / name)
    assert find_again(cohort, tmp_path / "archive" / "south" / "x.tif").found == found


def test_another_slide_in_the_old_place_of_one_is_not_taken_for_it(cohort, study, tmp_path):
    for i in range(2):
        slide(study / "a" / f"{i}.tif", i)
    save(cohort, add_slides(cohort, [study / "a"]).slides)
    shutil.move(study / "a", tmp_path / "b")
    slide(tmp_path / "b" / "1.tif", 9)
    found = find_again(cohort, tmp_path / "b" / "0.tif")
    assert (found.found, found.missing) == (("0",), ("1",))


def test_a_place_of_one_computer_stays_out_of_the_table_found_or_not(cohort, study, tmp_path):
    there = slide(tmp_path / "archive" / "A.tif")
    gone = tmp_path / "away" / "C.tif"
    slides = table(
        {"slide_id": "A", "file": str(there)}, {"slide_id": "B", "file": "D:\\scans\\B.svs"},
        {"slide_id": "C", "file": str(gone)},
    )  # fmt: skip
    found = locate(cohort, slides, [], SlideIndex([]))
    assert (found.found, found.missing) == (("A",), ("B", "C"))
    assert found.slides.column("file") == ["A.tif", "B.svs", "C.tif"]
    save(cohort, found.slides)
    slide(gone, 3)  # the disk is back
    assert cohort.files() == [there, None, gone]


def test_another_slide_of_the_same_name_is_not_taken_for_one_whose_content_is_known(
    cohort, study, tmp_path
):
    path = slide(tmp_path / "far" / "A.tif")
    save(cohort, add_slides(cohort, [path]).slides)
    other = slide(tmp_path / "t" / "A.tif", 5)
    found = locate(cohort, cohort.cohort.slides, [tmp_path / "t"], SlideIndex([other]))
    assert (found.found, found.missing, found.notes) == ((), (), ())  # its own is there
    assert cohort.files() == [path]
    path.unlink()
    found = locate(cohort, cohort.cohort.slides, [tmp_path / "t"], SlideIndex([other]))
    assert found.missing == ("A",)
    assert "has the name of this slide, but is another one" in found.notes[0]
