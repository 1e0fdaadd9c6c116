"""The embedding as a whole: against published values, scikit-learn and sums over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.metrics import clustering, permutation
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Geometry, Silhouettes
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.json_records import from_json, to_json


def unit_rows(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def cohort(tissue_size, center_size, *, slides=3, tiles=6, tissues=2, centers=2, seed=0):
    rng = np.random.default_rng(seed)
    slide = np.repeat(np.arange(tissues * centers * slides), tiles)
    tissue, center = np.divmod(slide // slides, centers)
    values = rng.standard_normal((len(slide), 20))
    values += tissue_size * rng.standard_normal((tissues, 20))[tissue]
    values += center_size * rng.standard_normal((centers, 20))[center]
    return values.astype(np.float32), tissue, center, slide


def shape_of(values, tissue, center, slide, **more):
    labels = TileLabels(*(column.astype(str) for column in (tissue, center, slide)), **more)
    return measure(values, labels, k=5, probes=False).geometry


@pytest.mark.parametrize("offset", [0, 1000])
def test_a_great_offset_costs_no_digits(offset):
    """Unit vectors then agree in six digits, which float32 has seven of."""
    values, tissue, center, slide = cohort(1.0, 1.0)
    values = values.astype(np.float64) + offset
    found = shape_of(values, tissue, center, slide)
    from sklearn.metrics import silhouette_score

    unit = unit_rows(values)
    unit = unit - unit.mean(axis=0)  # a distance of differences: scikit-learn's cosine loses them
    far = ((unit[:, None] - unit) ** 2).sum(axis=2) / 2
    theirs = silhouette_score(far, tissue, metric="precomputed")
    assert found.silhouettes.tissue == pytest.approx(theirs, abs=1e-9)
    theirs = silhouette_score(far, center, metric="precomputed")
    assert found.silhouettes.center == pytest.approx(theirs, abs=1e-9)
    same = slide[:, None] == slide
    mean = far[same & ~np.eye(len(far), dtype=bool)].mean()
    assert found.distances.same_slide == pytest.approx(mean, rel=1e-9)
    pick = (tissue[:, None] != tissue) & (center[:, None] == center)
    assert pytest.approx(far[pick].mean(), rel=1e-9) == found.distances.OS


@pytest.mark.parametrize(("tissue_size", "center_size", "score"), [(9.0, 0.0, 1), (0.0, 9.0, -1)])
def test_clusters_follow_what_is_there(tissue_size, center_size, score):
    found = shape_of(*cohort(tissue_size, center_size)).clustering
    assert found.value == pytest.approx(score, abs=0.1)
    assert found.value == pytest.approx(found.ari_tissue - found.ari_center)
    assert (found.n_squares, found.of, found.trials) == (1, 1, 10)


def test_clusters_are_those_of_scikit_learns_k_means():
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    values, tissue, center, _ = cohort(1.5, 1.0, seed=4)
    unit = unit_rows(values).astype(np.float32)
    everything = np.arange(len(unit))
    (found,) = clustering.square_scores(unit, tissue, center, [everything], trials=3, starts=4)
    runs = {
        k: KMeans(k, init="random", n_init=4, random_state=0).fit_predict(unit)
        for k in range(2, clustering.MOST_CLUSTERS + 1)
    }
    best = max(runs, key=lambda k: silhouette_score(unit, runs[k], metric="cosine"))
    assert found.clusters == best
    theirs = [
        adjusted_rand_score(
            tissue, KMeans(best, init="random", n_init=5, random_state=s).fit(unit).labels_
        )
        for s in range(3)
    ]
    np.testing.assert_allclose(found.ari_tissue, theirs, atol=1e-12)


def test_variance_says_what_explains_it_and_what_chance_would():
    found = shape_of(*cohort(0.0, 3.0, slides=6)).variance
    assert found.center.share > 0.3
    assert found.center.p == pytest.approx(1 / 200)
    assert found.center.by_chance < found.center.share / 3
    assert found.tissue.p > 0.01
    assert found.slide.share >= found.center.share - 1e-9
    assert found.slide.by_chance == pytest.approx(23 / 143)


def test_a_component_that_is_the_center_is_found():
    found = shape_of(*cohort(0.0, 4.0, slides=6)).components
    assert found.center_auroc[0] > 0.95
    assert found.center_auroc[0] > found.center_by_chance[0] + 0.2
    assert len(found.explained) == len(found.tissue_auroc) == 10
    assert found.explained == sorted(found.explained, reverse=True)


def test_mixing_falls_with_the_center_effect():
    mixed, apart = (shape_of(*cohort(1.0, size, slides=6)).mixing for size in (0.0, 3.0))
    assert apart.ilisi < mixed.ilisi
    assert 1 <= apart.ilisi <= mixed.ilisi <= 2
    assert apart.ilisi < apart.ilisi_by_chance
    assert apart.kbet_given_tissue < apart.kbet_given_tissue_by_chance
    assert mixed.ilisi_scaled == pytest.approx(mixed.ilisi - 1)


def test_the_gap_is_that_of_two_searches():
    from pathgui.core.metrics.neighbors import knn

    values, tissue, center, slide = cohort(0.6, 0.5, seed=7)
    values += 2 * np.random.default_rng(0).standard_normal((12, 20))[slide].astype(np.float32)
    gap = shape_of(values, tissue, center, slide).slide_gap
    for groups, ours in ((slide, gap.across), (np.arange(len(slide)), gap.within)):
        answers = knn.votes_by_k(nearest(values, groups, 5), tissue, [5])[5]
        assert ours == pytest.approx(knn.balanced_accuracy(tissue, answers))
    assert gap.gap == pytest.approx(gap.within - gap.across)
    assert gap.gap > 0.1
    free = nearest(values, np.arange(len(slide)), 5)
    assert gap.own_slide_share == pytest.approx((slide[free.indices] == slide[:, None]).mean())


def test_distances_are_means_over_all_pairs():
    values, tissue, center, slide = cohort(1.0, 1.0, tissues=3)
    slide = slide % 11  # slides with several tissues and centers
    found = shape_of(values, tissue, center, slide).distances
    far = 1 - unit_rows(values.astype(float)) @ unit_rows(values.astype(float)).T
    other = ~np.eye(len(values), dtype=bool)
    same = slide[:, None] == slide
    assert found.same_slide == pytest.approx(far[same & other].mean(), abs=1e-9)
    for kind, value in (("SS", found.SS), ("SO", found.SO), ("OS", found.OS), ("OO", found.OO)):
        pick = (tissue[:, None] == tissue) == (kind[0] == "S")
        pick &= (center[:, None] == center) == (kind[1] == "S")
        assert value == pytest.approx(far[pick & ~same].mean(), abs=1e-9)


def test_tiles_of_a_patient_on_two_slides_are_of_no_kind_and_not_of_one_slide():
    values, tissue, center, slide = cohort(1.0, 1.0)
    patient = (slide // 2).astype(str)
    found = shape_of(values, tissue, center, slide, patient=patient).distances
    unit = unit_rows(values.astype(float))
    far = 1 - unit @ unit.T
    same_slide = (slide[:, None] == slide) & ~np.eye(len(slide), dtype=bool)
    same_patient = patient[:, None] == patient
    assert found.same_slide == pytest.approx(far[same_slide].mean(), abs=1e-9)
    cell = (tissue[:, None] == tissue) & (center[:, None] == center)
    assert pytest.approx(far[cell & ~same_patient].mean(), abs=1e-9) == found.SS


def paired_tiles(seed=0, wobble=0.3, n=12):
    """Three slides of the same tissue: two scanned at X, one at Y."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((n, 16))
    values = np.concatenate([truth + wobble * rng.standard_normal((n, 16)) for _ in range(3)])
    slide = np.repeat([0, 1, 2], n)
    return values.astype(np.float32), slide, np.tile([f"p{i}" for i in range(n)], 3)


