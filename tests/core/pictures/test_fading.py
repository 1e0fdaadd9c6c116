"""How strongly tiles are painted."""

from __future__ import annotations

import itertools

import numpy as np

from pathgui.core.pictures.fading import BOUNDS, HOLLOW, STEP_WORDS, STRENGTHS, steps


def test_the_more_probable_the_stronger_and_the_surest_are_painted_whole():
    assert all(later > former for former, later in itertools.pairwise(STRENGTHS))
    assert STRENGTHS[-1] == 1.0
    probability = np.linspace(0, 1, 101)
    assert (np.diff(steps(probability).astype(int)) >= 0).all()
    assert set(steps(probability)) == set(range(len(STRENGTHS)))


def test_a_bound_belongs_to_the_step_above_as_its_words_say():
    assert steps(np.array(BOUNDS)).tolist() == [1, 2, 3]
    assert [words.split()[0] for words in STEP_WORDS[1:]] == [f"{bound:g}" for bound in BOUNDS]
    assert STEP_WORDS[0].endswith(f"{BOUNDS[0]:g}")


def test_a_tile_without_a_probability_is_no_faint_one():
    assert steps(np.array([[np.nan, 0.0]], np.float32)).tolist() == [[HOLLOW, 0]]
