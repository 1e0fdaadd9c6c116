"""An evaluation whose center is another column of the reference set, and several beside it."""

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.given import check_given
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.reference.roles import USUAL
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.runs.run_files import load_run, save_evaluation
from tests.asking import ask, evaluate
from tests.material import SCANNERS, make_reference

QUICK = {"shortcut": "none", "maps": False, "k": 3}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("roles"), slides=4)


@pytest.fixture(scope="module")
def asked(reference):
    columns = ("scanner", "center")
    return ask(reference, ["color-statistics"], center_columns=columns, **QUICK)


@pytest.fixture(scope="module")
def evaluation(asked):
    return evaluate(asked)


def test_the_record_says_which_columns_were_measured_and_how_they_go_together(evaluation, tmp_path):
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    run = load_run(tmp_path / "a.pgrun")
    facts, measured = run.reference, run.encoders[0].reference
    assert (facts.columns.center, facts.columns.tissue) == ("scanner", "tissue")
    assert measured.columns == facts.columns
    assert facts.centers == list(measured.centers) == list(SCANNERS)
    (further,) = facts.confounders
    assert (further.column, further.values) == ("center", ["Lakeside", "Northfield"])
    assert further.tissue_by_value == [[16, 16], [16, 16]]
    assert further.slides_by_cell == [[4, 4], [4, 4]]
    (pair,) = facts.associations
    assert (pair.one, pair.other, pair.n_slides) == ("scanner", "center", 8)
    assert pair.cramers_v == pytest.approx(0)
    assert [each.column for each in measured.confounders] == ["center"]


def test_the_numbers_are_those_of_a_run_of_each_column_alone(evaluation, reference):
    both = evaluation.run.encoders[0].reference
    scanner, center = (
        evaluate(ask(reference, ["color-statistics"], center_columns=columns, **QUICK))
        .run.encoders[0].reference
        for columns in (("scanner",), ())
    )  # fmt: skip
    assert both.robustness_index == scanner.robustness_index
    assert both.confounders[0].robustness_index == center.robustness_index
    assert center.columns == USUAL
    assert center.confounders == []


def test_the_command_asks_for_the_columns_again(asked):
    words = repeat_command(asked, AskedAs("a.pgrun"))
    assert "--center-column scanner --center-column center" in words


def test_tiles_without_a_scanner_are_left_out_of_the_run_and_said(reference):
    table = reference.further
    texts = np.array(table.column("scanner").to_pylist(), dtype=object)
    texts[:3] = None
    scanner = table.column_names.index("scanner")
    gaps = replace(reference, further=table.set_column(scanner, "scanner", [texts.tolist()]))
    asked = ask(gaps, ["color-statistics"], center_columns=("scanner",), **QUICK)
    run = evaluate(asked).run
    assert (run.reference.n_tiles, run.reference.left_out) == (61, 3)
    assert any("3 of 64 tiles" in event.text for event in run.events)
    assert run.encoders[0].reference.n_tiles == 61


def test_what_is_said_of_a_slide_is_a_value_of_the_main_column(reference):
    played = in_roles(reference, ["scanner", "center"])
    check_given(played, "GT450", None, new_center=False)
    with pytest.raises(ReferenceSetError, match="has no scanner 'Lakeside'"):
        check_given(played, "Lakeside", None, new_center=False)
    with pytest.raises(ReferenceSetError, match="has the scanner GT450: it is not new"):
        check_given(played, "GT450", None, new_center=True)
