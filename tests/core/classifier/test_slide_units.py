"""Slides in the place of tiles."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.assess import Seen
from pathgui.core.classifier.slide_units import slides_seen, slides_told
from pathgui.core.errors import ClassifierError
from tests.core.classifier.sets import reference

SLIDES = tuple(f"s{each}.svs" for each in range(6))


def test_a_slide_has_the_labels_of_its_tiles():
    labels, kept, notices = slides_told(reference(both=False).labels, SLIDES)
    assert labels.tissue.tolist() == ["normal", "tumor"] * 3
    assert labels.slide.tolist() == list(SLIDES)
    assert (kept.tolist(), notices) == ([0, 1, 2, 3, 4, 5], ())


def test_a_slide_of_several_tissues_is_left_out_and_counted():
    tiles = reference(both=False).labels
    tissue = tiles.tissue.copy()
    tissue[0] = "tumor"
    mixed = type(tiles)(tissue, tiles.center, tiles.slide)
    labels, kept, notices = slides_told(mixed, SLIDES)
    assert len(labels) == 5
    assert kept.tolist() == [1, 2, 3, 4, 5]
    assert notices == ("1 slide has tiles of several tissues and was left out.",)


def test_where_each_slide_has_several_tissues_one_answer_a_slide_is_refused():
    with pytest.raises(ClassifierError, match="Give one answer a tile"):
        slides_told(reference().labels, SLIDES)


def test_an_encoder_sees_a_slide_as_the_mean_of_its_tiles_that_can_be_read():
    tiles = reference(both=False).labels
    labels, *_ = slides_told(tiles, SLIDES)
    rows = np.arange(1, len(tiles))  # the first tile cannot be read
    values = np.arange(2 * len(rows), dtype=np.float32).reshape(-1, 2)
    seen = slides_seen(Seen("e", "E", values, rows), tiles, labels)
    np.testing.assert_allclose(seen.values[0], values[0])
    np.testing.assert_allclose(seen.values[1], values[1:3].mean(axis=0))
    assert seen.rows.tolist() == [0, 1, 2, 3, 4, 5]
