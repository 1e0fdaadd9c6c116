"""The help in the window: each entry in plain words, then for the statistician."""

from __future__ import annotations

import re

import pytest

from pathgui.assets import docs_path
from pathgui.gui.results.summary_help import help_markdown, plain_entries, slug

PLAIN = docs_path("measures.md").read_text(encoding="utf-8")
FORMULAS = docs_path("measurements.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^###? (.+)$", FORMULAS.split("\n## Edge cases")[0], re.MULTILINE)
CODE_WORDS = (
    "f0",
    "by_chance",
    "mostly_SS",
    "enrichment",
    "random_minus_grouped",
    "`",
    "hospitals",
)


@pytest.mark.parametrize("title", ENTRIES)
def test_each_entry_for_statisticians_has_one_in_plain_words(title):
    assert PLAIN.count(f"[Formula](measurements.md#{slug(title)})") == 1


def test_plain_words_name_no_entry_that_is_gone():
    assert set(plain_entries(PLAIN)) == {slug(title) for title in ENTRIES}


@pytest.mark.parametrize("word", CODE_WORDS)
def test_the_page_for_readers_is_free_of(word):
    assert word not in PLAIN


@pytest.mark.parametrize("title", ENTRIES)
def test_the_help_says_an_entry_in_plain_words_before_the_formula(title):
    (section,) = (part for part in re.split(r"^##+ ", help_markdown(), flags=re.MULTILINE)
                  if part.startswith(f"{title}\n"))  # fmt: skip
    words = plain_entries(PLAIN)[slug(title)]
    formula = section.index("**For the statistician.**")
    assert section.index(words) < formula
    assert len(section[formula:].split()) > 10


def test_the_help_has_no_link_to_a_page_that_it_cannot_open():
    assert not re.search(r"\]\((?!https?:)", help_markdown())
