"""``pathgui.correct`` on embeddings in memory."""

from __future__ import annotations

import pytest

import pathgui
from pathgui.core.crossfit.results import Change
from pathgui.core.progress import PartialResult
from tests.core.crossfit.drawn import drawn

VALUES, KNOWN = drawn(center_effect=1.0, slides=3)
LABELS = {"tissue": KNOWN.tissue, "center": KNOWN.center, "slide": KNOWN.slide}


def test_it_says_what_a_correction_does():
    seen = []
    found = pathgui.correct(
        VALUES, **LABELS, corrections="leace", k=5, halvings=1, device="cpu", progress=seen.append
    )
    assert [effect.name for effect in found.effects] == ["leace"]
    assert isinstance(found.effects[0].index, Change)
    assert [each.result for each in seen if isinstance(each, PartialResult)] == [found]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"corrections": "harmony"}, "no correction"),
        ({"corrections": "reinhard"}, "Reinhard changes tiles"),
        ({"halvings": 0}, "at least 1"),
        ({"slide": ["a"] * len(VALUES)}, "slide"),
        ({"array": "X_pca"}, "AnnData"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given, said):
    with pytest.raises(pathgui.PathguiError, match=said):
        pathgui.correct(VALUES, **{**LABELS, **given}, k=5, device="cpu")
