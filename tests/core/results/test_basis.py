"""What measured numbers are compared with and rest on."""

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.results.basis import Basis
from pathgui.core.results.measures import MEASURES, measure
from tests.run_factory import make_evaluation


@pytest.fixture(scope="module")
def result():
    return make_evaluation(1, given_center=True, in_depth=True).run.encoders[0]


def basis_of(result, key) -> Basis:
    return measure(key).basis(result.reference, result.slide)


@pytest.mark.parametrize("key", [each.key for each in MEASURES])
def test_every_number_says_on_how_many_of_what_it_rests(result, key):
    if key in ("tissue_new_centers", "tiles_less_slides"):
        asked = structs.replace(result.reference.prediction, n_grouped=96, n_left_center_out=90)
        result = replace(result, reference=replace(result.reference, prediction=asked))
    basis = basis_of(result, key)
    assert basis.n is not None
    assert basis.n_of


def test_the_index_is_compared_with_its_null_and_rests_on_its_support(result):
    index = result.reference.robustness_index
    assert basis_of(result, "robustness_index") == Basis(
        index.n_anchors, null=index.null, support=index.support
    )
    assert basis_of(result, "robustness_index_less_null").null == 0
    assert basis_of(result, "robustness_index_adjusted").null == 0.5
    assert basis_of(result, "mari").null is None


def test_accuracies_are_compared_with_guessing_and_cases_with_chance(result):
    measured = result.reference
    assert basis_of(result, "center_probe").null == measured.probe.center_chance
    assert basis_of(result, "case_center").null == measured.cases.center_by_chance
    assert basis_of(result, "case_center_probe").null == measured.cases.center_chance


def test_the_lowest_part_rests_on_its_own_tiles(result):
    parts = result.reference.by_center
    lowest = min(parts, key=lambda part: part.value)
    assert basis_of(result, "robustness_index_lowest_center").n == lowest.n_anchors
