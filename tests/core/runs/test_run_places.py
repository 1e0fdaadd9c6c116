"""A run finds its slide and its reference set where they lie now, by content."""

from dataclasses import replace

import pytest

from pathgui.core.cohort.opened import make_cohort
from pathgui.core.cohort.record import read_info
from pathgui.core.cohort.slide_search import content_of
from pathgui.core.runs.run_places import (
    cohort_of_run,
    is_slide_of_run,
    reference_of_run,
    slide_of_run,
)
from pathgui.core.slides.identity import FileStamp
from tests.material import make_reference
from tests.run_factory import make_evaluation


@pytest.fixture
def facts(tmp_path):
    """What a run holds of a file that lay in first/."""
    path = tmp_path / "first" / "Müller 1.svs"
    path.parent.mkdir()
    path.write_bytes(b"pixels of the slide")
    return replace(
        make_evaluation(1).run.slide,
        file_name=path.name,
        content_id=content_of(path),
        file_stamp=FileStamp.of([path]).text,
    )


def moved(tmp_path, name):
    """The same file, elsewhere and under a name."""
    path = tmp_path / "second place" / name
    path.parent.mkdir()
    return (tmp_path / "first" / "Müller 1.svs").rename(path)


def test_it_is_found_among_the_files_that_are_known(tmp_path, facts):
    path = moved(tmp_path, "renamed.svs")
    decoy = tmp_path / "first" / "Müller 1.svs"
    decoy.write_bytes(b"pixels of another s")  # of the same name and size
    assert slide_of_run(facts, [decoy, path], []) == path


def test_it_is_found_under_any_name_in_a_folder_that_is_known(tmp_path, facts):
    path = moved(tmp_path, "x.svs")
    (path.parent / "bigger.svs").write_bytes(b"0" * 99)
    asked = []
    assert slide_of_run(facts, [], [tmp_path / "gone", path.parent], report=asked.append) == path
    assert asked[-1].total == 2


def test_a_run_that_hides_the_name_finds_it_by_the_true_one(tmp_path, facts):
    early = replace(facts, file_name="slide-7c", file_stamp="")  # an earlier run holds no size
    path = tmp_path / "first" / "Müller 1.svs"
    assert slide_of_run(early, [], [path.parent], name=path.name) == path
    assert slide_of_run(early, [path], []) is None  # it would have to be read


def test_what_is_another_or_cut_off_or_gone_is_not_it(tmp_path, facts):
    path = tmp_path / "first" / "Müller 1.svs"
    assert is_slide_of_run(facts, path)
    path.write_bytes(b"pixels of the sl")
    assert not is_slide_of_run(facts, path)
    assert slide_of_run(facts, [path, tmp_path / "gone.svs"], [path.parent]) is None


def test_the_reference_set_is_found_where_its_folder_was_renamed(tmp_path):
    reference = make_reference(tmp_path)
    folder = reference.folder.rename(tmp_path / "other name.pgref")
    sha256 = reference.info.tiles_sha256
    assert reference_of_run(sha256, [reference.folder], [tmp_path / "gone"]) == folder
    assert reference_of_run(sha256, [folder], []) == folder
    assert reference_of_run("0" * 64, [folder], [tmp_path]) is None


def test_the_cohort_is_found_by_its_id_beside_what_is_known(tmp_path):
    for name in ("a", "b"):
        make_cohort(tmp_path / "study" / f"{name}.pgcohort")
    record = tmp_path / "study" / "b.pgcohort" / "cohort.json"
    identity = read_info(record.read_bytes(), str(record)).id
    (tmp_path / "study" / "b.pgcohort").rename(tmp_path / "study" / "Köln 2.pgcohort")
    found = tmp_path / "study" / "Köln 2.pgcohort"
    gone = tmp_path / "gone.pgcohort"
    assert cohort_of_run(identity, [gone, found], ()) == found
    assert cohort_of_run(identity, [tmp_path / "study" / "a.pgcohort"], ()) == found
    assert cohort_of_run(identity, [], [tmp_path / "nowhere", tmp_path / "study"]) == found
    assert cohort_of_run("0" * 32, [found], [tmp_path / "study"]) is None