def test_pairs_are_reported_by_centers():
    values, slide, pair = paired_tiles()
    center = np.where(slide == 2, "Y", "X")
    tissue = np.tile(["A", "B"], 18)
    found = shape_of(values, tissue, center, slide, pair=pair).pairs
    assert [(one.one, one.other, one.n_slide_pairs) for one in found.by_centers] == [
        ("X", "X", 1),
        ("X", "Y", 2),
    ]
    assert (found.n_slide_pairs, found.n_pairs, found.k) == (3, 36, [1, 3, 5, 10])
    assert found.retrieval[0] == 1
    assert found.cosine > 0.8 > 0.3 > found.cosine_unmatched


def test_a_pair_twice_on_one_slide_matches_nothing_and_is_told():
    values, slide, pair = paired_tiles()
    pair[1] = "p0"
    found = shape_of(values, np.tile(["A", "B"], 18), slide % 2, slide, pair=pair)
    assert found.pairs.n_pairs == 10 + 10 + 12
    assert any("2 tiles left out" in notice for notice in found.notices)


def test_without_pairs_in_common_there_is_nothing_to_retrieve():
    values, slide, pair = paired_tiles()
    lonely = np.array([f"{text}-{one}" for text, one in zip(pair, slide, strict=True)])
    found = shape_of(values, np.tile(["A", "B"], 18), slide % 2, slide, pair=lonely).pairs
    assert isinstance(found, NotAssessable)
    assert "column pair" in found.reason
    assert shape_of(*cohort(1, 1)).pairs is None


