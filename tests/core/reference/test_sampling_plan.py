"""A plan that cannot be carried out is one sentence before any slide is opened."""

from __future__ import annotations

import math

import msgspec
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.sampling_plan import PROPOSED, Sampling, SamplingPlan
from pathgui.core.system.json_records import from_json, to_json


def test_the_usual_plan_gives_tiles_as_encoders_know_them():
    plan = SamplingPlan()
    plan.check()
    assert (plan.edge_um, plan.side_px) == (112, 224)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"edge_um": 0}, "field of view must be a positive number"),
        ({"mpp": -1}, "mpp must be a positive number"),
        ({"mpp": math.nan}, "mpp must be a positive number"),
        ({"mpp": 50}, "would be 2.24 pixels wide"),
        ({"edge_um": 1e6}, "pixels wide"),
        ({"source": "tiles"}, "there is no source tiles"),
        ({"tiles_a_slide": 0}, "tiles a slide must be 1 or more"),
        ({"tiles_a_pair": 0}, "tiles a pair must be 1 or more"),
        ({"min_tissue": 50}, "from 0 to 1"),
        ({"min_tissue": math.nan}, "from 0 to 1"),
        ({"distance_um": -1}, "0 µm or more"),
        ({"distance_um": math.inf}, "0 µm or more"),
        ({"seed": -1}, "seed must be 0 or more"),
    ],
)
def test_what_cannot_be_is_said(changed, text):
    with pytest.raises(ReferenceSetError, match=text):
        SamplingPlan(**changed).check()


def test_a_plan_that_is_kept_comes_back():
    sampling = Sampling("C", "tissue", "scanner", "patient_id", SamplingPlan(left_out=("Fold",)))
    assert from_json(Sampling, to_json(sampling)) == sampling


def test_a_plan_of_before_the_filter_means_that_there_was_none():
    record = msgspec.json.decode(msgspec.json.encode(PROPOSED))
    del record["quality"], record["kept_anyway"]
    plan = from_json(SamplingPlan, msgspec.json.encode(record))
    assert plan == SamplingPlan()
    assert not plan.quality
    assert PROPOSED.quality
