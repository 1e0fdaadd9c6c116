"""Which tiles are measured, and what is said of those that are not."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs

from pathgui.core.errors import EmbeddingsError
from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.measurement.test_measure import labels_of, noise, square, table


def test_a_tissue_of_one_center_is_dropped_and_named():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}
    measured = measure(noise(45), table(cells), k=5)
    assert measured.dropped_tissues == ["C"]
    assert (measured.n_tiles, measured.n_used) == (45, 36)
    assert measured.robustness_index.n_anchors == 36
    assert any("9 tiles left out" in notice and "(C)" in notice for notice in measured.notices)
    same = measure(noise(45)[:36], table(cells).take(np.arange(36)), k=5)
    assert same.robustness_index == measured.robustness_index


def test_what_a_drop_leaves_alone_stays_and_is_named():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "Z"): 3, ("A", "Z"): 3}
    measured = measure(noise(54), table(cells), k=5)
    assert (measured.dropped_tissues, measured.dropped_centers) == (["C"], [])
    assert measured.n_used == 45
    assert any("stand alone: Z" in notice for notice in measured.notices)


def test_they_can_be_kept():
    cells = {(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}
    measured = measure(noise(45), table(cells), k=5, single_cells="keep")
    assert measured.n_used == 45
    assert measured.robustness_index.null < 0.5  # C has no SO candidates


def test_zero_and_infinite_rows_are_left_out_and_listed():
    embeddings = noise(48)
    embeddings[3], embeddings[7, 2], embeddings[9, 0] = 0, np.nan, np.inf
    measured = measure(embeddings, square(), k=3)
    assert measured.rejected_rows == [3, 7, 9]
    assert any("row 3, 7, 9" in notice for notice in measured.notices)
    rest = np.delete(np.arange(48), [3, 7, 9])
    assert measure(embeddings[rest], square().take(rest), k=3).counts == measured.counts


@pytest.mark.parametrize("name", ["tissue", "center", "slide"])
def test_a_missing_label_is_no_category(name):
    labels = square()
    getattr(labels, name)[[0, 20]] = ""
    measured = measure(noise(48), labels, k=3)
    assert measured.unlabeled_rows == [0, 20]
    assert measured.n_used == 46
    assert "" not in measured.tissues | measured.centers


def test_copies_are_mentioned():
    embeddings = noise(48)
    embeddings[5] = embeddings[30]
    measured = measure(embeddings, square(), k=3)
    assert any("1 tile has the embedding of another" in notice for notice in measured.notices)
    assert not measure(noise(48), square(), k=3).notices


def test_a_slide_with_two_centers_is_mentioned():
    labels = square()
    labels.slide[np.isin(labels.slide, ["AX0", "AY0"])] = "two"
    measured = measure(noise(48), labels, k=3)
    assert any("two" in notice for notice in measured.notices)


def test_k_beyond_what_half_of_the_tiles_have_is_refused():
    with pytest.raises(EmbeddingsError, match=r"k = 46 is too large: .* at most 45"):
        measure(noise(48), square(), k=46)
    with pytest.raises(EmbeddingsError, match="at least 1"):
        measure(noise(48), square(), k=0)


def test_k_beyond_what_a_few_tiles_have_uses_what_they_have():
    cells = {(t, c): 4 for t in "AB" for c in "XY"}
    labels = table(cells)
    labels.slide[:16] = "large"  # its 16 tiles have 32 others, the rest up to 45
    measured = measure(noise(48), labels, k=40)
    assert sum(structs.asdict(measured.counts).values()) == 16 * 32 + 32 * 40
    assert any("16 tiles have fewer than k = 40" in n and "32" in n for n in measured.notices)


def test_a_single_slide_has_no_neighbors_at_all():
    labels = labels_of(["A", "B"] * 6, ["X", "X", "Y", "Y"] * 3, ["s"] * 12)
    measured = measure(noise(12), labels)
    assert "one slide" in measured.robustness_index.reason
    assert isinstance(measured.knn.tissue_balanced_accuracy, NotAssessable)


def test_one_tile_is_not_enough():
    with pytest.raises(EmbeddingsError, match="at least 2"):
        measure(np.vstack([np.zeros(4), np.ones(4)]), labels_of(["A", "B"], ["X", "Y"]))


def test_labels_for_another_number_of_tiles_are_refused():
    with pytest.raises(EmbeddingsError, match="labels for 2 tiles"):
        measure(noise(3), labels_of(["A", "B"], ["X", "Y"]))
