"""Where another column plays the center, the report calls it by its name throughout."""

import html
import re

import pytest

from pathgui.core.report.render.html import render_html
from pathgui.core.report.report import build
from pathgui.core.report.sections.options import ReportOptions
from tests.core.results.test_role_words import in_role

# Sentences that no run's columns change: what goes into every report as it stands.
AS_IT_STANDS = ("methods", "limits", "checklist", "glossary", "materials")


@pytest.fixture(scope="module")
def page():
    options = ReportOptions(left_out=frozenset(AS_IT_STANDS) - {"limits"})
    text = render_html(build(in_role("Klinik"), b"{}", options)).decode()
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>|\bdata:[^\"]*", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


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
