"""The slides of a cohort in one run, for other programs."""

from __future__ import annotations

import pytest

import pathgui
from tests.cohorts import make_study
from tests.material import make_reference

QUICK = {"k": 5, "sweep": "none", "maps": False, "device": "cpu", "encoders": "color-statistics"}


def test_a_cohort_becomes_one_run_that_gives_each_slide(tmp_path):
    reference = make_reference(tmp_path / "set", slides=2, tiles=3).folder
    cohort = make_study(tmp_path / "study", 2, broken=True).folder
    asked = {"reference": reference, "cohort": cohort, "slide_id": ["S-01", "C-gone"], **QUICK}
    run = pathgui.evaluate(**asked, out=tmp_path / "a.pgrun")
    assert list(run.slides.values()) == [
        "done",
        "Its file is not found: pathgui cohort add COHORT --find FOLDER.",
    ]
    one = run.slide("S-01")
    assert one.tiles().num_rows > 0
    assert one.slide_verdicts.keys() == {"color-statistics"}
    assert pathgui.open_run(tmp_path / "a.pgrun").slide("S-01").tiles().equals(one.tiles())
    copy = run.save(tmp_path / "b.pgrun")
    assert pathgui.open_run(copy).slide("S-01").tiles().equals(one.tiles())
    with pytest.raises(pathgui.PathguiError, match="S-02"):
        run.slide("S-02")
    again = pathgui.evaluate(**asked, out=tmp_path / "a.pgrun", retry_failed=True)
    assert again.record.slides[0] == run.record.slides[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cohort": "c.pgcohort"}, "say where, with out="),
        ({"cohort": "c.pgcohort", "slide": "a.svs"}, "slide is of one slide"),
        ({"cohort": "c.pgcohort", "center": "A"}, "center is of one slide"),
        ({"slide_id": "A"}, "slide_id is of a cohort"),
        ({"retry_failed": True}, "retry_failed is of a cohort"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given, said):
    with pytest.raises(pathgui.PathguiError, match=said):
        pathgui.evaluate(reference="r.pgref", **QUICK, **given)
