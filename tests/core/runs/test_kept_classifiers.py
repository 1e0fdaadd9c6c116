"""Classifiers that were judged later lie beside the record, and come back with it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pathgui.core.errors import RecordError
from pathgui.core.runs.kept_classifiers import (
    CLASSIFIERS_FILE,
    JudgedClassifier,
    add_classifier,
    load_classifiers,
)
from pathgui.core.runs.run_files import RUN_FILE, load_evaluation, load_run, save_evaluation
from tests.core.classifier.assessed import assessed
from tests.run_factory import make_evaluation


@pytest.fixture
def folder(tmp_path):
    save_evaluation(make_evaluation(), tmp_path / "a.pgrun")
    return tmp_path / "a.pgrun"


def judged(**other):
    return JudgedClassifier("2026-11-30T15:00:00+00:00", "0.1", replace(assessed(), **other))


def test_they_come_back_with_the_evaluation_whose_record_stays_as_it_is(folder):
    run, record = load_run(folder), (folder / RUN_FILE).read_bytes()
    assert load_evaluation(folder).classifiers == ()
    add_classifier(folder, run, judged())
    assert load_evaluation(folder).classifiers == (assessed(),)
    assert (folder / RUN_FILE).read_bytes() == record


def test_the_last_one_of_a_file_and_its_columns_counts(folder):
    run = load_run(folder)
    add_classifier(folder, run, judged())
    add_classifier(folder, run, judged(columns=["other"]))
    add_classifier(folder, run, judged(wrong=7))
    kept = load_classifiers(folder, run)
    assert [(each.found.columns, each.found.wrong == 7) for each in kept] == [
        (["other"], False),
        ([], True),
    ]


def test_a_run_that_is_saved_anew_holds_none_of_the_run_before(folder):
    add_classifier(folder, load_run(folder), judged())
    save_evaluation(make_evaluation(), folder)
    assert not (folder / CLASSIFIERS_FILE).exists()


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ('{"run_id": "other", "judged": []}', "another run")]
)
def test_a_file_that_is_damaged_or_of_another_run_is_refused_in_words(folder, text, said):
    (folder / CLASSIFIERS_FILE).write_text(text)
    with pytest.raises(RecordError, match=said):
        load_evaluation(folder)
