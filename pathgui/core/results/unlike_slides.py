"""Which slides are unlike the reference set: the one rule, for every sentence that counts them."""

from __future__ import annotations

from collections.abc import Mapping

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, say
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.findings import MANY_FAR
from pathgui.core.runs.record import Run, SlideMeasurement, SlideOfRun
from pathgui.core.runs.tile_columns import FAR, outside_reason


def is_unlike(slide: SlideMeasurement | None) -> bool:
    """Whether answers on the slide mean little: much of it, or all, lies outside the set."""
    return slide is not None and (_of_no_known_center(slide) is True or _much_is_far(slide) is True)


def is_known(slide: SlideMeasurement) -> bool:
    """Whether anything is known of how like the set the slide is."""
    return _of_no_known_center(slide) is not None or _much_is_far(slide) is not None


def _of_no_known_center(slide: SlideMeasurement) -> bool | None:
    return None if slide.outside is None else slide.outside.no_known_center


def _much_is_far(slide: SlideMeasurement) -> bool | None:
    return None if slide.outside_share is None else slide.outside_share > MANY_FAR


def why_unlike(far_share: float | None, no_known_center: bool | None, columns: RoleColumns) -> str:
    """Why a slide is unlike the set, in words to stand beside it; "" if it is not."""
    unknown = outside_reason(False, bool(no_known_center), columns)
    far = (
        say("{far_share} of the tiles {FAR}", far_share=fmt.percent(far_share), FAR=retold(FAR))
        if far_share is not None and far_share > MANY_FAR
        else ""
    )
    return "; ".join(words for words in (unknown, far) if words)


def why_by_encoder(slide: SlideOfRun, titles: Mapping[str, str], columns: RoleColumns) -> str:
    """The encoders that find a slide unlike the set, each with its reason; "" if none does."""
    found: dict[str, list[str]] = {}
    for each in slide.encoders:
        why = why_unlike(each.slide.outside_share, _of_no_known_center(each.slide), columns)
        if why:
            found.setdefault(why, []).append(titles.get(each.encoder, each.encoder))
    return "; ".join(f"{why} ({fmt.listing(names)})" for why, names in found.items())


def rule_text(columns: RoleColumns) -> str:
    """When a slide is unlike the set, to stand in brackets."""
    return say(
        "more than {MANY_FAR} of the tiles {FAR}, or as a whole of no known {of_center}",
        MANY_FAR=fmt.percent(MANY_FAR),
        FAR=retold(FAR),
        of_center=columns.of_center,
    )


def unlike_slides(run: Run) -> list[tuple[SlideOfRun, list[str]]]:
    """Slides that are unlike the reference set, and the encoders that find so."""
    found = []
    for slide in run.slides:
        names = [each.encoder for each in slide.encoders if is_unlike(each.slide)]
        if names:
            found.append((slide, names))
    return found


def unlike_sentence(run: Run) -> str:
    """How many slides are unlike the set, of how many that could be asked, and by which rule."""
    asked = [slide for slide in run.slides if any(is_known(each.slide) for each in slide.encoders)]
    if not asked:
        return say(
            "Which slides lie outside the reference set is {NOT_ASSESSABLE}.",
            NOT_ASSESSABLE=fmt.NOT_ASSESSABLE,
        )
    n, of = len(unlike_slides(run)), fmt.plural(len(asked), "slide")
    rule = rule_text(run.reference.columns)
    text = (
        counted(
            n,
            "{n:,} of {of} is unlike the reference set ({rule}, as at least one encoder finds).",
            "{n:,} of {of} are unlike the reference set ({rule}, as at least one encoder finds).",
            of=of,
            rule=rule,
        )
        if n
        else say(
            "No encoder finds any of {of} to be unlike the reference set ({rule}).",
            of=of,
            rule=rule,
        )
    )
    return f"{text} {_of_centers(run, asked)}"


def _of_centers(run: Run, asked: list[SlideOfRun]) -> str:
    """The half of the rule that is of whole slides: how often it is wrong, or what it lacks."""
    called = run.reference.columns
    measured = [[each.slide for each in slide.encoders] for slide in asked]
    lacking = [
        slides for slides in measured if all(_of_no_known_center(each) is None for each in slides)
    ]
    if not lacking:
        return called.say(
            say("Of the reference slides themselves, 5 % would be of no known {center}.")
        )
    reasons = [
        each.outside.reason
        for slides in lacking
        for each in slides
        if each.outside is not None and each.outside.reason
    ]
    why = f": {fmt.because(reasons[0])}" if reasons else ""
    if len(lacking) == len(asked):
        return say(
            "Whether a slide as a whole is of no known {of_center} is not assessable{why}.",
            of_center=called.of_center,
            why=why,
        )
    return counted(
        len(lacking),
        "Whether {n:,} slide of these is of no known {of_center} is not assessable{why}.",
        "Whether {n:,} slides of these are of no known {of_center} is not assessable{why}.",
        of_center=called.of_center,
        why=why,
    )
