"""Same-center neighbors of the class answered, around wrong and right tiles."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.answers import NONE, OTHER
from pathgui.core.classifier.confounding import confounding
from pathgui.core.classifier.results import Confounding
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from tests.core.crossfit.drawn import drawn


def near(k=5, **options):
    values, labels = drawn(slides=4, **options)
    tissue, center = (np.unique(x, return_inverse=True)[1] for x in (labels.tissue, labels.center))
    return nearest(values, labels.groups, k + 8), tissue, center, labels.groups


def voted(neighbors, tissue, k):
    """What the k nearest answer."""
    votes = np.stack([(tissue[neighbors.indices[:, :k]] == t).sum(axis=1) for t in range(3)], 1)
    return votes.argmax(axis=1).astype(np.intp)


def test_answers_of_neighbors_that_follow_the_center_have_their_confounders_there():
    neighbors, tissue, center, groups = near(tissue_effect=0.25, center_effect=1.2)
    found = confounding(neighbors, tissue, center, groups, voted(neighbors, tissue, 5), 5)
    assert isinstance(found, Confounding)
    assert found.wrong.same_center > found.wrong.expected + 0.3
    assert found.wrong.n + found.right.n == len(tissue)
    assert found.wrong.supported == found.wrong.n  # a vote has at least one of its class
    for of in (found.wrong, found.right):
        assert sum(of.shares) == pytest.approx(1)


def test_errors_without_a_center_effect_have_as_many_as_expected():
    neighbors, tissue, center, groups = near(tissue_effect=0.4, center_effect=0.0)
    found = confounding(neighbors, tissue, center, groups, voted(neighbors, tissue, 5), 5)
    assert found.wrong.same_center == pytest.approx(found.wrong.expected, abs=0.1)
    assert found.interval.low < 0 < found.interval.high


def test_shares_are_those_that_are_counted_by_hand():
    neighbors, tissue, center, groups = near()
    rng = np.random.default_rng(3)
    answers = np.where(rng.random(len(tissue)) < 0.3, (tissue + 1) % 3, tissue).astype(np.intp)
    found = confounding(neighbors, tissue, center, groups, answers, 5)
    for wrong, of in ((True, found.wrong), (False, found.right)):
        same = all_of = near_it = 0
        expected = []
        for row in np.flatnonzero((answers != tissue) == wrong):
            there = [j for j in neighbors.indices[row, :5] if tissue[j] == answers[row]]
            same += sum(center[j] == center[row] for j in there)
            all_of += len(there)
            near_it += bool(there)
            admissible = (tissue == answers[row]) & (groups != groups[row])
            expected.append((center[admissible] == center[row]).mean())
        assert of.same_center == pytest.approx(same / all_of)
        assert of.expected == pytest.approx(np.mean(expected))
        assert of.supported == near_it


def test_without_a_slide_it_is_what_counting_without_it_gives(monkeypatch):
    neighbors, tissue, center, groups = near()
    answers = np.where(np.arange(len(tissue)) % 4 == 0, (tissue + 1) % 3, tissue).astype(np.intp)
    seen = []

    def interval(value, left_out, units, scale):
        seen.append(left_out)
        return Interval(None, None)

    monkeypatch.setattr("pathgui.core.classifier.confounding.jackknife.interval", interval)
    confounding(neighbors, tissue, center, groups, answers, 5)
    values, _ = drawn(slides=4)
    kept = groups != 7
    left = np.unique(groups[kept], return_inverse=True)[1]
    part = confounding(
        nearest(values[kept], left, 13), tissue[kept], center[kept], left, answers[kept], 5
    )
    assert seen[0][7] == pytest.approx(part.excess)


def test_tiles_without_an_answer_or_with_another_class_are_not_looked_at():
    neighbors, tissue, center, groups = near()
    answers = np.where(np.arange(len(tissue)) % 4 == 0, (tissue + 1) % 3, tissue).astype(np.intp)
    answers[:10], answers[10:20] = NONE, OTHER
    found = confounding(neighbors, tissue, center, groups, answers, 5)
    assert found.wrong.n + found.right.n == len(tissue) - 20


def test_where_all_is_right_or_all_is_wrong_there_is_nothing_to_compare():
    neighbors, tissue, center, groups = near()
    for answers, said in ((tissue, "no answer is wrong"), ((tissue + 1) % 3, "is right")):
        found = confounding(neighbors, tissue, center, groups, answers.astype(np.intp), 5)
        assert isinstance(found, NotAssessable)
        assert said in found.reason
