"""Intervals by leaving out one slide after another."""

from __future__ import annotations

from pathgui.core.measurement.measure import measure
from pathgui.core.results.findings import verdict
from tests.core.measurement.test_measure import noise, square


def test_the_interval_holds_the_value_and_no_chance_is_in_it():
    quick = {"k": 5, "probes": False, "geometry": False}
    one, other = (
        measure(noise(48), square(), seed=seed, **quick).robustness_index for seed in (1, 2)
    )
    assert one.low < one.value < one.high
    assert one == other


def test_every_number_that_rests_on_neighbors_or_probes_has_an_interval():
    measured = measure(noise(48 * 4), square(slides=4, tiles_per_slide=12), k=5, geometry=False)
    found = [
        measured.robustness_index.support_interval,
        measured.knn.tissue_interval,
        measured.knn.center_interval,
        measured.probe.tissue_interval,
        measured.probe.center_interval,
    ]
    for one in measured.croma:
        found += [one, one.q10_interval, one.ltm10_interval, one.f0_interval]
    predicted = measured.prediction
    found += [
        predicted.grouped_interval,
        predicted.random_interval,
        predicted.random_minus_grouped_interval,
        predicted.site_preserved_interval,
        predicted.random_minus_site_preserved_interval,
        predicted.left_center_out_interval,
        *(one.balanced_accuracy_interval for one in predicted.by_center),
        *(one.left_out_accuracy_interval for one in predicted.by_center),
    ]
    found += [
        measured.robustness_index_2025,
        measured.mari,
        measured.same_center_errors,
        *measured.by_tissue,
        *measured.by_center,
        *measured.by_cell,
    ]
    for one in found:
        assert one.low < one.high
    assert measured.intervals == "jackknife-t"
    assert (measured.interval_basis.units, measured.interval_basis.df) == (16, 12)


def test_few_slides_are_said_beside_the_intervals():
    quick = {"k": 3, "probes": False, "geometry": False}
    few = measure(noise(48), square(slides=4), **quick).interval_basis
    assert few.fewest == 4
    assert "only 4 slides" in few.caution
    many = measure(noise(96), square(slides=8), **quick).interval_basis
    assert (many.fewest, many.caution) == (8, "")


def test_of_four_slides_no_number_has_an_interval_and_no_verdict_is_given():
    """In noise, two in twenty such sets would be said to follow the tissue or the center."""
    measured = measure(noise(12), square(slides=1), k=3, probes=False, geometry=False)
    index = measured.robustness_index
    assert (index.low, index.high) == (None, None)
    assert index.no_interval == "4 slides are too few for an interval"
    assert "4 slides are too few" in verdict(index)
    assert measured.interval_basis.caution.startswith("4 slides in all are too few")
    assert measured.knn.tissue_interval.low is None
