"""A cohort on disk: nothing is lost by a kill, a second program, or a share without rights."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.cohort.opened import (
    DAMAGED_FILE,
    EARLIER_FILE,
    SLIDES_FILE,
    find_cohort,
    make_cohort,
    open_cohort,
    with_role,
)
from pathgui.core.errors import CohortError
from tests.core.cohort.making import opened, slide, table

ROW = {"slide_id": "A", "center": "North"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path / "C.pgcohort", ROW):
        return tmp_path / "C.pgcohort"


def reopened(folder: Path):
    return open_cohort(folder, folder.parent / "places")


def test_what_was_saved_is_there_again_and_what_was_before_lies_beside_it(folder):
    with reopened(folder) as found:
        before = (folder / SLIDES_FILE).read_bytes()
        found.save(replace(found.cohort, slides=table(ROW, {"slide_id": "B"})))
    assert (folder / EARLIER_FILE).read_bytes() == before
    with reopened(folder) as found:
        assert found.cohort.slides.slide_ids == ["A", "B"]
        assert found.why_read_only == ""
        assert found.notices == ()


def test_opening_and_saving_what_did_not_change_writes_no_byte(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.name[0] != "."}
    with reopened(folder) as found:
        found.save(found.cohort)
    after = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.name[0] != "."}
    assert after == before


def test_the_second_program_reads_and_says_who_has_it_open(folder):
    with reopened(folder) as first:
        with reopened(folder) as second:
            assert f"process {os.getpid()}" in second.why_read_only
            assert "read-only here" in second.why_read_only
            assert second.cohort.slides.slide_ids == ["A"]
            with pytest.raises(CohortError, match="Nothing was changed"):
                second.save(replace(second.cohort, slides=table()))
        first.save(replace(first.cohort, slides=table(ROW, {"slide_id": "B"})))
    with reopened(folder) as third:
        assert third.why_read_only == ""


def test_a_folder_without_rights_opens_read_only_and_says_so(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with reopened(folder) as found:
        assert found.why_read_only == "C.pgcohort cannot be written, so it is read-only here."
        assert found.cohort.slides.slide_ids == ["A"]


def test_a_read_only_share_on_which_no_lock_can_be_made_opens_read_only(folder, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathgui.core.system.file_lock.FileLock.acquire", refuse)
    with reopened(folder) as found:
        assert "cannot be written (Permission denied), so it is read-only" in found.why_read_only
        with pytest.raises(CohortError, match="Nothing was changed"):
            found.save(replace(found.cohort, slides=table()))


@pytest.mark.parametrize("content", [b"", b'slide_id,note\nA,"open', b"\0\x01\x02", None])
def test_a_damaged_table_is_shown_as_it_was_before_and_is_put_aside(folder, content):
    with reopened(folder) as found:
        found.save(replace(found.cohort, slides=table(ROW, {"slide_id": "B"})))
    path = folder / SLIDES_FILE
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with reopened(folder) as found:
        assert found.cohort.slides.slide_ids == ["A"]
        (told,) = found.notices
        assert "cannot be read" in told
        assert "as it was before the last change" in told
        earlier = (folder / EARLIER_FILE).read_bytes()
        found.save(replace(found.cohort, slides=table(ROW, {"slide_id": "C"})))
    assert (folder / EARLIER_FILE).read_bytes() == earlier
    if content:
        assert (folder / DAMAGED_FILE).read_bytes() == content
    with reopened(folder) as found:
        assert found.cohort.slides.slide_ids == ["A", "C"]


def test_a_table_changed_by_somebody_else_meanwhile_is_not_overwritten(folder):
    with reopened(folder) as found:
        (folder / SLIDES_FILE).write_bytes(b"slide_id,center\nZ,South\n")
        with pytest.raises(CohortError, match="was changed by another program"):
            found.save(replace(found.cohort, slides=table()))
    assert (folder / SLIDES_FILE).read_bytes() == b"slide_id,center\nZ,South\n"


def test_a_program_killed_while_it_saves_has_its_cohort_back(folder):
    script = """
import sys
from dataclasses import replace
from pathlib import Path
from pathgui.core.cohort.opened import open_cohort
folder = Path(sys.argv[1])
found = open_cohort(folder, folder.parent / "places")
print("begun", flush=True)
number = 0
while True:
    number += 1
    rows = [{"slide_id": f"S{i}-{number}", "center": "x" * 200} for i in range(300)]
    fresh = found.cohort.slides.without_rows(range(len(found.cohort.slides))).with_rows(rows)
    found.save(replace(found.cohort, slides=fresh))
    print(number, flush=True)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    while child.stdout.readline().strip() != "3":
        assert child.poll() is None
    child.kill()
    child.communicate()
    with reopened(folder) as found:
        assert found.why_read_only == ""
        assert found.notices == ()
        assert len(found.cohort.slides) == 300
        assert len({name.rpartition("-")[2] for name in found.cohort.slides.slide_ids}) == 1
    assert not list(folder.glob("*.draft")) + list(folder.glob(f".{SLIDES_FILE}*.draft"))


