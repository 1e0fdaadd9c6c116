"""What the slides of a set could tell from chance, in a sentence."""

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.measurement.results import IntervalBasis
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.resolution import resolution_sentence
from tests.run_factory import make_evaluation

BASIS = IntervalBasis(units=24, of="patients", strata=8, df=16, fewest=3)


def run_with(*bounds, basis=BASIS):
    """A run whose encoders have an index with these bounds; None: no index."""
    run = make_evaluation(len(bounds)).run
    index = make_evaluation(1).run.encoders[0].reference.robustness_index
    encoders = []
    for result, each in zip(run.encoders, bounds, strict=True):
        found = (
            NotAssessable("Not assessable: one center.")
            if each is None
            else structs.replace(index, low=each[0], high=each[1])
        )
        measured = replace(result.reference, robustness_index=found, interval_basis=basis)
        encoders.append(replace(result, reference=measured))
    return replace(run, encoders=encoders)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ([(0.2, 0.3)], "On 24 patients the 95 % interval of the index is 0.10 wide: an index that "
         "lies less than about 0.05 from its chance value cannot be told from it."),
        ([(0.2, 0.3), (0.6, 0.8)], "On 24 patients the 95 % intervals of the index are 0.10 to "
         "0.20 wide: an index that lies less than about 0.10 from its chance value cannot be told "
         "from it."),
        ([(0.2, 0.3), None], "On 24 patients the 95 % interval of the index is 0.10 wide: an index "
         "that lies less than about 0.05 from its chance value cannot be told from it."),
        ([(None, None)], "24 patients give the index no interval, so none can be told from its "
         "chance value."),
        ([None], ""),
    ],
)  # fmt: skip
def test_it_says_width_and_number_of_slides(bounds, said):
    assert resolution_sentence(run_with(*bounds)) == said


def test_an_earlier_run_says_its_slides():
    assert resolution_sentence(run_with((0.2, 0.3), basis=None)).startswith("On 60 slides ")
