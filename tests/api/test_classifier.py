"""``pathgui.classifier``: where one's own classifier errs, on answers in memory."""

from __future__ import annotations

import numpy as np
import pytest

import pathgui
from pathgui.core.classifier.results import Confounding
from tests.core.classifier.assessed import assessed, material

VALUES, LABELS, _, ANSWERS = material()
GIVEN = {"tissue": LABELS.tissue, "center": LABELS.center, "slide": LABELS.slide}


def test_answers_and_probabilities_give_what_the_library_gives():
    named = np.array(ANSWERS.tissues)[ANSWERS.codes]
    by_name = pathgui.classifier(named, **GIVEN)
    found = pathgui.classifier(
        probabilities=ANSWERS.probabilities, classes=ANSWERS.tissues, embeddings=VALUES, k=5,
        **GIVEN,
    )  # fmt: skip
    assert by_name.centers == found.centers == assessed().centers
    assert found.calibration == assessed().calibration
    assert isinstance(found.confounding[0].found, Confounding)
    assert found.confounding[0].found == assessed().confounding[0].found
    assert by_name.confounding == []


@pytest.mark.parametrize(
    ("answers", "options", "said"),
    [
        (None, {}, "Give answers"),
        (["tissue 0"], {}, "1 answers and 270 tiles"),
        (LABELS.tissue, {"slide": ["a"]}, "one label of each kind"),
        (LABELS.tissue, {"embeddings": VALUES[:5]}, "one row for each of the 270 tiles"),
        (LABELS.center, {}, 'class "center 0" is none'),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(answers, options, said):
    with pytest.raises(pathgui.PathguiError, match=said):
        pathgui.classifier(answers, **{**GIVEN, **options})
