"""What changed of the slides of a cohort between two runs: which moved, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pathgui.core.language.texts import counted, localized, say
from pathgui.core.measurement.paired_change import change_interval
from pathgui.core.metrics.results import Interval
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_summary import SlideReading, reading, state_text
from pathgui.core.runs.record import Run, SlideByEncoder, SlideOfRun

MOST_NAMED = 10  # slides in a sentence


@dataclass(frozen=True)
class MeanChange:
    """The mean over slides of what changed, from -1 to 1, with its interval over patients."""

    value: float
    interval: Interval
    n_slides: int
    n_patients: int


@dataclass(frozen=True)
class SlideChange:
    """One slide as one encoder sees it in both runs."""

    slide_id: str  # as the later run calls it
    known: str  # the center that the later run knows; "" if none
    place_before: str  # the center where it is placed; "" where no tile has a nearest one
    place_after: str
    far_before: float | None  # share of its tiles far from the reference set
    far_after: float | None
    unknown_before: bool | None  # whether it is of no known center; None: not assessable
    unknown_after: bool | None

    @property
    def moved(self) -> bool:
        """Whether it is placed elsewhere."""
        return self.place_before != self.place_after


@dataclass(frozen=True)
class SlidesByEncoder:
    """The slides that one encoder judged in both runs."""

    encoder: str  # its title
    n_slides: int
    moved: list[SlideChange]
    n_comparable: int  # slides whose known center both reference sets have
    own_before: int  # of these, placed at their own center
    own_after: int
    gained: int  # at their own center in the later run alone
    lost: int  # in the earlier run alone
    own_change: MeanChange | None  # of the share at their own center; None without such slides
    far_change: MeanChange | None  # of the share of tiles far from the set; None: not assessable
    unknown_gained: list[str]  # slide_ids that are of no known center in the later run alone
    unknown_lost: list[str]


@dataclass(frozen=True)
class StateChange:
    """A slide that is done in one run alone."""

    slide_id: str
    before: str  # state, and why it failed
    after: str


@dataclass(frozen=True)
class CohortDiff:
    """The slides of two runs on a cohort."""

    n_both: int  # slides in both, whatever came of them
    only_before: list[str]  # slide_ids
    only_after: list[str]
    states: list[StateChange]
    encoders: list[SlidesByEncoder]
    cautions: list[str]


def diff_cohorts(before: Run, after: Run) -> CohortDiff | None:
    """Compare the slides of two runs; None unless both are of a cohort.

    Where another column plays the center, or the tissue, no encoder's answers are compared.
    A slide of one run is that of the other of the same content or, where there is none, of the
    same slide_id: then it was scanned again, or it was not opened in one of the runs.
    """
    if before.cohort is None or after.cohort is None:
        return None
    pairs = _pairs(before.slides, after.slides)
    seen_before, seen_after = {id(one) for one, _ in pairs}, {id(other) for _, other in pairs}
    titles = {each.encoder.name: each.encoder.title for each in after.encoders}
    if before.reference.columns != after.reference.columns:
        titles = {}  # what is said is of other things
    names = [each.encoder.name for each in before.encoders if each.encoder.name in titles]
    shared = set(before.reference.centers) & set(after.reference.centers)
    return CohortDiff(
        n_both=len(pairs),
        only_before=[each.slide_id for each in before.slides if id(each) not in seen_before],
        only_after=[each.slide_id for each in after.slides if id(each) not in seen_after],
        states=[
            StateChange(other.slide_id, _state(one), _state(other))
            for one, other in pairs
            if one.state != other.state
        ],
        encoders=[_by_encoder(name, titles[name], pairs, shared) for name in names],
        cautions=list(_cautions(before, after, pairs)),
    )


def _pairs(
    before: Sequence[SlideOfRun], after: Sequence[SlideOfRun]
) -> list[tuple[SlideOfRun, SlideOfRun]]:
    by_content = {each.slide.content_id: each for each in before if each.slide is not None}
    by_id = {each.slide_id: each for each in before}
    taken: set[int] = set()
    found = []
    for other in after:
        one = None if other.slide is None else by_content.get(other.slide.content_id)
        if one is None:
            one = by_id.get(other.slide_id)
        if one is not None and id(one) not in taken:
            taken.add(id(one))
            found.append((one, other))
    return found


def _state(slide: SlideOfRun) -> str:
    return state_text(slide.state, slide.reason)


def _said(slide: SlideOfRun, encoder: str) -> SlideByEncoder | None:
    return next((each for each in slide.encoders if each.encoder == encoder), None)


def _by_encoder(
    encoder: str, title: str, pairs: Sequence[tuple[SlideOfRun, SlideOfRun]], shared: set[str]
) -> SlidesByEncoder:
    changes, patients = [], []
    for one, other in pairs:
        first, second = _said(one, encoder), _said(other, encoder)
        if first is not None and second is not None:
            changes.append(_change(other, reading(first), reading(second)))
            patients.append(other.patient or one.patient or "")
    comparable = [
        (each, patient)
        for each, patient in zip(changes, patients, strict=True)
        if each.known in shared and each.place_before and each.place_after
    ]
    own = [
        (each.place_before == each.known, each.place_after == each.known) for each, _ in comparable
    ]
    far = [
        (each.far_after - each.far_before, patient)
        for each, patient in zip(changes, patients, strict=True)
        if each.far_before is not None and each.far_after is not None
    ]
    both = [
        each
        for each in changes
        if each.unknown_before is not None and each.unknown_after is not None
    ]
    return SlidesByEncoder(
        encoder=title,
        n_slides=len(changes),
        moved=[each for each in changes if each.moved],
        n_comparable=len(comparable),
        own_before=sum(was for was, _ in own),
        own_after=sum(is_ for _, is_ in own),
        gained=sum(is_ and not was for was, is_ in own),
        lost=sum(was and not is_ for was, is_ in own),
        own_change=mean_change(
            [float(is_) - float(was) for was, is_ in own],
            [patient for _, patient in comparable],
            steps=True,
        ),
        far_change=mean_change([value for value, _ in far], [patient for _, patient in far]),
        unknown_gained=[e.slide_id for e in both if e.unknown_after and not e.unknown_before],
        unknown_lost=[e.slide_id for e in both if e.unknown_before and not e.unknown_after],
    )


def _change(slide: SlideOfRun, before: SlideReading, after: SlideReading) -> SlideChange:
    return SlideChange(
        slide_id=slide.slide_id,
        known=slide.center or "",
        place_before=before.place or "",
        place_after=after.place or "",
        far_before=before.far_share,
        far_after=after.far_share,
        unknown_before=before.no_known_center,
        unknown_after=after.no_known_center,
    )


def mean_change(
    values: Sequence[float], patients: Sequence[str], *, steps: bool = False
) -> MeanChange | None:
    """The mean of what changed on each slide, -1 to 1; None without any.

    Slides of one patient are alike, so patients are left out in turn; a slide whose patient is not
    known stands for itself. ``steps``: as of
    :func:`~pathgui.core.measurement.paired_change.change_interval`.
    """
    if not values:
        return None
    units = [
        say("patient {name}", name=name) if name else say("slide {i}", i=i)
        for i, name in enumerate(patients)
    ]
    patient = np.unique(units, return_inverse=True)[1].ravel().astype(np.intp)
    changes = np.array(values, np.float64)
    bounds = change_interval(changes, patient, steps=steps)
    return MeanChange(float(changes.mean()), bounds, len(changes), int(patient.max()) + 1)


def _cautions(before: Run, after: Run, pairs: Sequence[tuple[SlideOfRun, SlideOfRun]]) -> list[str]:
    said, called = [], after.reference.columns
    if set(before.reference.centers) != set(after.reference.centers):
        said.append(
            called.say(
                say(
                    "The reference sets do not have the same {centers}, so a "
                    "slide may move because its place is new or gone."
                )
            )
        )
    scanned = sum(
        one.slide is not None
        and other.slide is not None
        and one.slide.content_id != other.slide.content_id
        for one, other in pairs
    )
    if scanned:
        said.append(
            say(
                "Another file lies behind the name of {slides}: what changed may come of the scan.",
                slides=fmt.plural(scanned, "slide"),
            )
        )
    told = sum(one.center != other.center for one, other in pairs)
    if told:
        said.append(
            say(
                "The cohort says another {of_center} of {slides} now; that one counts.",
                of_center=called.of_center,
                slides=fmt.plural(told, "slide"),
            )
        )
    return said


def sentences(found: CohortDiff, columns: RoleColumns = USUAL) -> list[str]:
    """What is said of all slides together; the cautions of ``found`` stand beside."""
    lines = [
        counted(found.n_both, "{n:,} slide is in both runs.", "{n:,} slides are in both runs.")
    ]
    if found.only_before:
        lines.append(say("Only in the earlier run: {named}.", named=_named(found.only_before)))
    if found.only_after:
        lines.append(say("Only in the later run: {named}.", named=_named(found.only_after)))
    for state in found.states[:MOST_NAMED]:
        lines.append(
            say(
                "{slide_id}: {before} before, {after} after.",
                slide_id=state.slide_id,
                before=state.before,
                after=state.after,
            )
        )
    if len(found.states) > MOST_NAMED:
        more = fmt.plural(len(found.states) - MOST_NAMED, "more slide")
        lines.append(say("{more} came to another end than before.", more=more))
    for each in found.encoders:
        moved, outside = moved_sentence(each, columns), outside_sentence(each, columns)
        lines.append(f"{each.encoder}: {moved} {outside}")
    return lines


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    if more <= 0:
        return fmt.listing(list(names))
    return say("{names} and {more} more", names=", ".join(names[:MOST_NAMED]), more=fmt.count(more))


def moved_sentence(found: SlidesByEncoder, columns: RoleColumns = USUAL) -> str:
    """How many slides are placed elsewhere, and what that does to those at their own center."""
    n = len(found.moved)
    text = counted(
        n,
        "{n:,} of {slides} is placed elsewhere.",
        "{n:,} of {slides} are placed elsewhere.",
        slides=fmt.plural(found.n_slides, "slide"),
    )
    if found.own_change is None:
        lacking = columns.say(say("No slide is known to be of {a_center} that both sets have."))
        return f"{text} {lacking}"
    return say(
        "{text} At their own {of_center}: {own_before} of {n_comparable} "
        "before, {own_after} after ({gained} gained, {lost} lost; "
        "{change_text}).",
        text=text,
        of_center=columns.of_center,
        own_before=fmt.count(found.own_before),
        n_comparable=fmt.count(found.n_comparable),
        own_after=fmt.count(found.own_after),
        gained=fmt.count(found.gained),
        lost=fmt.count(found.lost),
        change_text=change_text(found.own_change),
    )


def outside_sentence(found: SlidesByEncoder, columns: RoleColumns = USUAL) -> str:
    """How the share of tiles that lie outside changed, and which slides do as a whole."""
    if found.far_change is None:
        text = say(
            "How much lies outside the reference set is {NOT_ASSESSABLE}.",
            NOT_ASSESSABLE=fmt.NOT_ASSESSABLE,
        )
    else:
        text = say(
            "Share of a slide’s tiles outside, mean over slides: {change_text}.",
            change_text=change_text(found.far_change),
        )
    for names, verb in (
        (found.unknown_gained, columns.say(say("Of no known {center} in the later run alone"))),
        (found.unknown_lost, columns.say(say("Of no known {center} in the earlier run alone"))),
    ):
        if names:
            text += f" {verb}: {_named(names)}."
    return text


def change_text(change: MeanChange) -> str:
    """A change of a mean share in percentage points, with its interval, slides and patients."""
    bounds = change.interval
    sure = fmt.certainty(bounds.low, bounds.high, bounds.reason, points)
    return say(
        "{points} percentage points; {sure}; {slides}, {patients}",
        points=points(change.value),
        sure=sure,
        slides=fmt.plural(change.n_slides, "slide"),
        patients=fmt.plural(change.n_patients, "patient"),
    )


def points(share: float) -> str:
    """A change of a share in percentage points, with its sign.

    >>> points(0.125), points(-0.031), points(0.0)
    ('+12.5', '−3.1', '0.0')
    """
    text = localized(abs(100 * share), ".1f")
    sign = "" if text == "0.0" else "+" if share > 0 else "−"
    return f"{sign}{text}"
