"""What encoders are to be used for, as it is written down, kept and read again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pathgui.core.errors import IntendedUseError
from pathgui.core.results.run_diff import diff_runs
from pathgui.core.runs.intended_use import IntendedUse, load_intended_use, save_intended_use
from pathgui.core.runs.run_files import load_run, save_evaluation
from tests.asking import ask, evaluate
from tests.material import make_reference
from tests.run_factory import make_evaluation

NOW = "2026-11-24T09:00:00+01:00"
USE = IntendedUse(
    use='pre-sorting, "first reader"',
    tissue="前立腺, needle biopsy",
    stain="H&E",
    scanner="two models, 40×",
    question="May the classifier rest on it?\nIf so, until when?",
    out_of_scope=("frozen sections", "cytology"),
    who="A. Žižková",
    set_at="2026-11-20T08:15:00+01:00",
)


def test_a_file_holds_all_of_it(tmp_path):
    save_intended_use(USE, tmp_path / "use.toml", times=True)
    assert load_intended_use(tmp_path / "use.toml", set_at=NOW) == USE


def test_without_times_it_is_set_when_it_is_read(tmp_path):
    save_intended_use(USE, tmp_path / "use.toml")
    assert load_intended_use(tmp_path / "use.toml", set_at=NOW) == replace(USE, set_at=NOW)


@pytest.mark.parametrize("written", ['"cytology\\n frozen"', '["cytology", "frozen "]'])
def test_what_is_out_of_scope_is_a_list_or_lines(tmp_path, written):
    (tmp_path / "use.toml").write_text(f"out_of_scope = {written}\n")
    found = load_intended_use(tmp_path / "use.toml", set_at=NOW)
    assert found.out_of_scope == ("cytology", "frozen")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purpose = 'x'", "purpose is not known. Known are: use, tissue"),
        ("use = 3", "use must be text in quotes, not 3"),
        ("out_of_scope = [1]", "must be a list of texts"),
        ("who = 'A. Rossi'", "says nothing. Give at least one of use, tissue"),
        ("use = ", "is not TOML"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(tmp_path, text, said):
    path = tmp_path / "use.toml"
    path.write_text(text)
    with pytest.raises(IntendedUseError, match=said) as found:
        load_intended_use(path, set_at=NOW)
    assert str(path) in str(found.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(IntendedUseError, match=r"none\.toml cannot be read"):
        load_intended_use(tmp_path / "none.toml", set_at=NOW)


def test_it_is_frozen_when_the_run_begins_and_kept_with_it(tmp_path):
    reference = make_reference(tmp_path / "set")
    request = ask(reference, ("color-statistics",), device="cpu", maps=False, intended_use=USE)
    evaluation = evaluate(request)
    assert evaluation.run.intended_use == replace(USE, frozen_at=evaluation.run.started)
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    assert load_run(tmp_path / "a.pgrun").intended_use == evaluation.run.intended_use


def test_one_that_says_nothing_is_not_kept(tmp_path):
    reference = make_reference(tmp_path / "set")
    empty = IntendedUse(who="A. Rossi", set_at=NOW)
    request = ask(reference, ("color-statistics",), device="cpu", maps=False, intended_use=empty)
    assert evaluate(request).run.intended_use is None


def test_a_run_kept_before_there_was_such_a_thing_opens(tmp_path):
    folder = tmp_path / "a.pgrun"
    save_evaluation(make_evaluation(1), folder)
    kept = json.loads((folder / "run.json").read_text())
    del kept["intended_use"]
    (folder / "run.json").write_text(json.dumps(kept))
    assert load_run(folder).intended_use is None


def test_comparing_two_runs_says_that_the_use_changed():
    one, other = make_evaluation(1), make_evaluation(1)
    one = replace(one, run=replace(one.run, intended_use=USE))
    other = replace(other, run=replace(other.run, intended_use=replace(USE, stain="HES")))
    changes = [each for each in diff_runs(one, other).changes if each.part == "Intended use"]
    assert [(each.name, each.before, each.after) for each in changes] == [("Stain", "H&E", "HES")]


def test_the_plan_of_further_checks_is_kept_with_the_use(tmp_path):
    planned = IntendedUse(every_months=6, triggers=("a new scanner", "a new stain batch"))
    assert planned.stated
    save_intended_use(planned, tmp_path / "use.toml")
    assert replace(load_intended_use(tmp_path / "use.toml", set_at="now"), set_at="") == planned
    assert IntendedUse().plan.stated is False


@pytest.mark.parametrize("value", ["0", "121", "true", '"six"', "1.5"])
def test_an_interval_that_is_no_number_of_months_is_refused(tmp_path, value):
    (tmp_path / "use.toml").write_text(f"every_months = {value}\n")
    with pytest.raises(IntendedUseError, match="every_months must be a whole number from 1 to 120"):
        load_intended_use(tmp_path / "use.toml", set_at="now")
