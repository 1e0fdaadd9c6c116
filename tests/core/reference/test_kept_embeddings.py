"""A set of embeddings alone can be changed as any other: each tile keeps its own embedding."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.imported.matching import read_external
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.reference.set_editing import Edits, edit_reference
from pathgui.core.system.files import ANYTHING
from tests.published import write_slide_vectors


@pytest.fixture
def reference(tmp_path):
    write_slide_vectors(tmp_path / "titan", tmp_path / "labels.csv", 24)
    found, where = read_tiles([tmp_path / "titan", tmp_path / "labels.csv"])
    return import_tiles(found, where, tmp_path / "a.pgref").reference


def test_a_changed_set_keeps_the_embedding_of_each_tile(reference, tmp_path):
    edits = Edits(frozenset({0, 5}), {2: {"tissue": "other"}})
    made = edit_reference(reference, edits, tmp_path / "b.pgref", replacing=ANYTHING)
    assert len(made) == 22
    before = read_external(reference.folder / reference.info.embeddings[0].file)
    after = read_external(made.folder / made.info.embeddings[0].file)
    names = before.tiles.tolist()
    for row, name in enumerate(after.tiles.tolist()):
        assert (after.values[row] == before.values[names.index(name)]).all()
    assert "other" in after.labels["tissue"]


def test_a_file_that_was_exchanged_is_not_taken(reference, tmp_path):
    path = reference.folder / reference.info.embeddings[0].file
    np.save(path, np.zeros((24, 8), np.float32))
    with pytest.raises(ReferenceSetError, match="is not the file that the reference set"):
        edit_reference(reference, Edits(frozenset({0})), tmp_path / "b.pgref", replacing=ANYTHING)
    assert not (tmp_path / "b.pgref").exists()
