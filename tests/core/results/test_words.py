"""What core says in words holds no name that was given up, and no long sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.results.measures import MEASURES, InReport
from pathgui.core.results.published import VALUE_TITLES
from pathgui.core.results.summary import COLUMNS
from tests.words import retired, texts_of, too_long

CORE = Path(__file__).resolve().parents[3] / "pathgui" / "core"
ROOMS = ("cost", "embedding", "evaluation", "explore", "measurement", "metrics", "phantom",
         "reference", "results", "runs")  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_no_text_is_longer_or_uses_a_word_that_was_given_up(room):
    said = [(path.name, text) for path in (CORE / room).rglob("*.py") for text in texts_of(path)]
    assert said
    assert [each for each in said if retired(each[1])] == []
    assert [each for each in said if too_long(each[1])] == []


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measurement_is_explained_in_short_sentences(measure):
    report = measure.report
    said = [measure.title, measure.help, str(measure.column)]
    if isinstance(report, InReport):
        said += [report.heading, report.words]
    for text in said:
        assert retired(text) == []
        assert too_long(text) == []


def test_columns_and_published_values_use_the_same_names():
    for text in [*VALUE_TITLES.values(), *(f"{each.title}: {each.help}" for each in COLUMNS)]:
        assert retired(text) == []
        assert too_long(text) == []


def test_high_for_center_is_explained_alike_wherever_the_center_is_read():
    explained = {measure.help.partition("High: ")[2][:40] for measure in MEASURES
                 if measure.key in ("center_knn", "center_probe", "case_center_probe")}  # fmt: skip
    assert explained == {"the center can be read from the embedding. "[:40]}


def test_no_count_leaves_it_to_the_reader_whether_there_is_one_or_more():
    said = [(path.name, text) for path in CORE.parent.rglob("*.py") for text in texts_of(path)]
    assert len(said) > 1000
    assert [each for each in said if "(s)" in each[1]] == []
