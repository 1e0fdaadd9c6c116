"""One command of a worker, and how it ended."""

from __future__ import annotations

import sys

from pathgui.core.cluster.call import Call, carry_out, ended


def test_a_call_runs_in_its_folder_with_its_environment_and_keeps_its_last_lines(tmp_path, capfd):
    code = "import os; print(*range(40), sep='\\n'); print(os.getcwd(), os.environ['X_CALL'])"
    call = Call("a call", (sys.executable, "-c", code), str(tmp_path), {"X_CALL": "here"})
    found = carry_out(call)
    assert found.good
    assert found.told.splitlines()[-1] == f"{tmp_path} here"
    assert len(found.told.splitlines()) == 15
    assert capfd.readouterr().out.startswith("0\n1\n")


def test_what_was_killed_is_told_from_what_failed():
    assert not ended(2, "Error: no such slide").killed
    assert [ended(code, "").killed for code in (-9, 130, 137, 143)] == [True] * 4
    assert not ended(-9, "").good
