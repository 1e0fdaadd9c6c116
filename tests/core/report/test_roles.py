"""Where another column plays the center, the report calls it by its name throughout."""

import html
import re

import pytest

from pathgui.core.report.render.html import render_html
from pathgui.core.report.report import build
from pathgui.core.report.sections.options import ReportOptions
from tests.core.results.test_role_words import in_role

# What says center although "Klinik" plays it: names of roles, options and works, and what others
# wrote; the hospitals of the made-up run are values.
MAY = re.compile(
    r"Center column|Alder Hospital|virtual hospitals|medical center differences",
    re.IGNORECASE,
)
CENTER = re.compile(r".{0,60}\b(?:centers?|hospitals?)\b.{0,60}", re.IGNORECASE)


def text_of(evaluation):
    """All words of a report, those of pictures and of their alternatives too."""
    page = render_html(build(evaluation, b"{}", ReportOptions())).decode()
    body = re.sub(r"<style>.*?</style>|\bdata:[^\"]*", " ", page, flags=re.DOTALL)
    in_pictures = re.findall(r"<svg.*?</svg>", body, flags=re.DOTALL)
    written = [text for svg in in_pictures for text in re.findall(r"<!--(.*?)-->", svg, re.DOTALL)]
    alternatives = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', body)
    body = re.sub(r"<svg.*?</svg>", " ", body, flags=re.DOTALL)
    words = " ".join([re.sub(r"<[^>]+>", " ", body), *written, *alternatives])
    return re.sub(r"\s+", " ", html.unescape(words))


@pytest.fixture(scope="module")
def page():
    return text_of(in_role("Klinik"))


def test_no_sentence_of_the_whole_report_calls_its_values_centers(page):
    assert CENTER.findall(MAY.sub(" ", page)) == []


def test_headings_and_sentences_of_the_results_have_the_columns_own_word(page):
    for text in (
        'or the "Klinik" of the slides?',
        'How near tissue and "Klinik" are',
        'Errors, and the tile’s own "Klinik"',
        'Single values of "Klinik" and tissues',
        'no known "Klinik"',
    ):
        assert text in page


def test_its_terms_are_explained_by_that_word(page):
    assert re.search(r"what the column .{0,6}Klinik.{0,6} of the reference set says", page)
    assert "the hospital or laboratory that made" not in page
