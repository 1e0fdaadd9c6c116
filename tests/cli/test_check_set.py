"""``pathgui reference check``."""

from __future__ import annotations

import json

from pathgui.cli.main import EXIT_CRITERIA, EXIT_DONE, EXIT_INPUT, run
from tests.material import make_reference


def test_a_set_is_checked_on_one_page_and_in_a_file(tmp_path, capsys):
    reference = make_reference(tmp_path / "set").folder
    file = tmp_path / "found.json"
    words = ["reference", "check", str(reference), "--json", str(file)]
    assert run(words) == EXIT_DONE
    told = capsys.readouterr().out
    assert "Tiles (slides, patients) of each tissue at each center" in " ".join(told.split())
    assert "12 (3, 3)" in told
    assert "Shortcut sweep (APD): can be measured." in told
    assert json.loads(file.read_text())["cells"]["tiles"] == [[12, 12], [12, 12]]
    assert run(words) == EXIT_INPUT
    assert run([*words, "--overwrite"]) == EXIT_DONE


def test_a_set_that_must_be_mended_ends_with_3(tmp_path, capsys):
    reference = make_reference(tmp_path / "set", slides=1).folder
    assert run(["reference", "check", str(reference)]) == EXIT_CRITERIA
    told = capsys.readouterr().out
    assert "!! Something in this set must be mended before it is used." in told
    assert "!! Robustness index and its relatives: not assessable." in told
