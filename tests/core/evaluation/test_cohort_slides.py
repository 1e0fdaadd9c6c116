"""The slides of a cohort as a request asks for them."""

from __future__ import annotations

import pytest

from pathgui.core.errors import CohortError
from pathgui.core.evaluation.cohort_slides import cohort_facts, slides_of
from pathgui.core.runs.options import new_settings
from tests.core.cohort.making import geojson, opened, slide


@pytest.fixture
def cohort(tmp_path):
    slide(tmp_path / "a.tif")
    found = opened(
        tmp_path / "C.pgcohort",
        {"slide_id": "A", "file": "../a.tif", "center": "Ulm", "mpp": "0.25", "remark": "Meyer"},
        {"slide_id": "B", "file": "../gone.tif", "scanner": "Aperio", "patient_id": "P1"},
        {"slide_id": "a", "file": "../a.tif"},
        {"slide_id": "", "file": "../a.tif"},
        {"slide_id": "E", "file": "../a.tif", "mpp": "forty"},
    )
    (found.folder / "regions").mkdir(exist_ok=True)
    geojson(found.folder / "regions" / "A.geojson")
    yield found
    found.close()


def test_each_row_becomes_a_slide_with_what_is_known_of_it(cohort):
    first, second, *_ = slides_of(cohort, new_settings())
    assert first.file.path.name == "a.tif"
    assert first.file.mpp == 0.25
    assert (first.center, first.tissue, first.patient, first.columns) == ("Ulm", None, "", {})
    assert first.regions.name == "A.geojson"
    assert second.file is None
    assert (second.patient, second.columns) == ("P1", {"scanner": "Aperio"})


def test_a_row_that_cannot_be_evaluated_says_why(cohort):
    problems = {each.slide_id: each.problem for each in slides_of(cohort, new_settings())}
    assert problems == {
        "A": "",
        "B": "",
        "a (row 3)": "It has the slide_id of row 1; two slides need two names.",
        "row 4": "It has no slide_id.",
        "E": "Its mpp is no positive number: forty.",
    }


def test_columns_that_may_hold_names_are_taken_only_where_names_are_kept(cohort):
    assert slides_of(cohort, new_settings(keep_names=True))[0].columns == {"remark": "Meyer"}


def test_some_slides_can_be_chosen_and_an_unknown_one_is_refused(cohort):
    assert [each.slide_id for each in slides_of(cohort, new_settings(), ["B"])] == ["B"]
    with pytest.raises(CohortError, match=r"C\.pgcohort has no slide Q\. It has A, B, a"):
        slides_of(cohort, new_settings(), ["Q"])


def test_the_run_says_which_columns_play_the_roles(cohort):
    facts = cohort_facts(cohort, new_settings())
    assert (facts.name, facts.center_column, facts.patient_column) == ("C", "center", "patient_id")


def test_a_run_may_have_another_column_play_the_center(cohort):
    settings = new_settings(center_columns=("scanner",))
    assert cohort_facts(cohort, settings).center_column == "scanner"
    assert [each.center for each in slides_of(cohort, settings)][:2] == [None, "Aperio"]
