"""A name is given in one step, and never one that is taken."""

from __future__ import annotations

import ctypes
import errno
import sys

import pytest

from pathgui.core.system import exchange


@pytest.fixture(params=["in one step", "slowly"])
def renames(request, monkeypatch):
    """With the system's own calls, and as on a system that has none of them."""
    if request.param == "slowly":
        monkeypatch.setattr(exchange, "_system_call", lambda: None)


@pytest.mark.usefixtures("renames")
def test_a_file_is_not_renamed_over_another(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    with pytest.raises(FileExistsError):
        exchange.rename_new(tmp_path / "a", tmp_path / "b")
    exchange.rename_new(tmp_path / "a", tmp_path / "c")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["b", "c"]


def test_what_lies_on_a_disk_is_made_safe_where_the_system_can(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("x")
    assert exchange.sync_disk(tmp_path) is sys.platform.startswith("linux")
    monkeypatch.setattr(exchange, "_disk_call", lambda: None)
    assert not exchange.sync_disk(tmp_path)

    def refuse(handle: int) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(exchange, "_disk_call", lambda: refuse)
    with pytest.raises(OSError, match="error"):
        exchange.sync_disk(tmp_path)
