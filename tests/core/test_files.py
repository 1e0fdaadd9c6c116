"""Nothing half-written bears a final name."""

from __future__ import annotations

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
