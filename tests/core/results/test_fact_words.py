"""Facts of a record have names that a reader understands."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.fact_words import fact_title
from pathgui.core.runs.record import EncoderFacts, ReferenceFacts, SlideFacts

NEVER_COMPARED = {"thumbnail"}


@pytest.mark.parametrize("record", [ReferenceFacts, SlideFacts, EncoderFacts])
def test_every_fact_that_two_runs_are_compared_by_has_words(record) -> None:
    names = [each.name for each in fields(record) if each.name not in NEVER_COMPARED]
    titles = [fact_title(name, USUAL) for name in names]
    assert len(set(titles)) == len(titles)
    for name, title in zip(names, titles, strict=True):
        assert "_" not in name or title != name.replace("_", " ")
        assert not {"l0", "sha256", "mpp", "dim", "n"} & set(title.split()), title


def test_another_column_in_the_centers_place_is_called_by_its_name() -> None:
    columns = RoleColumns(center="scanner")
    assert fact_title("tissue_by_center", columns) == "tiles of each tissue (row) at each scanner"
    assert fact_title("number of neighbors", columns) == "number of neighbors"
