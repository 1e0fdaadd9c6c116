"""A table that was not saved as a cohort is there at the next start, whatever ended the program."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pathgui.core.cohort.draft import FORMAT, Draft, new_draft, table_of, take_left
from pathgui.core.cohort.record import Roles
from pathgui.core.errors import CohortError
from tests.core.cohort.making import table

SLIDES = table({"slide_id": "Größe", "center": "Nørd", "Färbung": "HE"}, {"slide_id": "B"})


def kept(folder: Path, name: str = "Größe") -> Draft:
    """A draft that a program left behind."""
    slides = SLIDES.with_cells({(0, "slide_id"): name})
    draft = new_draft(folder)
    draft.keep(table_of(slides, Roles(center="scanner"), (folder / "a.tif", None)))
    draft.leave()
    return draft


def test_a_table_comes_back_with_its_columns_roles_and_the_files_that_are_still_there(tmp_path):
    kept(tmp_path)
    found = take_left(tmp_path)
    assert found is not None
    draft, back = found
    assert back.slides == SLIDES
    assert back.roles == Roles(center="scanner")
    assert back.found() == (None, None)
    (tmp_path / "a.tif").touch()
    assert back.found() == (tmp_path / "a.tif", None)
    draft.forget()
    assert list(tmp_path.iterdir()) == [tmp_path / "a.tif"]


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_a_file_whose_name_is_no_text_is_found_again(tmp_path):
    path = tmp_path / os.fsdecode(b"a\xff.tif")
    path.touch()
    draft = new_draft(tmp_path)
    draft.keep(table_of(SLIDES, Roles(), (path, None)))
    back = draft.read()
    assert back is not None
    assert back.found() == (path, None)


def test_the_newest_draft_that_no_program_works_on_comes_first(tmp_path):
    first, second = kept(tmp_path, "first"), kept(tmp_path, "second")
    os.utime(first.file, (1, 1))
    held = take_left(tmp_path)
    other = take_left(tmp_path)
    assert held is not None
    assert held[1].slides.slide_ids[0] == "second"
    assert held[0].file == second.file
    assert other is not None
    assert other[1].slides.slide_ids[0] == "first"
    assert take_left(tmp_path) is None
    held[0].leave()
    assert take_left(tmp_path) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"format": 1, "columns": ["slide_id"], "rows": [["A"',
        b"[1]",
        b'{"format": 1, "columns": ["slide_id"], "rows": [["A"]], "files": []}',
        b'{"format": 1, "columns": ["x"], "rows": [["A"]], "files": [""]}',
        b'{"format": 1, "columns": 3, "rows": [], "files": []}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_draft_is_told_once_and_kept_aside(tmp_path, content):
    draft = kept(tmp_path)
    draft.file.write_bytes(content)
    with pytest.raises(CohortError, match="It is kept as"):
        take_left(tmp_path)
    assert take_left(tmp_path) is None
    assert draft.file.with_suffix(".damaged").read_bytes() == content


def test_a_draft_of_a_later_version_is_left_as_it_is(tmp_path):
    draft = kept(tmp_path)
    data = json.loads(draft.file.read_bytes()) | {"format": FORMAT + 1, "rows": "new"}
    draft.file.write_text(json.dumps(data))
    assert take_left(tmp_path) is None
    assert json.loads(draft.file.read_bytes()) == data


def test_a_folder_that_cannot_be_written_is_said_with_what_to_do(tmp_path):
    (tmp_path / "tables").write_text("in the way")
    draft = new_draft(tmp_path / "tables")
    with pytest.raises(CohortError, match="Save it as a cohort"):
        draft.keep(table_of(SLIDES, Roles(), (None, None)))
