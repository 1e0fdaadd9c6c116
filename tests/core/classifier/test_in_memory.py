"""A classifier's answers as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.answers import NONE, OTHER
from pathgui.core.classifier.in_memory import answers_in
from pathgui.core.errors import ClassifierError

TISSUES = ["normal", "tumor"]


def test_labels_are_answers_and_missing_ones_are_none():
    found = answers_in(["tumor", None, float("nan"), "mud"], None, None, TISSUES, {"mud": ""})
    assert found.codes.tolist() == [1, NONE, NONE, OTHER]


def test_probabilities_are_of_their_classes_in_any_order():
    found = answers_in(None, [[0.8, 0.2], [0.1, 0.9]], ["tumor", "normal"], TISSUES, {})
    assert found.codes.tolist() == [1, 0]
    np.testing.assert_allclose(found.probabilities, [[0.2, 0.8], [0.9, 0.1]])


def test_rows_that_are_no_probabilities_are_left_out_and_named():
    rows = [[0.8, 0.2], [np.nan, 0.2], [0.8, 0.8], [1.5, -0.5]]
    found = answers_in(None, rows, TISSUES, TISSUES, {})
    assert found.codes.tolist() == [0, NONE, NONE, NONE]
    assert "3 rows were left out" in found.notices[0]
    assert "first is row 1" in found.notices[0]


@pytest.mark.parametrize(
    ("answers", "probabilities", "classes", "why"),
    [
        (None, None, None, "Give answers"),
        (["tumor"], [[1, 0]], TISSUES, "Give answers"),
        (None, [[1, 0]], None, "one column for each"),
        (None, [[1, 0]], ["tumor", "tumor"], "one name"),
        (None, [1, 0], TISSUES, "one column for each"),
        (["Tumour"], None, None, 'class "Tumour" is none'),
    ],
)
def test_what_does_not_go_together_is_refused(answers, probabilities, classes, why):
    with pytest.raises(ClassifierError, match=why):
        answers_in(answers, probabilities, classes, TISSUES, {})
