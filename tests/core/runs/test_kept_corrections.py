"""Corrections that were tried later lie beside the record, and come back with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.runs.kept_corrections import (
    CORRECTIONS_FILE,
    TriedCorrections,
    add_corrections,
    load_corrections,
)
from pathgui.core.runs.run_files import RUN_FILE, load_run, save_evaluation
from tests.core.results.test_corrections import LEACE, found
from tests.run_factory import make_evaluation

NEW = found(LEACE)


@pytest.fixture
def folder(tmp_path):
    save_evaluation(make_evaluation(), tmp_path / "a.pgrun")
    return tmp_path / "a.pgrun"


def tried(run, result=NEW):
    return TriedCorrections(
        run.encoders[0].encoder.name, "2026-11-30T15:00:00+00:00", "0.1", result
    )


def test_they_come_back_with_the_run_whose_record_stays_as_it_is(folder):
    run, record = load_run(folder), (folder / RUN_FILE).read_bytes()
    assert run.encoders[0].corrections is None
    add_corrections(folder, run, tried(run))
    assert load_run(folder).encoders[0].corrections == NEW
    assert (folder / RUN_FILE).read_bytes() == record


def test_the_last_one_of_an_encoder_counts(folder):
    run = load_run(folder)
    add_corrections(folder, run, tried(run))
    other = found(LEACE, v=0.4)
    add_corrections(folder, run, tried(run, other))
    assert [each.found for each in load_corrections(folder, run)] == [other]


def test_a_record_with_corrections_of_its_own_is_read_back(folder):
    evaluation = make_evaluation()
    first, *others = evaluation.run.encoders
    run = replace(evaluation.run, encoders=[replace(first, corrections=NEW), *others])
    save_evaluation(replace(evaluation, run=run), folder)
    assert load_run(folder).encoders[0].corrections == NEW


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ('{"run_id": "other", "tried": []}', "another run")]
)
def test_a_file_that_is_damaged_or_of_another_run_is_refused_in_words(folder, text, said):
    (folder / CORRECTIONS_FILE).write_text(text)
    with pytest.raises(RecordError, match=said):
        load_run(folder)
