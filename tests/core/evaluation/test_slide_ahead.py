"""The next slide is opened while one is worked on; what is not taken is closed."""

from __future__ import annotations

import threading

import pytest

from pathgui.core.errors import PathguiError, SlideError
from pathgui.core.evaluation.slide_ahead import SlidesAhead, open_slide_of, words_of
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import Progress
from tests.cohorts import ask_for, make_study
from tests.core.stand_ins import spec_of
from tests.material import make_reference

WAITING = Progress("Opening", 0, 1)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=1, tiles=1)


@pytest.fixture(scope="module")
def request_(tmp_path_factory, reference):
    study = make_study(tmp_path_factory.mktemp("study"), 2, broken=True)
    return ask_for(study, reference, [spec_of()])


def test_slides_come_in_their_order_and_one_that_cannot_be_opened_raises_in_its_turn(
    request_, reference
):
    slides = [request_.slides[row] for row in (0, 2, 1)]
    with SlidesAhead(request_, slides, reference, MatchedImports([])) as ahead:
        first = ahead.take(lambda event: None, WAITING)
        with pytest.raises(PathguiError, match="does not say how large its pixels are"):
            ahead.take(lambda event: None, WAITING)
        second = ahead.take(lambda event: None, WAITING)
    assert [each.asked.slide_id for each in (first, second)] == ["S-01", "S-02"]
    assert len(first.plan.grid) > 0
    for each in (first, second):
        each.close()


def test_the_next_one_is_opened_without_being_asked_for_and_closed_if_it_never_is(
    request_, reference, monkeypatch
):
    opened, closed = threading.Event(), []
    names = []

    def opening(request, asked, *rest):
        names.append(asked.slide_id)
        found = open_slide_of(request, asked, *rest)
        monkeypatch.setattr(type(found), "close", lambda self: closed.append(self.asked.slide_id))
        if len(names) == 2:
            opened.set()
        return found

    monkeypatch.setattr("pathgui.core.evaluation.slide_ahead.open_slide_of", opening)
    with SlidesAhead(request_, request_.slides[:2], reference, MatchedImports([])) as ahead:
        ready = ahead.take(lambda event: None, WAITING)
        assert opened.wait(30)
    assert names == ["S-01", "S-02"]
    assert closed == ["S-02"]
    ready.plan.slide.close()


def test_a_bug_is_named_as_one():
    assert words_of(SlideError("It is cut off.")) == "It is cut off."
    assert words_of(ValueError("x")) == "Something unexpected happened: ValueError: x."
