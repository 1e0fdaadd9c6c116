"""Nothing half-written bears a final name."""

from __future__ import annotations

import os
import shutil
import threading

import pytest

from pathgui.core.system import exchange, files
from pathgui.core.system.files import NotInPlace, draft_folder, flushing, stamp, write_file


def test_a_file_is_replaced_whole(tmp_path):
    write_file(tmp_path / "deep" / "a.txt", b"first")
    write_file(tmp_path / "deep" / "a.txt", b"second")
    assert (tmp_path / "deep" / "a.txt").read_bytes() == b"second"
    assert len(list((tmp_path / "deep").iterdir())) == 1


def test_a_folder_appears_only_when_it_is_complete(tmp_path):
    with draft_folder(tmp_path / "a") as draft:
        (draft / "file").write_text("x")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a" / "file").read_text() == "x"


def test_what_was_there_stays_if_its_successor_fails(tmp_path):
    with draft_folder(tmp_path / "a") as draft:
        (draft / "file").write_text("old")

    def fail_halfway() -> None:
        with draft_folder(tmp_path / "a") as draft:
            (draft / "file").write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert (tmp_path / "a" / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.fixture(params=["in one step", "slowly"])
def renames(request, monkeypatch):
    """With the system's own calls, and as on a system that has none of them."""
    if request.param == "slowly":
        monkeypatch.setattr(exchange, "_system_call", lambda: None)


def folder_with(path, text):
    path.mkdir(parents=True)
    (path / "file").write_text(text)


def write_folder(path, text, meanwhile=lambda: None, **options):
    with draft_folder(path, **options) as draft:
        (draft / "file").write_text(text)
        meanwhile()


@pytest.mark.usefixtures("renames")
def test_a_folder_is_replaced_whole(tmp_path):
    folder_with(tmp_path / "a", "old")
    write_folder(tmp_path / "a", "new")
    assert (tmp_path / "a" / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.usefixtures("renames")
def test_an_empty_folder_may_always_be_filled(tmp_path):
    (tmp_path / "a").mkdir()
    write_folder(tmp_path / "a", "new", record="file", replacing=None)
    assert (tmp_path / "a" / "file").read_text() == "new"


@pytest.mark.usefixtures("renames")
def test_what_appears_while_the_draft_is_filled_stays_and_the_new_one_is_kept_beside(tmp_path):
    target = tmp_path / "a.pgrun"
    with pytest.raises(NotInPlace, match="appeared") as raised:
        write_folder(
            target, "mine", lambda: folder_with(target, "theirs"), record="file", replacing=None
        )
    assert (target / "file").read_text() == "theirs"
    assert raised.value.kept == tmp_path / "a (2).pgrun"
    assert (raised.value.kept / "file").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.usefixtures("renames")
def test_only_the_one_that_was_agreed_to_be_replaced_is(tmp_path):
    target = tmp_path / "a.pgrun"
    folder_with(target, "old")
    agreed = stamp(target / "file")
    write_folder(target, "new", record="file", replacing=agreed)
    assert (target / "file").read_text() == "new"
    with pytest.raises(NotInPlace):
        write_folder(target, "newer", record="file", replacing=agreed)
    assert (target / "file").read_text() == "new"
    assert (tmp_path / "a (2).pgrun" / "file").read_text() == "newer"


def test_one_that_comes_between_the_look_and_the_exchange_is_put_back(tmp_path, monkeypatch):
    target = tmp_path / "a.pgrun"
    folder_with(target, "old")
    agreed = stamp(target / "file")
    swap = files.exchange

    def late(one, other):
        monkeypatch.setattr(files, "exchange", swap)
        shutil.rmtree(target)
        folder_with(target, "theirs")
        return swap(one, other)

    monkeypatch.setattr(files, "exchange", late)
    with pytest.raises(NotInPlace):
        write_folder(target, "mine", record="file", replacing=agreed)
    assert (target / "file").read_text() == "theirs"
    assert (tmp_path / "a (2).pgrun" / "file").read_text() == "mine"


@pytest.mark.usefixtures("renames")
def test_a_complete_folder_is_kept_though_it_cannot_take_its_place(tmp_path, monkeypatch):
    target = tmp_path / "a"
    folder_with(target, "old")
    rename = files.rename_new

    def held(source, to):
        if to == target and (source / "file").read_text() == "new":
            raise PermissionError(13, "used by another process")
        rename(source, to)

    monkeypatch.setattr(files, "rename_new", held)
    with pytest.raises(NotInPlace, match="used by another process"):
        write_folder(target, "new", record="file")
    assert (target / "file").read_text() == "old"
    assert (tmp_path / "a (2)" / "file").read_text() == "new"
    with pytest.raises(PermissionError):
        write_folder(target, "new")  # of no worth: it has no record
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a (2)"]


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_new_files_and_folders_have_the_rights_that_the_user_asks_for(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "a.txt", b"x")
        write_folder(tmp_path / "b", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "b" / "file").stat().st_mode & 0o777 == 0o640


def test_of_a_link_the_folder_behind_it_is_replaced(tmp_path):
    real, link = tmp_path / "disk" / "a", tmp_path / "a"
    real.mkdir(parents=True)
    (real / "old").write_text("x")
    link.symlink_to(real, target_is_directory=True)
    with draft_folder(link) as draft:
        (draft / "new").write_text("y")
    assert link.is_symlink()
    assert [path.name for path in real.iterdir()] == ["new"]
    assert [path.name for path in real.parent.iterdir()] == ["a"]


def test_a_folder_of_many_files_is_made_safe_at_once_or_where_that_fails_file_by_file(
    tmp_path, monkeypatch
):
    one_by_one = []
    monkeypatch.setattr(files, "_MANY_FILES", 3)
    monkeypatch.setattr(files, "_sync", one_by_one.append)

    def fill(name, n):
        with draft_folder(tmp_path / name) as draft:
            for number in range(n):
                (draft / str(number)).write_text("x")

    monkeypatch.setattr(files, "sync_disk", lambda folder: True)
    fill("many", 4)
    assert one_by_one == []
    fill("few", 3)
    assert len(one_by_one) == 3
    monkeypatch.setattr(files, "sync_disk", lambda folder: False)
    fill("many elsewhere", 4)
    assert len(one_by_one) == 7


def test_the_disk_takes_many_files_while_others_are_made(tmp_path, monkeypatch):
    flushed = threading.Event()
    monkeypatch.setattr(files, "_MANY_FILES", 3)
    monkeypatch.setattr(files, "sync_disk", lambda folder: flushed.set() or True)
    with flushing(tmp_path) as one_more:
        one_more()
        one_more()
        assert not flushed.is_set()
        one_more()
        assert flushed.wait(10)  # the block goes on meanwhile


@pytest.mark.parametrize("more", [0, 3])
def test_a_disk_that_cannot_take_them_is_told_in_the_block_or_at_its_end(
    tmp_path, monkeypatch, more
):
    tried = threading.Event()

    def full(folder):
        tried.set()
        raise OSError("no room")

    monkeypatch.setattr(files, "_MANY_FILES", 3)
    monkeypatch.setattr(files, "sync_disk", full)

    def write():
        with flushing(tmp_path) as one_more:
            for _ in range(3):
                one_more()
            assert tried.wait(10)
            for _ in range(more):
                one_more()

    with pytest.raises(OSError, match="no room"):
        write()
