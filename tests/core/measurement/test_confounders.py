"""Further columns in the center's role: the numbers that the column alone would give."""

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.measurement.confounders import associations
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import RoleColumns

N, SLIDES = 240, 24
QUICK = {"shortcut": "none", "geometry": False}


def material():
    """Two tissues at two centers; the scanner moves embeddings, the clerk does not."""
    rng = np.random.default_rng(1)
    slide = np.arange(N) % SLIDES
    tissue, center, scanner, clerk = (
        rng.integers(0, 2, N),
        slide % 2,
        slide // 2 % 2,
        slide // 4 % 2,
    )
    values = rng.normal(size=(N, 8))
    values[:, 0] += 2 * tissue
    values[:, 1] += 1.0 * center
    values[:, 2] += 4 * scanner
    names = [np.char.add(letter, codes.astype(str)) for letter, codes in
             (("t", tissue), ("c", center), ("s", slide))]  # fmt: skip
    further = {
        "scanner": np.char.add("m", scanner.astype(str)),
        "clerk": np.char.add("k", clerk.astype(str)),
    }
    return values, TileLabels(*names), further


def test_a_further_column_has_the_numbers_that_it_has_as_the_center():
    values, labels, further = material()
    both = measure(values, labels, k=9, confounders=further, **QUICK)
    assert [each.column for each in both.confounders] == ["scanner", "clerk"]
    assert both.columns.center == "center"
    for found in both.confounders:
        alone = measure(values, replace(labels, center=further[found.column]), k=9, **QUICK)
        for name in ("robustness_index", "mari", "counts", "cramers_v", "interval_basis", "n_used"):
            assert getattr(found, name) == getattr(alone, name), name
        assert (found.knn, found.knn_interval) == (
            alone.knn.center_balanced_accuracy, alone.knn.center_interval)  # fmt: skip
        assert (found.probe, found.probe_interval, found.probe_chance) == (
            alone.probe.center_balanced_accuracy, alone.probe.center_interval,
            alone.probe.center_chance)  # fmt: skip
        assert found.values == alone.centers
    scanner, clerk = (each.robustness_index for each in both.confounders)
    assert scanner.high < clerk.low  # what moves embeddings more is told from what does not
    plain = measure(values, labels, k=9, **QUICK)
    assert replace(both, confounders=[]) == plain


def test_tiles_of_which_a_column_says_nothing_are_left_out_of_it_alone():
    values, labels, further = material()
    gaps = np.where(labels.slide == "s0", "", further["scanner"])
    known = gaps != ""
    both = measure(values, labels, k=9, confounders={"scanner": gaps}, **QUICK)
    (found,) = both.confounders
    assert (found.n_used, found.n_unlabeled, both.n_used) == (230, 10, 240)
    alone = measure(values[known], replace(labels, center=gaps).take(known), k=9, **QUICK)
    assert found.robustness_index == alone.robustness_index
    assert found.probe == alone.probe.center_balanced_accuracy


def test_values_that_stand_alone_are_dropped_as_centers_are_and_the_notice_has_the_columns_word():
    values, labels, further = material()
    lone = np.where((labels.slide == "s1") & (labels.tissue == "t1"), "rare", further["scanner"])
    (found,) = measure(values, labels, k=9, confounders={"scanner": lone}, **QUICK).confounders
    assert found.n_used < N
    assert any("from scanners that have only one tissue (rare)" in text for text in found.notices)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (np.array(["one"] * N), "all tiles are from one scanner"),
        (np.array([""] * (N - 1) + ["x"]), "only 1 tiles can be measured"),
    ],
)
def test_a_column_that_tells_nothing_is_not_assessable_and_the_rest_is_measured(column, said):
    values, labels, _ = material()
    both = measure(values, labels, k=9, confounders={"scanner": column}, **QUICK)
    (found,) = both.confounders
    assert isinstance(found.robustness_index, NotAssessable)
    assert said in found.robustness_index.reason
    assert isinstance(both.robustness_index, RobustnessIndex)


def test_embeddings_that_are_all_alike_tell_nothing_of_a_further_column_either():
    _, labels, further = material()
    (found, _) = measure(np.ones((N, 4)), labels, k=9, confounders=further, **QUICK).confounders
    for number in (found.robustness_index, found.mari, found.knn, found.probe):
        assert isinstance(number, NotAssessable)


def test_without_probes_a_further_column_has_none():
    values, labels, further = material()
    (found, _) = measure(
        values, labels, k=9, confounders=further, probes=False, **QUICK
    ).confounders
    assert isinstance(found.probe, NotAssessable)
    assert isinstance(found.knn, float)


def test_how_far_columns_go_together_is_counted_over_slides_with_its_value_by_chance():
    slides = np.repeat([f"s{i}" for i in range(8)], [1, 9, 1, 9, 1, 9, 1, 9])  # tiles weigh nothing
    of = {"center": "aabbccdd", "scanner": "xxxxyyyy", "clerk": "mnmnmnmn"}
    columns = {name: np.repeat(list(text), [1, 9] * 4) for name, text in of.items()}
    columns["clerk"][slides == "s7"] = ""
    labels = TileLabels(
        np.array(["t"] * 40), columns.pop("center"), slides, columns=RoleColumns("site")
    )
    found = {(each.one, each.other): each for each in associations(labels, columns)}
    assert list(found) == [("site", "scanner"), ("site", "clerk"), ("scanner", "clerk")]
    assert found["site", "scanner"].cramers_v == pytest.approx(1)
    assert found["site", "scanner"].by_chance == pytest.approx(np.sqrt(3 / 7))
    assert found["site", "clerk"].n_slides == 7
    assert found["site", "clerk"].cramers_v < 0.5


def test_the_value_by_chance_is_that_of_values_dealt_out_at_random():
    rng = np.random.default_rng(0)
    slides = np.array([f"s{i}" for i in range(12)])
    center, scanner = np.array(list("aaabbbcccddd")), np.array(list("xxxxxxyyyzzz"))
    drawn = []
    for _ in range(400):
        labels = TileLabels(center, center, slides)
        drawn += associations(labels, {"scanner": rng.permutation(scanner)})
    squares = np.mean([each.cramers_v**2 for each in drawn])
    assert np.sqrt(squares) == pytest.approx(drawn[0].by_chance, rel=0.05)
