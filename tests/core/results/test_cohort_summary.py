"""What a run on a cohort says of its slides."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import msgspec
import pytest

from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.measurement.over_slides import OwnCenter, ShareOverSlides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.results import cohort_summary
from tests.cohort_run_factory import make_cohort_run


@pytest.fixture
def run():
    made = make_cohort_run(6)[0].run
    names = [result.encoder.name for result in made.encoders]
    return replace(made, over_slides=slides_together(made.slides, names, made.reference.centers))


def with_states(run, *states):
    slides = [replace(run.slides[0], state=state, encoders=[]) for state in states]
    return replace(run, slides=slides)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["done"], "The one slide of the cohort colon 2026 was evaluated."),
        (["done"] * 3, "All 3 slides of the cohort colon 2026 were evaluated."),
        (
            ["done", "failed", "waiting"],
            "1 of the 3 slides of the cohort colon 2026 was evaluated; 1 failed and 1 is waiting.",
        ),
        (["failed"], "0 of the 1 slide of the cohort colon 2026 were evaluated; 1 failed."),
    ],
)
def test_it_says_how_many_slides_were_evaluated(run, states, said):
    assert cohort_summary.slides_sentence(with_states(run, *states)) == said


def test_a_run_of_no_cohort_says_nothing_of_slides(run):
    assert cohort_summary.slides_sentence(replace(run, cohort=None)) == ""


def own_center(p, low=0.2, high=0.9):
    share = ShareOverSlides(0.75, Interval(low, high, 5, "" if low else "8 are too few"), 8, 8)
    return OwnCenter(share, 6, 0.5, p)


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.012, "That is more than chance (p = 0.012)."),
        (0.0001, "That is more than chance (p < 0.001)."),
        (0.21, "That cannot be told from chance (p = 0.210)."),
        (None, "cannot be tested"),
    ],
)
def test_a_share_is_said_with_its_interval_and_chance_and_what_the_test_says(run, p, said):
    found = replace(run.over_slides[0], own_center=own_center(p))
    words = cohort_summary.own_center_sentence(found)
    assert "6 of 8 slides at their own center (75 %; 95 % interval 20 % to 90 %" in words
    assert "chance value 50 %" in words
    assert said in words


def test_chance_says_where_it_leaves_own_patients_out_and_an_earlier_run_what_it_said(run):
    def said(**told):
        own = msgspec.structs.replace(own_center(0.2), **told)
        return cohort_summary.own_center_sentence(replace(run.over_slides[0], own_center=own))

    assert "; chance value 33 % with own patients left out)" in said(
        chance=0.33, n_judged_without=4
    )
    assert "; chance value 50 %)" in said()
    lacking = said(chance=None, p=None, n_judged_without=4)
    assert "chance value not assessable" in lacking
    assert "cannot be tested" in lacking


def test_without_an_interval_the_reason_stands_in_its_place(run):
    found = replace(run.over_slides[0], own_center=own_center(0.2, None, None))
    assert "(75 %; 8 are too few; chance value" in cohort_summary.own_center_sentence(found)


def test_what_cannot_be_assessed_is_said_with_its_reason(run):
    found = replace(run.over_slides[0], own_center=NotAssessable("no slide is known"))
    assert "not assessable: no slide is known." in cohort_summary.own_center_sentence(found)


def table(run):
    return list(csv.DictReader(io.StringIO(cohort_summary.slides_csv(run).decode())))


def test_the_table_has_a_row_for_each_slide_and_encoder(run):
    rows = table(run)
    assert len(rows) == 6 * 2 + 1
    first, failed = rows[0], rows[-1]
    assert first["nearest_center"] == first["center"]
    assert float(first["tissue_right"]) == 0.9
    assert first["scanner"] == "Aperio"
    shares = [float(cell) for name, cell in first.items() if name.startswith("tissue_share: ")]
    assert sum(shares) == pytest.approx(1)
    assert failed["state"] == "failed"
    assert failed["reason"]
    assert failed["encoder"] == ""


def test_a_column_of_the_cohort_that_is_named_like_one_of_the_table_stays_apart(run):
    run.slides[0].columns["state"] = "Bavaria"
    assert table(run)[0]["cohort: state"] == "Bavaria"
    assert table(run)[0]["state"] == "done"


def test_a_run_without_slides_has_a_header_alone(run):
    assert table(replace(run, slides=[])) == []
