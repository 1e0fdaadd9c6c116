"""Many comparisons at once."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.letters import holm, letters


def test_holm_is_the_procedure_step_by_step():
    assert holm([0.001, 0.02, 0.03, 0.5]) == pytest.approx([0.004, 0.06, 0.06, 0.5])
    assert holm([]) == []


def test_items_share_a_letter_exactly_if_they_do_not_differ():
    rng = np.random.default_rng(5)
    for _ in range(30):
        n = int(rng.integers(1, 7))
        differ = np.triu(rng.random((n, n)) < 0.4, 1)
        differ |= differ.T
        given = letters(differ, rng.random(n).tolist())
        for one in range(n):
            for other in range(n):
                shared = bool(set(given[one]) & set(given[other]))
                assert shared == (not differ[one, other] or one == other)


def test_many_items_that_are_all_alike_share_one_letter_at_once():
    """As fast as few: sets are not listed one by one."""
    assert letters(np.zeros((80, 80), bool), np.arange(80).tolist()) == ["a"] * 80
