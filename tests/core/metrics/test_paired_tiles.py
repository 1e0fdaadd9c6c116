"""Tiles of one place, scanned at two centers, find each other."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import paired_tiles as pairs


def unit_rows(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def paired_tiles(seed=0, wobble=0.3, n=12):
    """Three slides of the same tissue: two scanned at X, one at Y."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((n, 16))
    values = np.concatenate([truth + wobble * rng.standard_normal((n, 16)) for _ in range(3)])
    slide = np.repeat([0, 1, 2], n)
    return values.astype(np.float32), slide, np.tile([f"p{i}" for i in range(n)], 3)


def test_matched_tiles_are_found_again_as_a_search_by_hand_finds_them():
    values, slide, pair = paired_tiles(wobble=1.2)
    matched, of, double = pairs.matched_tiles(pair, slide, np.random.default_rng(0))
    assert [one.slides for one in matched] == [(0, 1), (0, 2), (1, 2)]
    assert (of, double) == (3, 0)
    unit = unit_rows(values.astype(float))
    for one in matched:
        both = np.concatenate([one.one, one.other])
        hits = np.zeros(4)
        for row in both:
            others = both[both != row]
            order = others[np.argsort(-(unit[others] @ unit[row]))]
            rank = int(np.flatnonzero(pair[order] == pair[row])[0]) + 1
            hits += [rank <= k for k in (1, 3, 5, 10)]
        score = pairs.pair_scores(unit, one)
        np.testing.assert_allclose(score.retrieval, hits / len(both))
        assert score.cosine == pytest.approx((unit[one.one] * unit[one.other]).sum(axis=1).mean())
