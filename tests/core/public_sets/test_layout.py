"""What the user names is looked through, hidden files and empty places apart."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.layout import give


def test_files_in_folders_are_found_and_hidden_ones_are_not(tmp_path):
    for name in ("b/Ü c.PNG", "a.csv", ".git/x.png", "b/.hidden.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    given = give([tmp_path])
    assert given.files == (tmp_path / "a.csv", tmp_path / "b" / "Ü c.PNG")
    assert given.having(".png") == [tmp_path / "b" / "Ü c.PNG"]
    assert given.top == tmp_path
    assert give([tmp_path / "a.csv", tmp_path / "b"]).top == tmp_path


def test_a_file_named_twice_counts_once(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    assert give([tmp_path, tmp_path / "a.csv"]).files == (tmp_path / "a.csv",)


def test_nothing_is_said(tmp_path):
    with pytest.raises(ReferenceSetError, match="There is no file or folder"):
        give([tmp_path / "gone"])
    with pytest.raises(ReferenceSetError, match="holds no file"):
        give([tmp_path])
