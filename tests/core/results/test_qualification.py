"""What was tried to qualify the program, in words."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.results.qualification import HEADINGS, outcome_rows, outcome_sentence
from pathgui.core.runs.qualification import Checksum, KnownEffect, Qualification, Step

FOUND = Qualification(
    "id", "2026-03-05T10:00:00+00:00", "0.1", "ab" * 32, 700,
    steps=[Step("measure", True, "7/16")],
    phantom=[KnownEffect(0.8, 0.3, 0.44, 0.2, 0.5)],
    checksums=[Checksum("SHELL", "cd" * 32, "same"), Checksum("set", "", "not found")],
)  # fmt: skip


def test_each_thing_that_was_tried_has_a_row():
    rows = outcome_rows(FOUND)
    assert [row.cells for row in rows] == [
        ("measure", "7/16", "passed"),
        ("phantom, center effect 0.8", "index 0.300, expected 0.20 to 0.50", "passed"),
        ("SHELL", "cdcdcdcdcdcd", "the same"),
        ("set", "–", "not found here"),
    ]
    assert all(row.fine for row in rows)
    assert len(HEADINGS) == 3
    assert "came out as it should" in outcome_sentence(FOUND)


def test_what_failed_or_differs_is_not_fine_and_the_sentence_says_what_to_do():
    other = replace(
        FOUND,
        steps=[Step("read a slide", False, "OSError: no such file")],
        checksums=[Checksum("SHELL", "cd", "other")],
    )
    assert [row.fine for row in outcome_rows(other)] == [False, True, False]
    assert "Find out why" in outcome_sentence(other)
