from dataclasses import replace

from pathgui.core.baselines.numbers import OWN_CENTER, TISSUE_RIGHT, held_numbers
from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.cohort_run_factory import make_cohort_run
from tests.run_factory import make_evaluation


def test_each_encoder_has_its_numbers_and_those_of_a_slide_only_where_there_is_one():
    run = make_evaluation(n_encoders=2, slide=False).run
    keys = {each.measure for each in held_numbers(run)}
    assert {"robustness_index", "support", "tissue_probe"} <= keys
    assert "outside_share" not in keys
    assert {each.encoder for each in held_numbers(run)} == {r.encoder.name for r in run.encoders}
    assert "outside_share" in {each.measure for each in held_numbers(make_evaluation(1).run)}


def test_what_could_not_be_assessed_is_held_with_its_reason():
    run = make_evaluation(n_encoders=1, assessable=False, slide=False).run
    index = next(each for each in held_numbers(run) if each.measure == "robustness_index")
    assert isinstance(index.found, NotAssessable)


def test_a_run_on_a_cohort_holds_what_its_slides_show_together():
    run = make_cohort_run()[0].run
    names = [each.encoder.name for each in run.encoders]
    together = slides_together(run.slides, names, run.reference.centers)
    run = replace(run, over_slides=together)
    keys = {each.measure for each in held_numbers(run)}
    assert {OWN_CENTER, TISSUE_RIGHT} <= keys
