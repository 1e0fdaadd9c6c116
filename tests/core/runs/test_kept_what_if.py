"""What altered tiles did lies beside the record, and comes back with it."""

from __future__ import annotations

import msgspec
import pytest

from pathgui.core.errors import RecordError
from pathgui.core.runs.kept_what_if import WHAT_IF_FILE, add_what_if, load_what_if
from pathgui.core.runs.run_files import RUN_FILE, load_evaluation, load_run, save_evaluation
from pathgui.core.what_if.results import TriedWhatIf
from tests.core.what_if.test_results import FOUND
from tests.run_factory import make_evaluation


@pytest.fixture
def folder(tmp_path):
    save_evaluation(make_evaluation(), tmp_path / "a.pgrun")
    return tmp_path / "a.pgrun"


def tried(found=FOUND):
    name = make_evaluation().run.encoders[0].encoder.name
    return TriedWhatIf(name, "2026-11-30T15:00:00+00:00", "0.1", found)


def test_it_comes_back_with_the_run_whose_record_stays_as_it_is(folder):
    run, record = load_run(folder), (folder / RUN_FILE).read_bytes()
    assert load_evaluation(folder).what_if == {}
    add_what_if(folder, run, tried())
    assert load_evaluation(folder).what_if == {run.encoders[0].encoder.name: FOUND}
    assert (folder / RUN_FILE).read_bytes() == record


def test_the_last_one_of_an_encoder_counts(folder):
    run, other = load_run(folder), msgspec.structs.replace(FOUND, seed=7)
    add_what_if(folder, run, tried())
    add_what_if(folder, run, tried(other))
    assert [each.found for each in load_what_if(folder, run)] == [other]


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ('{"run_id": "other", "tried": []}', "another run")]
)
def test_a_file_that_is_damaged_or_of_another_run_is_refused_in_words(folder, text, said):
    (folder / WHAT_IF_FILE).write_text(text)
    with pytest.raises(RecordError, match=said):
        load_evaluation(folder)
