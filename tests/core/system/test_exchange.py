"""A name is given in one step, and never one that is taken."""

from __future__ import annotations

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
