"""Slides that are drawn vary as those that were seen."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.appraisal.slide_model import Design, Unit, design_of, fit
from pathgui.core.phantom.reference import pieces

D = 24


def pieces_of(kind):
    """Slide, tissue and center of each piece."""
    if kind == "one tissue a slide":
        slide = np.arange(20)
        return slide, *np.divmod(slide // 5, 2)
    if kind == "some slides with both":
        slide, tissue = np.repeat(np.arange(12), 2), np.tile([0, 1], 12)
        kept = np.random.default_rng(3).random(24) < 0.7
        return slide[kept], tissue[kept], slide[kept] // 6
    plan = pieces(1.0, 4, 0)  # each slide of a center has another two of five tissues
    names = [(each.slide, each.tissue, each.center.name) for each in plan]
    return [np.unique(column, return_inverse=True)[1] for column in zip(*names, strict=True)]


def drawn(kind, seed, slides=0.3, within=0.2):
    rng = np.random.default_rng(seed)
    slide, tissue, center = pieces_of(kind)
    times = rng.integers(2, 12, len(slide))
    piece = np.repeat(np.arange(len(slide)), times)

    def normal(n, variance):
        return rng.standard_normal((n, D)) * np.sqrt(variance / D)

    values = rng.standard_normal((6, 5, D))[tissue, center][piece]
    values += normal(slide.max() + 1, slides)[slide[piece]]
    values += normal(len(slide), within)[piece] + normal(len(piece), 1.0)
    values[:, 0] += 30  # so that all have nearly the same length
    groups = np.unique(slide[piece], return_inverse=True)[1]
    return values, *design_of(tissue[piece], center[piece], groups), groups


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        ("one tissue a slide", (0.5, 0.0, 1.0)),  # what is of the piece is of the slide
        ("some slides with both", (0.3, 0.2, 1.0)),
        ("two of five tissues a slide", (0.3, 0.2, 1.0)),
    ],
)
def test_the_variances_of_slides_pieces_and_tiles_are_told_apart(kind, truth):
    found = []
    for seed in range(30):
        values, design, cell, groups = drawn(kind, seed)
        model = fit(values, design, cell, groups)
        found.append(np.array(model.variances) * (values**2).sum(axis=1).mean())
    # One of the directions is that of all embeddings, along which length 1 leaves no spread.
    expected = np.array(truth) * (1 - 1 / D)
    np.testing.assert_allclose(np.mean(found, axis=0), expected, atol=0.04)


def test_slides_that_do_not_differ_are_not_drawn_apart():
    values, design, cell, groups = drawn("two of five tissues a slide", 0, slides=0, within=0)
    model = fit(values, design, cell, groups)
    assert sum(model.variances[:2]) < 0.06 * model.variances[2]


def test_cells_of_pure_noise_are_drawn_nearer_than_they_were_seen():
    values, design, cell, groups = drawn("one tissue a slide", 1)
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(values.shape) + rng.standard_normal((20, D))[groups]
    noise[:, 0] += 30
    model = fit(noise, design, cell, groups)
    unit = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    seen = np.stack([unit[cell == each].mean(axis=0) for each in range(4)])
    assert model.means.std(axis=0).sum() < 0.6 * seen.std(axis=0).sum()


def test_drawn_tiles_are_those_of_the_design_and_come_again_with_the_seed():
    values, design, cell, groups = drawn("some slides with both", 0)
    model = fit(values, design, cell, groups)
    twice = design.times(2)
    one, again, other = (model.draw(twice, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one.shape == (2 * len(values), D)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_each_cell_from_one_slide_tells_nothing_of_slides():
    slide = np.arange(4)
    design, cell = design_of(*np.divmod(slide, 2), slide)
    assert fit(np.random.default_rng(0).standard_normal((4, D)), design, cell, slide) is None


def test_designs_grow_by_slides_and_shrink_by_tiles():
    design = Design(np.array([[0, 0], [1, 0]]), (Unit(((0, 8), (1, 4))), Unit(((1, 6),))))
    assert design.kinds() == {(0, 1): 1, (1,): 1}
    assert design.times(2).n_tiles == 36
    assert design.raised(3).kinds() == {(0, 1): 3, (1,): 3}
    assert design.raised(1) == design
    assert [unit.tiles for unit in design.thinned(0.1).units] == [((0, 1), (1, 1)), ((1, 1),)]


@pytest.mark.parametrize("d", [300, 700])
def test_of_wide_embeddings_the_directions_of_most_length_are_kept(d):
    rng = np.random.default_rng(0)
    few = rng.standard_normal((500, 20))
    wide = few @ rng.standard_normal((20, d))
    slide = np.arange(500) // 25
    design, cell = design_of(*np.divmod(slide // 5, 2), slide)
    kept = fit(wide, design, cell, slide)
    whole = fit(wide @ np.linalg.svd(wide, full_matrices=False)[2][:20].T, design, cell, slide)
    np.testing.assert_allclose(kept.variances, whole.variances, rtol=1e-6)
