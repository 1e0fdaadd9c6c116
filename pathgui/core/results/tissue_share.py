"""How much tissue of a slide was left out by choice, as sentences for all who show a run."""

from __future__ import annotations

from collections.abc import Iterable

from pathgui.core.language.texts import say
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import SlideFacts
from pathgui.core.slides.region_choice import RegionClasses, named


def tissue_left_out_said(slide: SlideFacts) -> list[str]:
    """One sentence for each choice of the user that leaves tissue out; none where none does."""
    left = slide.tissue_left_out
    if left is None or left.found_mm2 <= 0:
        return []
    said = []
    if left.regions_mm2 > 0:
        found = _numbers(left.regions_mm2, left.found_mm2)
        classes = slide.region_classes or RegionClasses()
        if not classes.left_out:
            said.append(
                say(
                    "{share} of the tissue found, {area}, lies outside the regions evaluated.",
                    **found,
                )
            )
        elif classes.used:
            said.append(
                say(
                    "{share} of the tissue found, {area}, lies outside the regions evaluated, or "
                    "in those left out: {classes}.",
                    classes=named(classes.left_out),
                    **found,
                )
            )
        else:
            said.append(
                say(
                    "{share} of the tissue found, {area}, lies in regions left out: {classes}.",
                    classes=named(classes.left_out),
                    **found,
                )
            )
    if left.threshold_mm2 > 0:
        said.append(
            say(
                "{share} of the tissue found, {area}, lies below the tissue threshold that was "
                "chosen.",
                **_numbers(left.threshold_mm2, left.found_mm2),
            )
        )
    return said


def left_out_of_slides(slides: Iterable[SlideFacts]) -> str:
    """One sentence on all slides of a run; "" where no choice leaves tissue out."""
    known = [left for slide in slides if (left := slide.tissue_left_out) is not None]
    found = sum(left.found_mm2 for left in known)
    out = sum(left.regions_mm2 + left.threshold_mm2 for left in known)
    if out <= 0:
        return ""
    n = sum(left.regions_mm2 + left.threshold_mm2 > 0 for left in known)
    return say(
        "{share} of the tissue found, {area}, is left out by regions or by the tissue threshold "
        "chosen, on {slides}.",
        slides=fmt.plural(n, "slide"),
        **_numbers(out, found),
    )


def _numbers(part: float, whole: float) -> dict[str, str]:
    return {"share": fmt.percent(part / whole), "area": fmt.area_mm2(part)}
