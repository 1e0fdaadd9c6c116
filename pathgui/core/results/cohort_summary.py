"""What a run on a cohort says of its slides, once for window, terminal, report and files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.over_slides import OverSlides, OwnCenter, placed_at
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import Run, SlideByEncoder

SMALL_P = 0.05
_OWN_CENTER = say(
    "A slide is placed at the {center} that most of its tiles’ nearest "
    "reference tiles are of. The more slides an encoder places at their own "
    "{center}, the better it tells {centers} apart. The chance value is the "
    "share if it placed as many slides at each {center}, but without regard "
    "to theirs. Tiles of a slide’s own patient in the set never judge it, so "
    "its {center} is rarer there: then {centers} are exchanged over "
    "patients, in the set as well"
)


@dataclass(frozen=True)
class SlideReading:
    """The main answers of one encoder on one slide."""

    n_tiles: int  # readable
    place: str | None  # center that most nearest reference tiles are of; None: no tile has one
    place_share: float | None  # of its tiles
    tissue: str | None  # that its probe gives most tiles
    tissue_share: float | None
    far_share: float | None  # of tiles far from the reference set; None: not assessable
    no_known_center: bool | None  # None: not assessable
    distance: float | None  # to the nearest reference slide, as no_known_center has it
    right_share: float | None  # of the tiles of known tissue; None: no tissue is known
    right_of: int  # tiles of known tissue


def reading(said: SlideByEncoder) -> SlideReading:
    """The main answers of one encoder on one slide."""
    measured, right = said.slide, said.tissue_right
    place, place_share = _largest(
        [] if measured.nearest_center is None else measured.nearest_center.names,
        [] if measured.nearest_center is None else measured.nearest_center.counts,
    )
    tissue, tissue_share = _largest(measured.tissue.names, measured.tissue.counts)
    outside = measured.outside
    far = None if outside is None else outside.distance
    return SlideReading(
        n_tiles=measured.n_tiles,
        place=place,
        place_share=place_share,
        tissue=tissue,
        tissue_share=tissue_share,
        far_share=measured.outside_share,
        no_known_center=None if outside is None else outside.no_known_center,
        distance=None if isinstance(far, NotAssessable) else far,
        right_share=right.n_right / right.n_tiles if right is not None and right.n_tiles else None,
        right_of=0 if right is None else right.n_tiles,
    )


def _largest(names: list[str], counts: list[int]) -> tuple[str | None, float | None]:
    at = placed_at(counts)
    return (None, None) if at is None else (names[at], counts[at] / sum(counts))


STATES = {
    "waiting": say("waiting"),
    "running": say("running"),
    "done": say("done"),
    "failed": say("failed"),
}


def state_text(state: str, reason: str) -> str:
    """What has become of a slide of a run, and why.

    >>> state_text("failed", "It cannot be opened."), state_text("done", "")
    ('failed: It cannot be opened.', 'done')
    """
    return f"{STATES[state]}: {retold(reason)}" if reason else STATES[state]


def slides_sentence(run: Run) -> str:
    """How many slides of the cohort were evaluated; "" for a run of no cohort."""
    if run.cohort is None:
        return ""
    states = [slide.state for slide in run.slides]
    done, failed, waiting = (states.count(each) for each in ("done", "failed", "waiting"))
    if done == len(states):
        return counted(
            done,
            "The one slide of the cohort {cohort_name} was evaluated.",
            "All {n:,} slides of the cohort {cohort_name} were evaluated.",
            cohort_name=run.cohort.name,
        )
    text = counted(
        done,
        "{n:,} of the {slides} of the cohort {cohort_name} was evaluated",
        "{n:,} of the {slides} of the cohort {cohort_name} were evaluated",
        slides=fmt.plural(len(states), "slide"),
        cohort_name=run.cohort.name,
    )
    others = [
        *([say("{failed} failed", failed=fmt.count(failed))] if failed else []),
        *([counted(waiting, "{n:,} is waiting", "{n:,} are waiting")] if waiting else []),
    ]
    return f"{text}; {fmt.listing(others)}."


def own_center_meaning(columns: RoleColumns) -> str:
    """What it is for a slide to be placed at its own center, as a sentence without its stop."""
    return columns.say(_OWN_CENTER)


def own_center_sentence(found: OverSlides, columns: RoleColumns = USUAL) -> str:
    """How many slides an encoder places at their own center, and whether chance would.

    Begins with a verb, to stand after the encoder's title.
    """
    own, center = found.own_center, columns.of_center
    if isinstance(own, NotAssessable):
        why = fmt.because(own.reason)
        return say(
            "places slides, but at their own {center} is {NOT_ASSESSABLE}: {why}.",
            center=center,
            NOT_ASSESSABLE=fmt.NOT_ASSESSABLE,
            why=why,
        )
    share = own.share
    bounds = share.interval
    sure = fmt.certainty(bounds.low, bounds.high, bounds.reason, fmt.percent)
    return say(
        "places {n_own} of {slides} at their own {center} ({value}; {sure}; "
        "{chance}). {against_chance}{alone}",
        n_own=fmt.count(own.n_own),
        slides=fmt.plural(share.n_slides, "slide"),
        center=center,
        value=fmt.percent(share.value),
        sure=sure,
        chance=_chance(own),
        against_chance=against_chance(own, columns),
        alone=_alone(found, columns),
    )


def _chance(own: OwnCenter) -> str:
    if own.chance is None:
        return say("chance value {NOT_ASSESSABLE}", NOT_ASSESSABLE=fmt.NOT_ASSESSABLE)
    value = say("chance value {chance}", chance=fmt.percent(own.chance))
    return say("{value} with own patients left out", value=value) if own.n_judged_without else value


def _alone(found: OverSlides, columns: RoleColumns) -> str:
    """Slides that do not count, because nothing that may judge them is of their center."""
    if not found.alone:
        return ""
    of = fmt.plural(found.alone, "further slide")
    return columns.say(
        say(
            " {of} cannot be placed there: the set has {{a_center}} like theirs "
            "from their own patients alone, who never judge them.",
            of=of,
        )
    )


def against_chance(own: OwnCenter, columns: RoleColumns = USUAL) -> str:
    """Whether so many slides at their own center can be chance, as a sentence."""
    if own.p is None and own.chance is None:
        return columns.say(
            say(
                "Whether that is more than chance cannot be tested. The slides are of one "
                "{center}, a patient has slides of several, patients are too few, or a slide's "
                "nearest tiles are not kept."
            )
        )
    if own.p is None:
        return say(
            "Whether that is more than chance cannot be tested: the slides "
            "are of one {of_center}, a patient has slides of several, or there are "
            "too few patients.",
            of_center=columns.of_center,
        )
    if own.p <= SMALL_P:
        return say("That is more than chance (p {p}).", p=_p(own.p))
    return say("That cannot be told from chance (p {p}).", p=_p(own.p))


def _p(p: float) -> str:
    text = fmt.probability(p)
    return text if text.startswith("<") else f"= {text}"


# One row for each slide and encoder: slide, what is known of it, what the encoder says.
COLUMNS = (
    "slide_id", "state", "reason", "center", "tissue", "patient", "encoder", "tiles",
    "nearest_center", "nearest_center_share", "most_tissue", "most_tissue_share", "far_share",
    "no_known_center", "distance", "tissue_right", "tissue_known_tiles", "seconds",
)  # fmt: skip


def slide_rows(run: Run) -> Iterator[dict[str, object]]:
    """A row for each slide and encoder by :data:`COLUMNS`, further columns of the cohort, shares.

    The share of each tissue is in ``tissue_share: NAME``. A slide that was not evaluated has one
    row. What is not known is "".
    """
    for slide in run.slides:
        known: dict[str, object] = {
            "slide_id": slide.slide_id,
            "state": slide.state,
            "reason": slide.reason,
            "center": slide.center or "",
            "tissue": slide.tissue or "",
            "patient": slide.patient or "",
        }
        for name, cell in slide.columns.items():
            known[f"cohort: {name}" if name in COLUMNS else name] = cell
        if not slide.encoders:
            yield known
        for said in slide.encoders:
            found, total = reading(said), sum(said.slide.tissue.counts)
            shares = {
                f"tissue_share: {name}": n / total if total else ""
                for name, n in zip(said.slide.tissue.names, said.slide.tissue.counts, strict=True)
            }
            yield (
                known
                | {
                    "encoder": said.encoder,
                    "tiles": found.n_tiles,
                    "nearest_center": found.place,
                    "nearest_center_share": found.place_share,
                    "most_tissue": found.tissue,
                    "most_tissue_share": found.tissue_share,
                    "far_share": found.far_share,
                    "no_known_center": found.no_known_center,
                    "distance": found.distance,
                    "tissue_right": found.right_share,
                    "tissue_known_tiles": found.right_of or None,
                    "seconds": slide.seconds,
                }
                | shares
            )


def slides_csv(run: Run) -> bytes:
    """All slides of a run on a cohort as a table, UTF-8; the header alone without any."""
    rows = list(slide_rows(run))
    others = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*COLUMNS, *others], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
