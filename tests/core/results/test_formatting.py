"""Numbers are written one way each, in window, terminal and report."""

from __future__ import annotations

import math

import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results import formatting as fmt


def test_a_share_never_reads_as_none_or_all_unless_it_is():
    assert fmt.percent(0.0) == fmt.percent(0.0)
    assert fmt.percent(0.0001) != fmt.percent(0.0)
    assert fmt.percent(0.9999) != fmt.percent(1.0)


def test_a_p_value_is_never_zero():
    assert fmt.probability(0.0) == "< 0.001"
    assert fmt.probability(0.001) == "0.001"


def test_an_interval_that_lacks_an_end_is_no_interval():
    assert fmt.interval(0.1, None) == fmt.interval(None, 0.1) == "no interval"
    assert fmt.interval(0.1, 0.2) == "0.100 to 0.200"


def test_what_is_not_assessable_is_said_in_words_and_never_as_a_number():
    said = fmt.accuracy(NotAssessable("one center"))
    assert not any(sign.isdigit() for sign in said)
    assert said


def test_signs_are_true_minus_signs():
    assert fmt.signed(-0.5) == "−0.500"
    assert fmt.signed(0.5) == "+0.500"


@pytest.mark.parametrize(("n", "said"), [(0, "0 slides"), (1, "1 slide"), (1000, "1,000 slides")])
def test_one_thing_has_no_s(n, said):
    assert fmt.plural(n, "slide") == said


@pytest.mark.parametrize("text", ["Northfield", "서울대학교병원", "Poznan\u0301ski", ""])
@pytest.mark.parametrize("room", [2, 5, 9, 40])
def test_a_shortened_text_fits_its_room(text, room):
    short = fmt.shortened(text, room)
    assert fmt.columns(short) <= room
    assert short == text or short.endswith("…")


def test_a_moment_that_cannot_be_read_stays_as_it_is():
    assert fmt.clock("yesterday") == "yesterday"
    assert fmt.moment("yesterday") == "yesterday"


def test_a_number_that_is_none_does_not_end_the_report():
    assert isinstance(fmt.index(math.nan), str)


def test_a_list_is_read_as_one_would_say_it():
    assert fmt.listing([]) == ""
    assert fmt.listing(["a", "b", "c"]) == "a, b and c"
