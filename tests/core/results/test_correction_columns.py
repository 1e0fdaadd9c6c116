"""Columns of the tables of corrections, in the words of whatever plays the center."""

from __future__ import annotations

import re

import pytest

from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.correction_columns import (
    COLUMNS,
    FULL_COLUMNS,
    columns_in,
    full_columns_in,
)
from pathgui.core.results.what_if import columns_in as what_if_columns
from pathgui.core.results.what_if import curve_columns_in

SCANNER = RoleColumns(center="scanner", tissue="organ")
ROLE = re.compile(r"\bcent(?:er|re)s?\b|\btissues?\b", re.IGNORECASE)


@pytest.mark.parametrize("made", [columns_in, full_columns_in, what_if_columns, curve_columns_in])
def test_no_heading_nor_help_says_center_where_the_scanner_plays_it(made):
    texts = [text for each in made(SCANNER) for text in (each.title, each.help)]
    assert [text for text in texts if ROLE.search(text)] == []
    assert not any("{" in text for text in texts)


def test_every_column_of_the_report_is_among_those_of_the_window():
    assert {each.key for each in COLUMNS} < {each.key for each in FULL_COLUMNS}
    assert [each.title for each in COLUMNS][1:3] == ["Robustness index", "Tissue, new slides"]
