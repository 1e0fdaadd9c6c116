"""Several columns in the center's role, in words: the same for window, terminal and report."""

from dataclasses import replace

import pytest

from pathgui.core.results.confounders import (
    COLUMNS,
    TERMINAL,
    association_rows,
    association_sentences,
    columns_words,
    confounder_rows,
    has_confounders,
)
from pathgui.core.results.summary import summary_rows
from tests.anchors import anchors_of
from tests.confounder_factory import with_confounders
from tests.run_factory import make_evaluation


@pytest.fixture(scope="module")
def run():
    return with_confounders(2).run


def test_each_encoder_has_a_line_for_each_column_and_the_main_one_comes_first(run):
    rows = confounder_rows(run)
    assert [row.cells["column"].text for row in rows] == ["scanner", '"Klinik"', "batch"] * 2
    assert [row.main for row in rows] == [True, False, False] * 2
    assert columns_words(run) == 'scanner, "Klinik", batch'


def test_the_line_of_the_main_column_has_the_numbers_of_the_summary(run):
    for row, summary in zip(confounder_rows(run)[::3], summary_rows(run), strict=True):
        for key in ("index", "null"):
            assert row.cells[key].text == summary.cells[key].text
        assert row.cells["probe"].text.startswith(summary.cells["center_probe"].text[:4])


def test_a_line_says_more_than_chance_only_where_its_interval_does(run):
    main, low, none = confounder_rows(run)[:3]
    assert low.cells["reading"].text == '"Klinik"'  # its interval is below its chance value
    assert none.cells["reading"].text == "–"
    assert "cannot be told apart" in none.cells["index"].note
    reference = run.encoders[0].reference
    wide = replace(reference.confounders[0], robustness_index=reference.robustness_index)
    assert main.cells["reading"].text in ("tissue", "scanner", "can be chance")
    changed = replace(run.encoders[0], reference=replace(reference, confounders=[wide]))
    (same, again) = confounder_rows(replace(run, encoders=[changed]))
    assert same.cells["index"] == again.cells["index"]


def test_tiles_that_a_column_leaves_out_are_a_warning_of_its_line(run):
    assert confounder_rows(run)[1].warnings == (
        '10 tiles left out: the set does not say of which "Klinik".',
    )


def test_columns_that_go_together_are_said_not_to_be_told_apart(run):
    assert association_rows(run)[0] == (
        'scanner and "Klinik"',
        "Cramér’s V 0.41 over 24 slides; chance value about 0.35",
    )
    assert association_rows(run)[2][1].startswith("not assessable")
    first, second = association_sentences(run)
    assert "cannot be told apart" in first
    assert second == "Here one tells the other on every slide: scanner and batch."


def test_a_run_of_one_column_has_nothing_to_say():
    run = make_evaluation(2).run
    assert not has_confounders(run)
    assert confounder_rows(run) == []
    assert association_sentences(run) == []


def test_each_column_of_the_table_is_explained(run):
    assert {column.key for column in COLUMNS} >= TERMINAL
    assert {column.anchor for column in COLUMNS} <= anchors_of("measurements.md")
    for row in confounder_rows(run):
        assert set(row.cells) == {column.key for column in COLUMNS}
