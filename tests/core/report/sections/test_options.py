"""What a user may choose for a report, and what is refused."""

from __future__ import annotations

import pytest

from pathgui.core.report.sections.options import ATTACHMENTS, REQUIRED, SECTIONS, ReportOptions, at


def test_nothing_chosen_is_everything_in_it():
    options = ReportOptions()
    assert options.left_out == frozenset()
    assert options.attached == {name for name, _ in ATTACHMENTS}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"left_out": frozenset({"poems"})}, "no such section: poems"),
        ({"attached": frozenset({"poem.txt"})}, "no such attachment: poem.txt"),
        ({"left_out": REQUIRED}, "cannot be left out: limits"),
    ],
)
def test_what_does_not_exist_or_is_required_is_refused(choice, said):
    with pytest.raises(ValueError, match=said):
        ReportOptions(**choice)


def test_sections_are_numbered_in_their_order():
    assert [at(key) for key, _ in SECTIONS[:2]] == ["section 1", "section 2"]
    assert at("summary", "limits") == "sections 1 and 10"
