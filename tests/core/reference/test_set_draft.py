"""What is changed of a reference set before it is written."""

from __future__ import annotations

import pytest

from pathgui.core.reference.reference_set import tiles_with
from pathgui.core.reference.set_draft import SetDraft, TileTexts, table_of
from pathgui.core.reference.set_editing import Edits, edit_reference
from pathgui.core.system.files import ANYTHING
from tests.core.appraisal.making import reference_of
from tests.material import make_reference

ROWS = [
    ("tumor", "North", "N1", "P1"),
    ("tumor", "North", "N1", "P1"),
    ("stroma", "North", "N2", "P2"),
    ("stroma", "South", "S1", "P3"),
]


@pytest.fixture
def draft():
    return SetDraft(reference_of(ROWS))


def test_tiles_go_out_and_come_back_with_the_labels_that_they_came_with(draft):
    changed = draft.labeled([0], "tissue", "a tissue of a long name").without([0, 3])
    assert changed.kept.tolist() == [False, True, True, False]
    assert changed.labels.tissue[0] == "a tissue of a long name"
    assert changed.n_relabeled == 0  # the tile that was relabeled goes
    back = changed.with_back([0, 3])
    assert (back.edits, back.is_changed) == (Edits(), False)


def test_a_center_is_one_for_all_tiles_of_a_slide_and_a_tissue_is_not(draft):
    moved = draft.labeled([0], "center", "South")
    assert moved.labels.center.tolist() == ["South", "South", "North", "South"]
    named = draft.labeled([0], "tissue", "stroma")
    assert named.labels.tissue.tolist() == ["stroma", "tumor", "stroma", "stroma"]


def test_the_label_that_a_tile_had_is_no_change(draft):
    assert not draft.labeled([0], "tissue", "tumor").is_changed
    assert not draft.labeled([0], "tissue", "fat").labeled([0], "tissue", "tumor").is_changed


def test_what_is_no_label_is_refused(draft):
    with pytest.raises(ValueError, match="column must be one of"):
        draft.labeled([0], "slide", "N9")
    with pytest.raises(ValueError, match="needs a name"):
        draft.labeled([0], "tissue", "  ")


def test_the_table_counts_what_stays_and_keeps_fields_that_were_emptied(draft):
    found = table_of(draft.without([3]).labeled([1], "tissue", "fat"))
    assert found.tissues == ("fat", "stroma", "tumor")
    assert found.cell("tumor", "North") == (1, 1)
    assert found.cell("fat", "North") == (1, 1)
    assert found.cell("stroma", "South") == (0, 0)
    assert found.centers == ("North", "South")


def test_tiles_are_found_by_what_they_were_and_by_what_they_are_called_now(draft):
    texts = TileTexts(draft.reference)
    changed = draft.labeled([3], "tissue", "Fettgewebe Süd")
    every = changed.tiles_of()
    assert texts.find(" fettgewebe SÜD ", changed, every) == [3]
    assert texts.find("stroma", changed, every) == [2, 3]
    assert texts.find("", changed, [1, 2]) == [1, 2]
    for text in ("n1", "P3", "tile 2", "nothing"):
        assert texts.find(text, draft, every) == tiles_with(draft.reference, text)
    assert changed.tiles_of("stroma") == [2]
    assert changed.tiles_of("stroma", "South") == []


def test_what_a_draft_shows_is_what_is_written(tmp_path):
    reference = make_reference(tmp_path, slides=2, tiles=1)
    draft = SetDraft(reference).without([1]).labeled([0], "center", "Südklinik")
    made = edit_reference(reference, draft.edits, tmp_path / "new.pgref", replacing=ANYTHING)
    assert made.labels.center.tolist() == draft.labels.center[draft.kept].tolist()
    assert made.labels.tissue.tolist() == draft.labels.tissue[draft.kept].tolist()
