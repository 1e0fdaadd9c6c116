"""Which names a run keeps, and which the user's own desk shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.appraisal.appraisal import appraise
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.core.runs.private_names import (
    named_for_keeping,
    named_for_the_desk,
    slides_for_the_desk,
)
from pathgui.core.runs.record import EncoderFailure, RunEvent
from pathgui.core.slides.slide import open_slide
from pathgui.core.system.json_records import to_json
from tests.asking import ask, evaluate
from tests.cohort_run_factory import make_cohort_run
from tests.core.appraisal.making import reference_of
from tests.material import make_reference

KEY = b"of one user"
NAMES = {f"{c}-{n}": f"Doe_{c}_{n}" for c in ("Lakeside", "Northfield") for n in range(3)}


@pytest.fixture(scope="module")
def made(tmp_path_factory, slide_path):
    """A folder and a reference set that are named for patients, and a slide in the folder."""
    folder = tmp_path_factory.mktemp("home") / "Smith Anna"
    slide = folder / "H-2019-0047.tif"
    reference = make_reference(folder, slide_names=NAMES)
    slide.write_bytes(slide_path.read_bytes())
    return slide, reference


def kept(made, **options):
    slide, reference = made
    with open_slide(slide) as opened:
        request = ask(
            reference, ("color-statistics",), opened, k=5, maps=False, pseudonym_key=KEY, **options
        )
        return request, evaluate(request)


@pytest.fixture(scope="module")
def run(made):
    return kept(made)


def test_slide_and_reference_slides_are_called_by_pseudonyms_of_the_key(made, run):
    request, evaluation = run
    facts = evaluation.run.slide
    assert facts.file_name == f"{facts.pseudonym}.tif"
    assert not set(NAMES.values()) & set(evaluation.known.slides)
    assert len(set(evaluation.known.slides)) == len(NAMES)
    other = replace(request, pseudonym_key=b"of another user")
    again = replace(evaluation, known=named(made, evaluation))
    again = named_for_keeping(again, other, request.at_hand)
    assert not set(again.known.slides) & set(evaluation.known.slides)


def named(made, evaluation):
    return named_for_the_desk(evaluation.known, evaluation.run.reference.sha256, made[1])


def test_on_request_names_stay_and_folders_go_all_the_same(made):
    _, evaluation = kept(made, keep_names=True)
    assert evaluation.run.slide.file_name == "H-2019-0047.tif"
    assert set(evaluation.known.slides) == set(NAMES.values())


def test_every_sentence_is_scrubbed_of_names_and_folders(made, run):
    request, evaluation = run
    folder = made[0].parent
    text = f"{folder}/H-2019-0047.tif and Doe_Lakeside_1 were slow to read."
    failure = EncoderFailure("uni", "UNI", text)
    said = replace(
        evaluation.run, command=text, events=[RunEvent("", text)], failures=[failure],
        encoders=[replace(each, warnings=[text]) for each in evaluation.run.encoders],
        slide=replace(evaluation.run.slide, file_name="H-2019-0047.tif"),
    )  # fmt: skip
    found = named_for_keeping(replace(evaluation, run=said, known=None), request, request.at_hand)
    quoted = [
        found.run.command, found.run.events[0].text, found.run.failures[0].reason,
        found.run.encoders[0].warnings[0],
    ]  # fmt: skip
    for each in quoted:
        assert each.endswith("were slow to read.")
        for secret in ("Doe", "Smith", "H-2019-0047", str(folder)):
            assert secret not in each
    assert found.told[0].reason == text  # the user who waits is told the name


def test_on_the_desk_of_who_has_the_set_its_own_names_are_shown(made, run):
    _, evaluation = run
    known = named(made, evaluation)
    assert set(known.slides) == set(NAMES.values())
    assert known.names == made[1].tiles


def test_of_another_set_or_none_the_pseudonyms_stay(made, run, tmp_path):
    _, evaluation = run
    known, sha256 = evaluation.known, evaluation.run.reference.sha256
    assert named_for_the_desk(known, sha256, None) is known
    assert named_for_the_desk(known, "another", made[1]) is known


def test_what_is_in_the_set_twice_bears_no_name_of_a_slide_patient_or_tile(made, run):
    request, evaluation = run
    rows = [
        ("tumor", "North", "Lakeside-0", "Mrs. Miller"),
        ("tumor", "South", "Lakeside_0", "Mrs. Miller"),
    ]
    found = appraise(reference_of(rows, pictures=["one", "one"]))
    assert found.doubles.pictures
    assert found.doubles.slides
    assert found.doubles.patients
    reference = replace(evaluation.run.reference, appraisal=found)
    evaluation = replace(evaluation, run=replace(evaluation.run, reference=reference))
    evaluation = replace(evaluation, known=named(made, evaluation))
    kept = named_for_keeping(evaluation, request, request.at_hand).run.reference.appraisal
    text = to_json(kept).decode()
    for name in ("Lakeside", "Miller", "tile 0"):
        assert name not in text
    names = Pseudonyms(KEY, evaluation.run.reference.sha256)
    assert kept.doubles.patients[0].patient == names.patient("Mrs. Miller")


def test_slides_and_what_was_said_of_them_bear_true_names_on_their_users_desk():
    run = make_cohort_run()[0].run
    first, other = "slide-0000000a", "slide-0000000b"
    failed = replace(run.slides[-1], slide_id=first, reason=f"{first}.tif is cut off; see {other}.")
    known = {first: "Größe 1", f"{first}.tif": "H 47.tif"}
    seen = slides_for_the_desk(replace(run, slides=[run.slides[0], failed]), known)
    assert seen.slides[0] == run.slides[0]
    assert seen.slides[1].slide_id == "Größe 1"
    assert seen.slides[1].reason == f"H 47.tif is cut off; see {other}."
    without_file = slides_for_the_desk(replace(run, slides=[failed]), {first: "A"})
    assert without_file.slides[0].reason == f"A.tif is cut off; see {other}."
