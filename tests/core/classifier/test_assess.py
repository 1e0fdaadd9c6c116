"""Everything that is said of one classifier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.classifier.answers import NONE, OTHER
from pathgui.core.classifier.assess import Given, Seen, assess
from pathgui.core.classifier.results import Calibration, Confounding
from pathgui.core.errors import ClassifierError
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.classifier.assessed import assessed, material

VALUES, LABELS, _, ANSWERS = material()
N = len(LABELS)
TABLE = Given("answers.csv", "classes", columns=("predicted",))


def judge(answers=ANSWERS, labels=LABELS, seen=(), k=None):
    return assess(TABLE, answers, labels, seen, k)


def test_a_center_that_the_classifier_never_saw_has_more_errors_and_they_lie_among_its_own():
    found = assessed()
    first, *others = found.centers
    assert first.rate > max(each.rate for each in others)
    assert found.wrong == sum(each.wrong for each in found.centers)
    assert (found.n, found.of, found.n_slides) == (N, N, 45)
    (behind,) = found.confounding
    assert isinstance(behind.found, Confounding)
    assert behind.found.wrong.same_center > behind.found.wrong.expected
    assert isinstance(found.calibration, Calibration)
    assert [each.name for each in found.corrections.effects] == ["leace", "combat"]


def test_of_answers_in_a_table_corrections_are_not_assessable_and_the_way_is_named():
    found = judge()
    assert isinstance(found.corrections, NotAssessable)
    assert "Give the linear classifier itself" in found.corrections.reason
    assert found.confounding == []


def test_tiles_without_an_answer_are_counted_at_their_center():
    codes = ANSWERS.codes.copy()
    at = np.flatnonzero(LABELS.center == "center 1")[:7]
    codes[at] = NONE
    found = judge(replace(ANSWERS, codes=codes))
    assert [each.unanswered for each in found.centers] == [0, 7, 0]
    assert found.n == N - 7
    assert any("7 tiles have no answer" in each for each in found.notices)


def test_a_center_without_any_answer_is_named():
    codes = np.where(LABELS.center == "center 2", NONE, ANSWERS.codes).astype(np.intp)
    found = judge(replace(ANSWERS, codes=codes))
    assert [each.center for each in found.centers] == ["center 0", "center 1"]
    assert "Nothing is said of these centers: center 2." in found.notices


def test_an_answer_that_is_no_tissue_is_an_error():
    codes = np.full(N, OTHER, np.intp)
    assert judge(replace(ANSWERS, codes=codes)).rate == 1.0


def test_tiles_of_a_tissue_that_the_classifier_does_not_know_are_left_out_and_counted():
    found = judge(replace(ANSWERS, known=ANSWERS.tissues[1:]))
    n = int((LABELS.tissue == ANSWERS.tissues[0]).sum())
    assert found.n == N - n
    assert any(f"{n} tiles are of tissues" in each for each in found.notices)


def test_without_probabilities_calibration_is_not_assessable():
    answers = replace(ANSWERS, probabilities=None, why_no_probabilities="Not assessable: none.")
    assert judge(answers).calibration == NotAssessable("Not assessable: none.")


def test_patients_are_counted_where_they_are_known():
    patient = np.char.add("P", (np.arange(N) // 12).astype(str))  # two slides each
    labels = replace(LABELS, patient=patient)
    found = judge(labels=labels)
    assert found.over == "patients"
    assert found.n_slides == len(np.unique(labels.groups)) == 23


def test_embeddings_that_cannot_be_searched_say_why():
    broken = VALUES.copy()
    broken[3] = np.nan
    (behind,) = judge(seen=[Seen("e", "E", broken, np.arange(N))], k=5).confounding
    assert isinstance(behind.found, NotAssessable)


def test_tiles_that_the_encoder_could_not_read_are_no_neighbors():
    rows = np.arange(N)[::2]
    (behind,) = judge(seen=[Seen("e", "E", VALUES[rows], rows)], k=5).confounding
    assert behind.found.wrong.n + behind.found.right.n == len(rows)


def test_where_nothing_can_be_judged_it_is_refused():
    with pytest.raises(ClassifierError, match=r"No answer of answers\.csv can be judged"):
        judge(replace(ANSWERS, codes=np.full(N, NONE, np.intp)))
