"""What is found of a classifier, in words, cells and CSV."""

from __future__ import annotations

import csv
import io

import pytest
from msgspec.structs import replace

from pathgui.core.classifier.results import (
    Calibration,
    CenterReliability,
    Confounding,
    EncoderConfounding,
    ErrorsAfter,
)
from pathgui.core.crossfit.results import Change
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.results.classifier import (
    CAUTION,
    COLUMNS,
    after_reading,
    by_center_csv,
    errors_table,
    sentences,
    tables,
)
from tests.core.classifier.assessed import assessed

FOUND = assessed()
NO = NotAssessable("Not assessable: for a reason.")


def text(found=FOUND):
    return " ".join(sentences(found))


def behind(excess, low, high):
    one = FOUND.confounding[0]
    assert isinstance(one.found, Confounding)
    changed = replace(one.found, excess=excess, interval=Interval(low, high, 9))
    return replace(FOUND, confounding=[EncoderConfounding("e", "E", changed)])


def test_each_center_has_a_row_with_what_makes_its_rate_readable():
    rows = errors_table(FOUND).rows
    assert [row[0] for row in rows] == ["center 0", "center 1", "center 2"]
    first = FOUND.centers[0]
    assert rows[0][1:4] == [str(first.n), str(first.n_slides), str(first.wrong)]
    assert " % to " in rows[0][5]


def test_a_center_that_differs_is_said_to_and_by_which_rate():
    said = text()
    assert "center 0 has more errors than its tissues have over all centers" in said
    assert "corrected for 3 centers" in said
    assert CAUTION in said


def test_where_none_differs_that_is_no_proof_that_all_are_equal():
    alike = [
        type(each)(each.center, each.n, each.n_slides, each.wrong, each.rate, each.interval,
                   each.expected, replace(each.test, p_holm=0.4), 0)
        for each in FOUND.centers
    ]  # fmt: skip
    said = text(replace(FOUND, centers=alike))
    assert "No center's errors can be told apart from chance (p 0.400 or more" in said
    assert "a difference can be there and not be seen" in said


def test_what_cannot_be_tested_gives_its_reason():
    untested = [
        type(each)(each.center, each.n, each.n_slides, each.wrong, each.rate, each.interval,
                   each.expected, NO, 0)
        for each in FOUND.centers
    ]  # fmt: skip
    found = replace(FOUND, centers=untested, calibration=NO, corrections=NO)
    said = text(found)
    assert said.count("for a reason.") == 3
    assert errors_table(found).rows[0][7] == "not assessable"
    assert tables(found)[0].title == "Errors by center"


@pytest.mark.parametrize(
    ("excess", "low", "high", "said"),
    [
        (0.3, 0.1, 0.5, "same-center confounders are behind errors"),
        (-0.3, -0.5, -0.1, "less than right ones do"),
        (0.1, -0.1, 0.3, "No difference between wrong and right can be told apart"),
        (0.1, None, None, "Whether that differs is open"),
    ],
)
def test_neighbors_are_blamed_only_where_the_interval_says_so(excess, low, high, said):
    assert said in text(behind(excess, low, high))


def test_centers_without_enough_answers_are_named_with_the_reason():
    assert isinstance(FOUND.calibration, Calibration)
    fewer = replace(
        FOUND.calibration, by_center=[CenterReliability("Zz", NO), *FOUND.calibration.by_center]
    )
    assert "Calibration at Zz: not assessable, for a reason." in text(
        replace(FOUND, calibration=fewer)
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(0.2, 0.1, -0.15, -0.05), "fewer errors"),
        (Change(0.1, 0.2, 0.05, 0.15), "more errors"),
        (Change(0.2, 0.1, -0.25, 0.05), "no change told apart from chance"),
        (Change(0.2, 0.1, None, None, "too few slides"), "open: no interval"),
        (NO, "not assessable"),
    ],
)
def test_a_correction_is_read_by_the_interval_of_the_difference(change, said):
    effect = ErrorsAfter("leace", change, change, [])
    assert after_reading(effect) == said
    assert not isinstance(FOUND.corrections, NotAssessable)
    told = text(replace(FOUND, corrections=replace(FOUND.corrections, effects=[effect])))
    assert "LEACE" in told


def test_there_is_a_table_for_each_part_that_was_found():
    titles = [each.title for each in tables(FOUND)]
    assert titles == [
        "Errors by center",
        "Neighbors of wrong and right answers, Made up, k = 5",
        "Calibration by center",
        "Reliability in ranges of probability",
        "Errors after corrections",
    ]
    for each in tables(FOUND):
        assert {len(row) for row in each.rows} == {len(each.headings)}


def test_the_csv_has_a_row_a_center_with_full_numbers():
    rows = list(csv.DictReader(io.StringIO(by_center_csv(FOUND).decode())))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["center"] for row in rows] == ["center 0", "center 1", "center 2"]
    assert float(rows[0]["rate"]) == FOUND.centers[0].rate
    assert float(rows[0]["p_holm"]) == FOUND.centers[0].test.p_holm
    assert float(rows[0]["brier"]) > 0
    plain = list(csv.DictReader(io.StringIO(
        by_center_csv(replace(FOUND, calibration=NO)).decode())))  # fmt: skip
    assert (plain[0]["brier"], plain[0]["not_calibrated"]) == ("", NO.reason)
