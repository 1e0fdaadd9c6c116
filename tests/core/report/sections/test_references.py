"""Each citation has a reference, each reference is cited, and numbers rise through the report."""

from __future__ import annotations

import re

import pytest

from pathgui.core.report.sections.references import REFERENCES, cite
from tests.core.report.readers import CASES, IDS, RUNS, blocks, page, words

CITED = re.compile(r"\(refs?\. ([\d, ]+)\)")


def parts(run: str, options: str = "all") -> tuple[str, list[str]]:
    """The text before the list of references, and the list."""
    text, _, rest = page(run, options).partition("<h3>References</h3>")
    return words(text), re.findall(r"<li>(.*?)</li>", rest.partition("</ol>")[0])


@pytest.mark.parametrize("run", RUNS)
def test_each_citation_has_its_reference_and_each_reference_is_cited(run):
    text, listed = parts(run)
    numbers = [int(each) for found in CITED.findall(text) for each in found.split(", ")]
    assert numbers
    assert sorted(set(numbers)) == list(range(1, len(listed) + 1))
    assert list(dict.fromkeys(numbers)) == sorted(set(numbers))  # in the order of the text
    assert len(set(listed)) == len(listed)


def test_a_report_of_all_there_is_cites_every_work():
    _, listed = parts("maps")
    assert sorted(listed) == sorted(each.full for each in REFERENCES.values())


@pytest.mark.parametrize(("run", "options"), CASES, ids=IDS)
def test_no_citation_is_left_without_a_number(run, options):
    assert "[@" not in page(run, options)


def test_without_the_list_author_and_year_stand_in_the_text():
    text = "\n".join(blocks(page("maps", "without glossary")))
    assert not CITED.search(text)
    assert "(Holm 1979)" in text
    assert "(Kömen 2026)" in text


def test_what_the_text_names_after_its_author_or_as_a_guideline_is_cited_beside_it():
    text = " ".join(parts("maps")[0].split())
    for name in ("Holm", "TRIPOD+AI", "TRIPOD-Cluster", "CLAIM", "MI-CLAIM", "DECIDE-AI"):
        assert re.search(rf"{re.escape(name)} \(ref\. \d+\)", text), name


def test_a_work_that_is_not_listed_cannot_be_cited():
    with pytest.raises(KeyError):
        cite("nobody")
