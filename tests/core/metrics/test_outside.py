"""Tissue that a reference set lacks and centers that it does not have are found, known ones not."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.outside import (
    FEWEST_SLIDES,
    FEWEST_TILES,
    Edge,
    SlideSums,
    find_edge,
)

D = 40
OF = np.random.default_rng(5).standard_normal
TISSUES, CENTERS = 2.0 * OF((4, D)) + 3, 0.7 * OF((5, D))


def tiles(center, n_slides, seed, tissues=(0, 1, 2), n_tiles=12, slide_effect=0.25):
    """Slides of a center: values, tissue, slide. The center is a small shift of every tile."""
    rng = np.random.default_rng((seed, center))
    slide = np.repeat(np.arange(n_slides), n_tiles)
    tissue = np.array(tissues)[np.arange(len(slide)) % len(tissues)]
    values = TISSUES[tissue] + CENTERS[center] + rng.standard_normal((len(slide), D))
    values += slide_effect * rng.standard_normal((n_slides, D))[slide]
    return values.astype(np.float32), tissue, slide


def reference(n_slides=15, centers=(0, 1, 2), d=D):
    parts = [tiles(center, n_slides, 0) for center in centers]
    values = np.concatenate([part[0] for part in parts])[:, :d]
    tissue = np.concatenate([part[1] for part in parts])
    center = np.repeat(np.arange(len(centers)), [len(part[1]) for part in parts])
    groups = np.concatenate([part[2] + 1000 * i for i, part in enumerate(parts)])
    return values, tissue, center, np.unique(groups, return_inverse=True)[1]


def edge_of(values, tissue, center, groups) -> Edge:
    own = nearest(values, groups, 1).distances[:, 0]
    found = find_edge(
        values, tissue, center, groups, own,
        tissues=np.array(list("pqrs")), centers=np.array(list("ABCDE")),
    )  # fmt: skip
    assert found is not None
    return found


def asked(edge: Edge, values, tissue, rows=slice(None)):
    """What is said of one slide; its tiles all count as near."""
    sums = SlideSums(3, values.shape[1])
    sums.add(values[rows], tissue[rows])
    return edge.of(np.zeros(len(values[rows]), bool), sums, sums)


@pytest.fixture(scope="module")
def edge() -> Edge:
    return edge_of(*reference())


def alarms(edge, center, n=40, seed=9):
    values, tissue, slide = tiles(center, n, seed)
    return np.mean([asked(edge, values, tissue, slide == s).no_known_center for s in range(n)])


def test_slides_of_a_center_that_the_set_lacks_are_found(edge):
    assert min(alarms(edge, 3), alarms(edge, 4)) > 0.8
    assert edge.rule.slide_detection > 0.8


def test_new_slides_of_known_centers_are_seldom_called_unknown(edge):
    assert np.mean([alarms(edge, center) for center in (0, 1, 2)]) < 0.12


def test_where_embeddings_are_wider_than_there_are_tiles_new_slides_still_pass():
    """A covariance with a slide's own tiles in it would make every new slide seem far."""
    rng = np.random.default_rng(1)
    wide = rng.standard_normal((D, 700)) / np.sqrt(D)
    noise = np.random.default_rng(2)

    def widened(values):
        return (values @ wide + 0.3 * noise.standard_normal((len(values), 700))).astype(np.float32)

    values, tissue, center, groups = reference(n_slides=10)
    edge = edge_of(widened(values), tissue, center, groups)
    alarmed = []
    for known in (0, 1, 2):
        new, of, slide = tiles(known, 20, 9)
        new = widened(new)
        alarmed += [asked(edge, new, of, slide == s).no_known_center for s in range(20)]
    assert np.mean(alarmed) < 0.15


def test_centers_that_do_not_differ_are_not_found_more_often_than_false_alarms():
    values, tissue, _, groups = reference(n_slides=45, centers=(0,))
    center = groups % 3  # names without meaning
    assert edge_of(values, tissue, center, groups).rule.slide_detection < 0.2


def test_tiles_of_a_tissue_that_the_set_lacks_are_far(edge):
    values = reference()[0]
    new, _, _ = tiles(0, 5, 9, tissues=(3,))
    known, _, _ = tiles(0, 5, 9)
    both = np.concatenate([values, new, known])
    codes = np.concatenate([np.zeros(len(values), int), np.ones(len(new) + len(known), int)])
    distance = nearest(both, codes, 1).distances[len(values) :, 0]
    far = distance > edge.rule.far_threshold
    assert far[: len(new)].mean() > 0.9
    assert far[len(new) :].mean() < 0.12
    assert [each.name for each in edge.rule.tissues_left_out] == ["p", "q", "r"]
    assert edge.rule.tissue_detection > 0.5


def test_the_rates_are_those_of_leaving_each_center_out(edge):
    values, _, center, groups = reference()
    own = nearest(values, groups, 1).distances[:, 0]
    elsewhere = nearest(values, center, 1).distances[:, 0]
    for code, left_out in enumerate(edge.rule.centers_left_out):
        threshold = np.quantile(own[center != code], 0.95)
        assert left_out.tiles == pytest.approx((elsewhere[center == code] > threshold).mean())
        assert (left_out.n_tiles, left_out.n_slides) == (180, 15)


def test_fewer_slides_than_a_false_alarm_rate_needs_are_not_judged_by():
    few = edge_of(*reference(n_slides=FEWEST_SLIDES // 3))
    values, tissue, _ = tiles(0, 1, 9)
    said = asked(few, values, tissue)
    assert said.no_known_center is None
    assert f"needs at least {FEWEST_SLIDES}" in said.reason
    assert few.rule.tile_detection is not None  # of tiles it can be said


def test_a_slide_of_few_tiles_is_not_judged(edge):
    values, tissue, _ = tiles(0, 1, 9)
    said = asked(edge, values, tissue, slice(0, FEWEST_TILES - 1))
    assert said.no_known_center is None
    assert f"{FEWEST_TILES - 1} tiles" in said.reason


def test_tiles_that_are_far_do_not_speak_of_the_center_of_their_slide(edge):
    values, tissue, _ = tiles(0, 1, 9, n_tiles=24)
    strange = np.arange(24) % 2 == 0
    values = values.copy()
    values[strange] += 20
    near, everything = SlideSums(3, D), SlideSums(3, D)
    near.add(values[~strange], tissue[~strange])
    everything.add(values, tissue)
    assert not edge.of(strange, near, everything).no_known_center
    assert edge.of(strange, everything, everything).no_known_center


def test_one_center_leaves_nothing_to_measure_detection_by():
    values, tissue, center, groups = reference(n_slides=24, centers=(0,))
    rule = edge_of(values, tissue, center, groups).rule
    assert rule.slide_detection is None
    assert not isinstance(rule.slide_threshold, NotAssessable)


def test_tiles_that_are_all_alike_are_not_judged_by():
    _, tissue, center, groups = reference()
    alike = (TISSUES[tissue] + CENTERS[center]).astype(np.float32)
    rule = edge_of(alike, tissue, center, groups).rule
    assert isinstance(rule.slide_threshold, NotAssessable)


def test_where_all_tiles_are_of_one_slide_nothing_is_near_or_far():
    values, tissue, center, groups = reference()
    own = nearest(values, 0 * groups, 1).distances[:, 0]
    names = np.array(list("abcd"))
    assert find_edge(values, tissue, center, 0 * groups, own, tissues=names, centers=names) is None