def test_one_center_leaves_what_needs_no_center():
    values, tissue, center, slide = cohort(2.0, 0.0, centers=1, tissues=3)
    found = shape_of(values, tissue, center, slide)
    for part in (found.clustering, found.silhouettes, found.components, found.mixing):
        assert isinstance(part, NotAssessable)
    assert found.variance.tissue.share > 0.2
    assert found.slide_gap.within >= found.slide_gap.across
    assert found.distances.SO is None


@pytest.mark.parametrize("lengths", [np.ones(72), np.random.default_rng(0).uniform(0.5, 2, 72)])
def test_embeddings_that_all_point_the_same_way_have_no_components(lengths):
    _, tissue, center, slide = cohort(0.0, 0.0)
    values = np.outer(lengths, [0.3, 0.1, 0.7]).astype(np.float32)
    found = shape_of(values, tissue, center, slide)
    assert "same way" in found.components.reason
    assert "same way" in found.variance.reason
    assert found.distances.same_slide == pytest.approx(0, abs=1e-6)


def test_labels_exchange_only_among_slides_with_the_same_other_label():
    tissue = np.array([0, 0, 0, 0, 1, 1])
    center = np.array([0, 1, 0, 1, 0, 0])
    units = permutation.units(tissue, center, np.arange(6))
    assert units.can_exchange
    rng = np.random.default_rng(0)
    for _ in range(20):
        dealt = units.deal(rng)[units.of_tile]
        assert sorted(dealt[:4]) == [0, 0, 1, 1]
        assert (dealt[4:] == 0).all()
    assert not permutation.units(tissue, tissue, np.arange(6)).can_exchange


def test_the_shape_survives_the_record():
    values, slide, pair = paired_tiles()
    labels = TileLabels(
        np.tile(["A", "B"], 18), np.where(slide == 2, "Y", "X"), slide.astype(str), pair=pair
    )
    measured = measure(values, labels, k=3, probes=False)
    again = from_json(ReferenceMeasurement, to_json(measured))
    assert again == measured
    assert isinstance(again.geometry, Geometry)
    assert isinstance(again.geometry.silhouettes, Silhouettes)
    assert measure(values, labels, k=3, probes=False, geometry=False).geometry is None
