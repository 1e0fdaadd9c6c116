"""Nothing half-written bears a final name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.files import draft_folder, write_file


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


def test_if_the_successor_cannot_take_its_place_what_was_there_is_back(tmp_path, monkeypatch):
    target = tmp_path / "a"
    target.mkdir()
    (target / "file").write_text("old")
    rename = Path.rename

    def held(self, to):
        if to == target and (self / "file").read_text() == "new":
            raise PermissionError("used by another process")
        return rename(self, to)

    def replace_it() -> None:
        with draft_folder(target) as draft:
            (draft / "file").write_text("new")

    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(PermissionError):
        replace_it()
    assert (target / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


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
