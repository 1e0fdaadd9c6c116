"""The report as a page: in a browser, on a phone, on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.report.report import write_report
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import LONG_CENTERS, make_evaluation, thumbnail, with_maps
from tests.services.chromium import Page
from tests.services.seen_page import (
    PHONE,
    SCREEN,
    SMALLEST,
    cut_off_on_paper,
    dead_links,
    from_elsewhere,
    look,
)
from tests.services.test_site_in_browser import text_of

pytestmark = pytest.mark.service("Chromium (Debian: sudo apt install chromium)")

RUNS = {
    "three encoders on a slide": lambda: on_slide(3),
    "twelve encoders, centers with long names": lambda: on_slide(12, centers=LONG_CENTERS[:20]),
    "a reference set alone": lambda: make_evaluation(2, slide=False),
}


def on_slide(n_encoders: int, **kwargs: object):
    evaluation = with_maps(make_evaluation(n_encoders, given_center=True, **kwargs))
    return replace(evaluation, thumbnail=thumbnail())


@pytest.fixture(scope="module", params=RUNS)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    save_evaluation(RUNS[request.param](), folder / "a.pgrun")
    return write_report(folder / "a.pgrun", folder / "report.html")


def test_it_asks_for_nothing_and_complains_of_nothing(page, report):
    for width in (SCREEN, PHONE):
        seen = look(page, report.as_uri(), "body", width)
        assert seen.faults == seen.broken == []
        assert from_elsewhere(seen, home=report.as_uri()) == []


def test_every_link_leads_to_its_section(page, report):
    seen = look(page, report.as_uri(), "body", SCREEN)
    assert len(seen.links) > 10
    assert dead_links({report.as_uri(): seen}) == []


def test_it_can_be_read_on_a_desk_and_on_a_phone(page, report):
    for width in (SCREEN, PHONE):
        seen = look(page, report.as_uri(), "body", width)
        assert (seen.width, seen.cut_off) == (width, [])
        assert seen.smallest >= SMALLEST


def test_charts_scroll_on_a_phone_rather_than_shrink(page, report):
    look(page, report.as_uri(), "body", PHONE)
    charts = page.script("""[...document.querySelectorAll("main figure > img[src*=svg]")]
        .map(each => [each.clientWidth, each.naturalWidth,
                      getComputedStyle(each.parentElement).overflowX])""")
    assert charts
    for width, own, how in charts:
        assert width >= 0.9 * min(own, 640)
        assert how == "auto"


def test_on_paper_nothing_is_cut_off_and_slides_lie_under_their_layers(page: Page, report):
    look(page, report.as_uri(), "body", SCREEN)
    assert cut_off_on_paper(page, "body") == []
    text, outside = text_of(page.pdf())
    assert outside == 0
    assert "Forresearchuseonly" in text
    adjusted = page.script("""[...document.querySelectorAll(".stack, td, .outcome")]
        .map(each => getComputedStyle(each).printColorAdjust)""")
    assert set(adjusted) == {"exact"}
