"""Where a run or a reference set may go is found out before the work."""

from __future__ import annotations

import pytest

from pathgui.core.errors import PathguiError
from pathgui.core.runs.run_files import BASELINE_FILE, RUN_FILE
from pathgui.core.runs.targets import require_file, require_target, why_not_kept


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "a.pgrun"
    folder.mkdir()
    (folder / RUN_FILE).write_text("{}")
    return folder


def test_a_free_name_may_be_taken_and_leaves_nothing_behind(tmp_path):
    assert require_target(tmp_path / "new" / "a.pgrun", "run") is None
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_there_is_replaced_only_if_agreed(run):
    with pytest.raises(PathguiError, match=r"holds a run already\. Use --overwrite"):
        require_target(run, "run", how="Use --overwrite.")
    assert require_target(run, "run", replace=True) is not None


def test_what_is_no_run_is_never_replaced(tmp_path, run):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    for kind in ("run", "reference set"):
        with pytest.raises(PathguiError, match="something other than a"):
            require_target(tmp_path / "photos", kind, replace=True)
    with pytest.raises(PathguiError, match="something other than a reference set"):
        require_target(run, "reference set", replace=True)


def test_a_file_or_a_link_in_the_way_is_named(tmp_path):
    (tmp_path / "a.pgrun").touch()
    (tmp_path / "b.pgrun").symlink_to(tmp_path / "nowhere")
    for name in ("a.pgrun", "b.pgrun"):
        with pytest.raises(PathguiError, match="is a file, not a folder"):
            require_target(tmp_path / name, "run", replace=True)


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PathguiError, match=r"cannot be written to .*Choose another folder"):
        require_target(tmp_path / "file" / "deeper" / "a.pgrun", "run")


def test_a_file_for_others_goes_anywhere_but_over_a_run_s_own(run, tmp_path):
    require_file(run / "layer.png")
    with pytest.raises(PathguiError, match=r"is a file of a\.pgrun itself"):
        require_file(run / RUN_FILE, replace=True)
    with pytest.raises(PathguiError, match="is a folder"):
        require_file(run)
    (tmp_path / "layer.png").touch()
    with pytest.raises(PathguiError, match="exists"):
        require_file(tmp_path / "layer.png")
    require_file(tmp_path / "layer.png", replace=True)


def test_nothing_is_kept_beside_a_baseline_or_a_run_that_is_gone(run, tmp_path):
    assert why_not_kept(run) == ""
    (run / BASELINE_FILE).write_text("{}")
    assert "filed as a baseline" in why_not_kept(run)
    assert "b.pgrun any more" in why_not_kept(tmp_path / "b.pgrun")
