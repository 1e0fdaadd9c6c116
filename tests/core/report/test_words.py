"""The words of the report: as a pathologist reads them, in plain sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathgui.core.report.render.document import (
    Bullets,
    Heading,
    Image,
    Note,
    Paragraph,
    Table,
)
from pathgui.core.report.sections.options import SECTIONS
from tests.core.report.readers import CASES, IDS, RUNS, blocks, page, report, words

ROOT = Path(__file__).resolve().parents[3]


def text_of(run: str, options: str) -> str:
    """All that a reader meets, the words in charts too."""
    drawn = [
        words(content.decode())
        for name, content in report(run, options).files.items()
        if name.endswith(".svg")
    ]
    return "\n".join([*blocks(page(run, options)), *drawn])


@pytest.mark.parametrize(("run", "options"), CASES, ids=IDS)
def test_a_cell_is_a_biological_one_to_a_reader_so_the_report_does_not_say_it(run, options):
    assert not re.search(r"\bcells?\b(?! RNA)", text_of(run, options).replace("single-cell", ""))


@pytest.mark.parametrize(("run", "options"), CASES, ids=IDS)
def test_what_chance_would_give_is_the_chance_value_and_nothing_else(run, options):
    assert not re.search(r"(?i)\bnull\b|\bguessing\b", text_of(run, options))


def test_the_page_on_the_report_names_every_section_and_every_heading_of_the_results():
    text = (ROOT / "docs/report-pages.md").read_text(encoding="utf-8")
    for number, (_, title) in enumerate(SECTIONS, 1):
        assert f"{number} {title}" in text
    results = next(each for each in report("maps").sections if each.key == "results")
    encoders = {each.encoder.title for each in RUNS["maps"]().run.encoders}
    for block in results.blocks:
        if isinstance(block, Heading) and block.text not in encoders:
            assert block.text.partition(":")[0].replace("’", "'") in text, block.text


def sentences(run: str, options: str) -> list[str]:
    """Those of running text, notes, lists and captions."""
    texts = []
    for section in report(run, options).sections:
        if section.key == "glossary":
            continue
        for block in section.blocks:
            if isinstance(block, (Paragraph, Note)):
                texts.append(block.text)
            elif isinstance(block, Bullets):
                texts += block.items
            elif isinstance(block, (Table, Image)):
                texts.append(block.caption)
    found = [each for text in texts for each in re.split(r"(?<=[.?!])\s+(?=[A-Z“])|(?<=:)\s", text)]
    return [each for each in found if each.strip()]


@pytest.mark.parametrize(("run", "options"), CASES, ids=IDS)
def test_sentences_are_short(run, options):
    lengths = sorted(len(each.split()) for each in sentences(run, options))
    assert sum(lengths) / len(lengths) < 16
    long = [each for each in sentences(run, options) if len(each.split()) > 45]
    assert [each for each in long if each.count(";") < 4] == []  # the others are lists