def test_a_full_disk_leaves_the_table_and_is_one_sentence(folder, monkeypatch):
    before = (folder / SLIDES_FILE).read_bytes()

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathgui.core.cohort.opened.write_file", full)
    with reopened(folder) as found, pytest.raises(CohortError, match="No space left on device"):
        found.save(replace(found.cohort, slides=table()))
    assert (folder / SLIDES_FILE).read_bytes() == before


@pytest.mark.parametrize("name", ["cohort.json", SLIDES_FILE])
def test_a_cohort_that_lacks_a_file_is_one_sentence(folder, name):
    (folder / name).unlink()
    (folder / EARLIER_FILE).unlink()
    with pytest.raises(CohortError, match=name):
        reopened(folder)


def test_what_is_no_cohort_is_said(tmp_path):
    (tmp_path / "a.pgcohort").write_text("x")
    for path, text in ((tmp_path / "a.pgcohort", "is a file"), (tmp_path / "b", "does not exist")):
        with pytest.raises(CohortError, match=text):
            open_cohort(path, tmp_path)


def test_a_cohort_is_made_only_where_nothing_is(tmp_path):
    make_cohort(tmp_path / "a.pgcohort")
    with pytest.raises(CohortError, match=r"exists\. Choose another name"):
        make_cohort(tmp_path / "a.pgcohort")
    with pytest.raises(CohortError, match=r"ends in \.pgcohort"):
        make_cohort(tmp_path / "a")
    (tmp_path / "file").write_text("x")
    with pytest.raises(CohortError, match="cannot be written"):
        make_cohort(tmp_path / "file" / "a.pgcohort")


def test_a_role_is_played_by_a_column_that_is_there(folder):
    with reopened(folder) as found:
        found.save(with_role(found.cohort, "center", "scanner"))
        with pytest.raises(CohortError, match=r"no column color\. There are: slide_id, file"):
            with_role(found.cohort, "center", "color")
    with reopened(folder) as found:
        assert found.cohort.info.roles.center == "scanner"


def test_an_id_that_somebody_wrote_leads_to_no_other_folder(folder, tmp_path):
    record = folder / "cohort.json"
    with reopened(folder) as found:
        text = record.read_text().replace(found.cohort.info.id, "../../evil")
    record.write_text(text)
    path = slide(tmp_path / "far" / "a.svs")
    with reopened(folder) as found:
        found.with_files(found.cohort.slides, {0: (path, "c0")})
    assert [each.name for each in (tmp_path / "places").iterdir()] == ["evil.json"]


def test_who_only_reads_does_not_keep_others_from_changing(folder):
    with open_cohort(folder, folder.parent / "places", to_change=False) as reader:
        with reopened(folder) as other:
            assert other.why_read_only == ""
            other.save(replace(other.cohort, slides=table(ROW, {"slide_id": "B"})))
        with pytest.raises(CohortError, match=r"was opened to be read\. Nothing was changed"):
            reader.save(replace(reader.cohort, slides=table()))


def test_who_only_reads_is_told_who_changes_it(folder):
    with reopened(folder):
        reader = open_cohort(folder, folder.parent / "places", to_change=False)
    assert "has C.pgcohort open" in reader.why_read_only


def test_halves_of_letters_in_names_are_replaced(tmp_path):
    with opened(tmp_path / "C\udcff.pgcohort", {"slide_id": "a\ud800", "n\udcff": "x"}) as found:
        assert found.cohort.info.name == "C?"
    with open_cohort(tmp_path / "C\udcff.pgcohort", tmp_path / "places") as found:
        assert found.cohort.slides.slide_ids == ["a?"]
        assert found.cohort.slides.column("n?") == ["x"]


def test_a_cohort_is_found_by_its_id_among_folders_that_may_be_gone_or_none(folder, tmp_path):
    with open_cohort(folder, tmp_path / "places", to_change=False) as opened:
        identity = opened.cohort.info.id
    (tmp_path / "no.pgcohort").mkdir()
    folders = [tmp_path / "gone.pgcohort", tmp_path / "no.pgcohort", folder]
    assert find_cohort(folders, identity) == folder
    assert find_cohort(folders, "0" * 32) is None
