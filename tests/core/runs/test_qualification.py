"""That the program works on this machine is found by trying it, and kept beside a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.runs.qualification import (
    QUALIFICATION_FILE,
    Checksum,
    KnownEffect,
    Qualification,
    Step,
    keep_qualification,
    load_qualification,
)
from tests.run_factory import make_evaluation

RUN = make_evaluation(1).run
FOUND = Qualification(
    RUN.id, "2026-11-30T18:00:00+00:00", "0.1.0", "ab" * 32, 700, {"Python": "3.11"},
    [Step("measure", True, "7/16")], [KnownEffect(0.8, 0.31, 0.44, 0.2, 0.5)],
    [Checksum("SHELL", "cd" * 32, "same"), Checksum("UNI", "ef" * 32, "not found")],
)  # fmt: skip


def test_it_passes_where_everything_did_and_nothing_differs():
    assert FOUND.passed  # what is not on this machine was not compared
    assert not replace(FOUND, steps=[Step("measure", False, "")]).passed
    assert not replace(FOUND, phantom=[KnownEffect(0.8, 0.51, 0.44, 0.2, 0.5)]).passed
    assert not replace(FOUND, phantom=[KnownEffect(0.8, None, None, 0.2, 0.5)]).passed
    assert not replace(FOUND, checksums=[Checksum("SHELL", "cd" * 32, "other")]).passed
    assert not replace(FOUND, steps=[], phantom=[]).passed  # nothing was tried


def test_it_comes_back_and_is_refused_beside_another_run_or_damaged(tmp_path):
    assert load_qualification(tmp_path, RUN) is None
    keep_qualification(FOUND, tmp_path)
    assert load_qualification(tmp_path, RUN) == FOUND
    with pytest.raises(RecordError, match="another run"):
        load_qualification(tmp_path, replace(RUN, id="other"))
    (tmp_path / QUALIFICATION_FILE).write_text("{")
    with pytest.raises(RecordError, match="damaged"):
        load_qualification(tmp_path, RUN)
    with pytest.raises(RecordError, match="could not be kept"):
        keep_qualification(FOUND, tmp_path / QUALIFICATION_FILE)
