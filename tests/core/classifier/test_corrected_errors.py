"""Errors of a linear classifier before and after corrections, cross-fitted."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.corrected_errors import errors_after
from pathgui.core.corrections.registry import correction
from pathgui.core.crossfit.results import Change
from pathgui.core.errors import CorrectionError
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled
from tests.core.classifier.assessed import material

LEACE, MEAN = map(correction, ("leace", "center-mean"))
VALUES, LABELS, PROBE, ANSWERS = material(center_effect=1.5)


def answering(values):
    return PROBE.predict(values.astype(np.float32)).astype(np.intp)


def after(corrections=(LEACE, MEAN), values=VALUES, labels=LABELS, answer=answering, **options):
    return errors_after(
        values, labels, ANSWERS.tissues, answer, corrections, **{"halvings": 2, **options}
    )


def test_before_is_the_rate_as_it_is_and_center_means_lower_that_of_the_new_center():
    found = after()
    blind, known = found.effects
    rate = float((ANSWERS.codes != np.searchsorted(ANSWERS.tissues, LABELS.tissue)).mean())
    for each in (blind, known):
        assert isinstance(each.overall, Change)
        assert each.overall.before == pytest.approx(rate)
        assert [center.center for center in each.by_center] == found.centers
        mean = np.mean([center.change.before for center in each.by_center])
        assert mean == pytest.approx(rate)  # centers have as many tiles
    worst = {center.center: center.change for center in known.by_center}["center 0"]
    assert worst.after < worst.before
    rates = [center.change.before for center in known.by_center]
    assert known.spread.before == pytest.approx(max(rates) - min(rates))


def test_answers_that_do_not_follow_the_embeddings_do_not_change():
    found = after(answer=lambda values: np.zeros(len(values), np.intp))
    for each in found.effects:
        assert each.overall.difference == 0.0


def test_a_correction_that_cannot_be_fitted_says_why_and_the_others_go_on():
    class Broken:
        name, needs_center = "broken", False

        def fit(self, *_):
            raise CorrectionError("It cannot be.")

    broken, fine = after((Broken(), MEAN)).effects
    assert broken.overall == NotAssessable("It cannot be.")
    assert isinstance(fine.overall, Change)


def test_too_few_slides_are_not_assessable():
    rows = np.isin(LABELS.slide, [f"slide {each}" for each in (0, 1, 15, 16, 30, 31)])
    found = after(values=VALUES[rows], labels=LABELS.take(rows))
    assert isinstance(found, NotAssessable)


def test_it_stops_where_it_is_told_to():
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        after(report=stop)
