"""What the labeled regions of a cohort mean for the evaluation of one of its slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pathgui.core.cohort.labeled_regions import load_regions
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.errors import RegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, ProgressFn
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.slides.region import Polygon
from pathgui.core.slides.region_choice import ClassChoice, named
from pathgui.core.slides.region_files import Area, cut, read_areas
from pathgui.core.slides.slide import Slide


def labeled_areas(asked: AskedSlide) -> tuple[Area, ...]:
    """The labeled regions of a slide, counted from the corner of its scanned part.

    Raises
    ------
    RegionError
        If their file is damaged.
    """
    if asked.regions is None:
        return ()
    return tuple(area for area in read_areas(asked.regions).areas if area.kind)


def within_regions(
    own: EvaluationRequest,
    areas: Sequence[Area],
    slide: Slide,
    report: ProgressFn,
    *,
    anyway: bool = False,
) -> EvaluationRequest:
    """The request for one slide of a cohort, restricted as its labeled regions say.

    Only what lies in them is evaluated where the request chooses classes or takes the region as the
    tissue mask; else they are cut out of the slide where their class is left out. A slide without
    labeled regions that are to be its mask has its tissue sought, and that is told; ``anyway``, all
    that was scanned is its mask then.

    Raises
    ------
    RegionError
        If the slide has no region of the classes chosen, or nothing of it is left.
    """
    choice = own.region_choice
    is_mask = own.settings.tissue_from_region or anyway
    taken = [area for area in areas if choice.takes(area.kind)]
    out = [area for area in areas if choice.is_out(area.kind)]
    if choice.wanted and not taken:
        there = sorted({area.kind for area in areas})
        raise RegionError(
            say(
                "It has no labeled region of {wanted}. It has: {there}.",
                wanted=named(choice.wanted),
                there=named(there),
            )
        )
    if anyway:
        mask = say("its labeled regions are") if taken else say("all that was scanned is")
        report(
            Notice(
                say(
                    "No tissue was found on it before, so {mask} its tissue mask, as asked.",
                    mask=mask,
                )
            )
        )
    elif is_mask and not taken:
        report(Notice(say("It has no labeled regions to be its tissue mask, so tissue is sought.")))
        is_mask = False
    kept = taken if choice.wanted or is_mask else []
    settings = replace(own.settings, tissue_from_region=is_mask, region_l0=())
    if not kept and not out:
        region = (_all_scanned(slide),) if anyway else ()
        return replace(own, settings=replace(settings, region_l0=region))
    found = cut(
        [*kept, *out], choice, slide.bounds_l0, say("its labeled regions") if kept else "it"
    )
    return replace(
        own,
        settings=replace(settings, region_l0=found.polygons),
        region_classes=found.classes,
    )


def _all_scanned(slide: Slide) -> Polygon:
    x, y, width, height = map(float, slide.bounds_l0)
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def require_classes(opened: OpenCohort, choice: ClassChoice) -> None:
    """Check that each class of a choice is that of a labeled region of the cohort.

    Files are read until all are found.

    Raises
    ------
    RegionError
        If a class is nowhere, or both chosen and left out.
    """
    choice.check_itself()
    missing = {*choice.wanted, *choice.left_out}
    there: set[str] = set()
    for slide_id in opened.cohort.slides.slide_ids if missing else ():
        try:
            areas = load_regions(opened.folder / REGIONS_FOLDER, slide_id) if slide_id else ()
        except RegionError:  # said of this slide when its turn comes
            continue
        there |= {area.kind for area in areas if area.kind}
        if missing <= there:
            return
    choice.check(there, say("The cohort {info_name}", info_name=opened.cohort.info.name))
