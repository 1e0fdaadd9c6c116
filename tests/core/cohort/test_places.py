"""Where slides lie: beside the cohort by a relative name, elsewhere as this computer knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pathgui.core.cohort.places import Places, files_of, key_of, named_from
from tests.core.cohort.making import table


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study" / "C.pgcohort").mkdir(parents=True)
    return tmp_path / "study"


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_a_study_that_is_moved_as_a_whole_keeps_its_files(study, tmp_path):
    cohort, path = study / "C.pgcohort", touch(study / "slides" / "a.svs")
    slides = table({"slide_id": "a", "file": named_from(cohort, path)})
    assert slides.cell(0, "file") == "../slides/a.svs"
    shutil.move(study, tmp_path / "elsewhere")
    found = files_of(tmp_path / "elsewhere" / "C.pgcohort", slides, Places(tmp_path / "book"))[0]
    assert found is not None
    assert found.samefile(tmp_path / "elsewhere" / "slides" / "a.svs")


def test_a_file_of_another_disk_is_known_to_this_computer_alone(study, tmp_path):
    cohort, path = study / "C.pgcohort", touch(tmp_path / "archive" / "b.svs")
    assert named_from(cohort, path) == "b.svs"
    slides = table({"slide_id": "b", "file": "b.svs", "content_id": "c0ffee"})
    places = Places(tmp_path / "home" / "id.json")
    assert files_of(cohort, slides, places)[0] is None
    places.remember({key_of(slides, 0): path})
    assert files_of(cohort, slides, Places(tmp_path / "home" / "id.json"))[0] == path
    path.unlink()
    assert files_of(cohort, slides, places)[0] is None


def test_backslashes_of_windows_are_found(study, tmp_path):
    path = touch(study / "slides" / "a.svs")
    slides = table({"slide_id": "a", "file": "..\\slides\\a.svs"})
    found = files_of(study / "C.pgcohort", slides, Places(tmp_path / "book"))[0]
    assert found is not None
    assert found.samefile(path)


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"a": 7}', b"\xff", b"[" * 9999])
def test_a_damaged_book_of_places_knows_nothing_and_is_written_anew(tmp_path, content):
    (tmp_path / "book").write_bytes(content)
    places = Places(tmp_path / "book")
    assert places.get("a") is None
    places.remember({"a": tmp_path / "x", "": tmp_path / "y"})
    assert Places(tmp_path / "book").get("a") == tmp_path / "x"
    assert Places(tmp_path / "book").get("") is None


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_no_file(study, tmp_path, name):
    slides = table({"slide_id": "a", "file": name})
    assert files_of(study, slides, Places(tmp_path / "b")) == [None]
