"""The words of the four kinds of a neighbor."""

import pytest

from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.kind_words import kind_titles


@pytest.mark.parametrize(
    ("columns", "tissue", "center"),
    [(USUAL, "tissue", "center"), (RoleColumns("Klinik", "Grade"), "grade", '"Klinik"')],
)
def test_a_kind_says_tissue_first_and_center_second(columns, tissue, center):
    words = {"S": "same", "O": "other"}
    titles = kind_titles(columns)
    assert tuple(titles) == KINDS
    for kind in KINDS:
        assert titles[kind] == f"{words[kind[0]]} {tissue}, {words[kind[1]]} {center}"
