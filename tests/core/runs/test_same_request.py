"""What differs between a run that is not finished and what is asked for now, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.runs.same_request import differences
from pathgui.core.slides.slide_file import SlideFile
from pathgui.version import __version__
from tests.cohort_run_factory import make_cohort_run
from tests.core.stand_ins import spec_of
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=1, tiles=1)


@pytest.fixture
def run():
    found = make_cohort_run(2)[0].run
    return replace(found, pathgui=__version__)


@pytest.fixture
def request_(run, reference):
    slides = tuple(
        AskedSlide(
            each.slide_id,
            SlideFile(Path(f"{each.slide_id}.svs")),
            center=each.center,
            tissue=each.tissue,
            patient=each.patient or "",
        )
        for each in run.slides
    )
    return EvaluationRequest(
        reference=reference.place,
        specs=tuple(spec_of(name=each.encoder.name) for each in run.encoders),
        settings=replace(run.settings, keep_names=True),
        cohort=run.cohort,
        slides=slides,
    )


@pytest.fixture
def found(run, request_, reference):
    def ask(request=request_, **changed):
        before = replace(run, settings=request_.settings, **changed)
        return differences(
            before,
            request,
            CohortNames(request, reference),
            reference_sha256=run.reference.sha256,
            device="cpu",
        )

    return ask


def test_the_same_request_goes_on(found):
    assert found() == []


def with_slide(request, row, **changed):
    slides = list(request.slides)
    slides[row] = replace(slides[row], **changed)
    return replace(request, slides=tuple(slides))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: replace(r, specs=r.specs[:1]), "its encoders were color-statistics, "),
        (lambda r: replace(r, settings=replace(r.settings, seed=4)), "Seed was 0, not 4"),
        (lambda r: replace(r, criteria=(Criterion("support", "at least", 0.2),)), "criteria"),
        (lambda r: replace(r, intended_use=IntendedUse(use="x")), "intended use was another"),
        (lambda r: replace(r, cohort=replace(r.cohort, id="1")), "its cohort was another"),
        (lambda r: replace(r, cohort=replace(r.cohort, center_column="x")), "column center"),
        (lambda r: replace(r, slides=r.slides[1:]), "S-01 is done there and not asked for now"),
        (lambda r: with_slide(r, 1, center="x"), "the center of S-02 was Birch Clinic"),
        (lambda r: with_slide(r, 1, patient="x"), "the patient of S-02 was P-1"),
        (lambda r: with_slide(r, 0, file=SlideFile(Path("a"), 0.5)), "the mpp of S-01 was 0.25"),
    ],
)
def test_what_differs_is_said(found, request_, change, said):
    (only,) = found(change(request_))
    assert said in only


def test_another_version_or_device_is_another_request(found):
    assert found(pathgui="0.0.1") == [f"pathgui 0.0.1 began it, and this is {__version__}"]


def test_slides_that_are_not_done_may_change_and_there_may_be_more(found, request_):
    changed = with_slide(request_, 2, center="x", file=SlideFile(Path("a"), 0.5))
    more = replace(changed, slides=(*changed.slides, AskedSlide("S-99", None)))
    assert found(more) == []
