"""Whether a run that is not finished was asked for by the same request, and in words what differs.

What is compared stands in the run itself, so nothing else has to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pathgui.core.language.texts import localized, say
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import OPTIONS
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.record import Run, SlideOfRun
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.version import __version__

_NO_MATTER = {"offline", "device"}  # options; the device is compared by what it was found to be


def differences(
    run: Run,
    request: EvaluationRequest,
    names: CohortNames,
    *,
    reference_sha256: str,
    device: str | None,
) -> list[str]:
    """What differs, each a clause for a sentence; empty where the run can go on.

    Slides that are not done yet may have changed, and there may be more of them.

    Parameters
    ----------
    run
        The part of it that is done.
    names
        Those by which the run calls slides and patients.
    device
        What the request's device was found to be; None: it may be another.
    """
    return list(_found(run, request, names, reference_sha256, device))


def _found(
    run: Run, request: EvaluationRequest, names: CohortNames, sha256: str, device: str | None
) -> Iterator[str]:
    if run.pathgui != __version__:
        yield say(
            "pathgui {pathgui} began it, and this is {version}",
            pathgui=run.pathgui,
            version=__version__,
        )
    if run.reference.sha256 != sha256:
        yield say(
            "its reference set was {reference_name} with other tiles or labels",
            reference_name=run.reference.name,
        )
    began = sorted([*(r.encoder.name for r in run.encoders), *(f.name for f in run.failures)])
    if began != sorted(request.encoders):
        yield say("its encoders were {began}", began=", ".join(began))
    if device is not None and run.settings.device != device:
        yield say(
            "it ran on {device}, not on {device2}", device=run.settings.device, device2=device
        )
    for option in OPTIONS:
        was, wanted = (getattr(each, option.name) for each in (run.settings, request.settings))
        if option.name not in _NO_MATTER and was != wanted:
            yield say(
                "{option_title} was {said}, not {said2}",
                option_title=option.title,
                said=option.said(was),
                said2=option.said(wanted),
            )
    judged = () if run.criteria is None else (each.criterion for each in run.criteria.items)
    before, now = (
        [replace(each, set_at="") for each in some] for some in (judged, request.criteria)
    )
    if before != now:
        yield say("its acceptance criteria were others")
    if _said_of(run.intended_use) != _said_of(request.intended_use):
        yield say("its intended use was another")
    cohort = request.cohort
    if run.cohort is None or cohort is None or run.cohort.id != cohort.id:
        yield say("its cohort was another")
    elif run.cohort.center_column != cohort.center_column:
        yield say(
            "its centers were those of the column {center_column}",
            center_column=run.cohort.center_column,
        )
    elif run.cohort.region_choice != request.region_choice:
        yield _classes_said(run.cohort.region_choice)
    asked = {names.slide_id(each.slide_id): each for each in request.slides}
    for slide in run.slides:
        if slide.state == "done":
            yield from _of_slide(slide, asked.get(slide.slide_id), names)


def _classes_said(was: ClassChoice | None) -> str:
    if was is None:
        return say("an earlier version began it, which evaluated regions of Ignore* too")
    return say("its classes of regions were {said}", said=was.said)


def _said_of(use: IntendedUse | None) -> list[tuple[str, str]]:
    return [] if use is None or not use.stated else use.said()


def _of_slide(slide: SlideOfRun, asked: AskedSlide | None, names: CohortNames) -> Iterator[str]:
    if asked is None:
        yield say("{slide_id} is done there and not asked for now", slide_id=slide.slide_id)
        return
    facts = slide.slide
    given = None if asked.file is None else asked.file.mpp
    pairs = [
        ("center", slide.center, asked.center),
        ("tissue", slide.tissue, asked.tissue),
        ("patient", slide.patient, names.patient(asked.patient)),
    ]
    if facts is not None and (facts.mpp_source == "user" or given is not None):
        pairs.append(
            ("mpp", localized(facts.mpp, "g"), "" if given is None else localized(given, "g"))
        )
    for what, before, now in pairs:
        if before != now:
            yield say(
                "the {what} of {slide_id} was {before}",
                what=what,
                slide_id=slide.slide_id,
                before=before or say("not given"),
            )
