"""Measuring a run again, with the same encoders and settings and today's methods.

No encoder has to work where the store still has its embeddings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import RecordError
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_pictures import find_reference
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.runs.options import without_slide
from pathgui.core.runs.record import Run
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile


def request_again(
    run: Run,
    reference: ReferenceSet,
    known: Registry,
    *,
    on_slide: bool,
    device: str = "auto",
    command: str = "",
) -> EvaluationRequest:
    """What to ask for so that the run is measured again.

    Encoders, settings, criteria and intended use are the run's. With ``on_slide`` the request
    holds what the run knew of its slide, and whoever opens that slide puts it in; otherwise the
    reference set alone is measured. ``device`` is chosen anew, since that of the run may be gone.

    Raises
    ------
    RecordError
        If ``reference`` is not the one that the run was made with, or no slide was evaluated.
    EncoderError
        If an encoder of the run is not ``known``.
    """
    require_same_reference(run, reference)
    facts = run.slide
    if on_slide and facts is None:
        raise RecordError(
            say("This run is of the reference set alone; name no slide to measure it again.")
        )
    slide = facts if on_slide else None
    settings = replace(run.settings, device=device)
    return EvaluationRequest(
        reference=reference.place,
        specs=known.chosen(result.encoder.name for result in run.encoders),
        settings=settings if on_slide else without_slide(settings),
        center=None if slide is None else slide.given_center,
        new_center=slide is not None and slide.new_center,
        tissue=None if slide is None else slide.given_tissue,
        k_origin=run.k.rule if run.k is not None and run.k.basis == "run" else "",
        criteria=()
        if run.criteria is None
        else tuple(item.criterion for item in run.criteria.items),
        intended_use=run.intended_use,
        region_classes=None if slide is None else slide.region_classes,
        command=command,
    )


def request_to_go_on(
    run: Run,
    reference: ReferenceSet,
    known: Registry,
    *,
    device: str = "auto",
    offline: bool = False,
) -> EvaluationRequest:
    """The request that began a run on a cohort, without its slides, so that it can go on.

    Encoders, those that could not run among them, settings, criteria and intended use are the
    run's. The device is chosen anew, and so is whether anything may be fetched.

    Raises
    ------
    RecordError
        If ``reference`` is not the one that the run was made with.
    EncoderError
        If an encoder of the run is not ``known``.
    """
    require_same_reference(run, reference)
    names = [each.encoder.name for each in run.encoders] + [each.name for each in run.failures]
    return EvaluationRequest(
        reference=reference.place,
        specs=known.chosen(names),
        settings=replace(run.settings, device=device, offline=offline),
        region_choice=(run.cohort and run.cohort.region_choice) or ClassChoice(),
        criteria=()
        if run.criteria is None
        else tuple(item.criterion for item in run.criteria.items),
        intended_use=run.intended_use,
    )


def given_mpp(run: Run) -> float | None:
    """µm per pixel as the user gave it for the run's slide; None where the file says it."""
    facts = run.slide
    return facts.mpp if facts is not None and facts.mpp_source == "user" else None


def file_of(run: Run, path: Path) -> SlideFile:
    """The run's slide at ``path``, to be opened at the scale and with the reader of the run."""
    return SlideFile(path, given_mpp(run), run.settings.reader == "direct")


def require_same_slide(run: Run, slide: Slide) -> None:
    """Check by its content that a slide is the one of a run.

    Raises
    ------
    RecordError
        If it is not.
    """
    facts = run.slide
    if facts is None or slide.content_id != facts.content_id:
        of = (
            say("of the reference set alone")
            if facts is None
            else say("of {file_name}", file_name=facts.file_name)
        )
        raise RecordError(
            say(
                "The slide {path_name} is not the one of this run, which is "
                "{of}. Name that slide, or none: then the reference set alone is "
                "measured again.",
                path_name=slide.path.name,
                of=of,
            )
        )


def set_of_run(run: Run, chosen: ReferenceSet | None, folders: Sequence[Path]) -> ReferenceSet:
    """The reference set that a run was made with: the chosen one, or one in ``folders``.

    Raises
    ------
    RecordError
        If it is neither.
    """
    facts = run.reference
    if chosen is not None and chosen.info.tiles_sha256 == facts.sha256:
        return chosen
    folder = find_reference(folders, facts.sha256)
    if folder is None:
        raise RecordError(choose_set(run))
    return load_reference(folder)


def choose_set(run: Run) -> str:
    """A sentence that asks for the reference set of a run."""
    facts = run.reference
    return say(
        "Choose the reference set {facts_name}, version {version}, first: "
        "the run was made with it.",
        facts_name=facts.name,
        version=facts.version,
    )


def require_same_reference(run: Run, reference: ReferenceSet) -> None:
    """Check that a reference set is the one of a run, by the checksum of its table of tiles.

    Raises
    ------
    RecordError
        If it is not.
    """
    if reference.info.tiles_sha256 == run.reference.sha256:
        return
    facts = run.reference
    raise RecordError(
        say(
            "The run was made with the reference set {facts_name}, version "
            "{version} ({n_tiles:,} tiles); {folder_name} has other tiles or "
            "other labels. Give that set, or evaluate with this one.",
            facts_name=facts.name,
            version=facts.version,
            n_tiles=facts.n_tiles,
            folder_name=reference.folder.name,
        )
    )
