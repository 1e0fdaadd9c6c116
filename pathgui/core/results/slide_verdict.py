"""What a run says of its slide, in words, once: for the window, the terminal and the report."""

from __future__ import annotations

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, filled, localized, say
from pathgui.core.metrics.outside import FALSE_ALARMS, OutsideRule, SlideOutside
from pathgui.core.reference.roles import USUAL, Noun, RoleColumns
from pathgui.core.results.findings import is_control
from pathgui.core.results.formatting import because, plural
from pathgui.core.results.readings import NOTHING_OUTSIDE
from pathgui.core.runs.record import Composition, EncoderResult, Run, SlideMeasurement
from pathgui.core.runs.tile_columns import FAR, NO_KNOWN_CENTER_MEANS

NOT_CALIBRATED = say(
    "Probabilities are not calibrated: an earlier version made this run. "
    "They are mostly too high; evaluate the slide again."
)
MOST_NAMED = 2  # tissues or centers in a sentence


def is_calibrated(run: Run) -> bool:
    """Whether the run's probabilities were calibrated; runs of earlier versions' were not."""
    return any(
        result.slide is not None and result.slide.tissue_reliability is not None
        for result in run.encoders
    )


def slide_verdict(result: EncoderResult) -> str:
    """What one encoder says of the slide, in a few sentences; "" if none was evaluated.

    No sentence says where the slide is from: the nearest reference center is the nearest of those
    that the set has.
    """
    measured = result.slide
    if measured is None:
        return ""
    columns = result.reference.columns
    parts = [
        say(
            "{One}, probe: {largest_shares}.",
            One=columns.of_tissue.One,
            largest_shares=largest_shares(measured.tissue),
        )
    ]
    parts += [_far(measured), _center(measured, columns), _nearest(measured)]
    parts += [_calibration(measured)]
    return " ".join(part for part in parts if part)


def slide_in_short(run: Run) -> str:
    """What all encoders say of the slide, in one sentence that fits a few lines; "" without one.

    The whole of it, with intervals and with what is found of left-out centers, is
    :func:`slide_verdict` of each. A control has no say where an encoder has one: nobody is to
    use its answers.
    """
    asked_of = [result for result in run.encoders if result.slide is not None]
    if not asked_of:
        return ""
    kind = "control"
    if used := [result for result in asked_of if not is_control(result)]:
        asked_of, kind = used, "encoder"
    measured = [result.slide for result in asked_of if result.slide is not None]
    parts, of_center = [], run.reference.columns.of_center
    asked = [each.outside.no_known_center for each in measured if each.outside is not None]
    answers = [each for each in asked if each is not None]
    if answers:
        parts.append(_of_no_known_center(answers, of_center))
    elif asked:
        parts.append(
            say("whether its {of_center} is in the set is not assessable", of_center=of_center)
        )
    far = [each.outside_share for each in measured if each.outside_share is not None]
    if far:
        parts.append(
            say("{from_to} of its tiles lie {FAR}", from_to=_from_to(far), FAR=retold(FAR))
        )
    nearest: dict[str, list[float]] = {}
    for each in measured:
        found = each.nearest_center
        if found is not None and any(found.counts):
            largest = max(found.counts)
            name = found.names[found.counts.index(largest)]
            nearest.setdefault(name, []).append(largest / sum(found.counts))
    if nearest:
        by_center = ", ".join(
            f"{name} ({_from_to(shares)}{_by(len(shares), kind) if len(nearest) > 1 else ''})"
            for name, shares in sorted(nearest.items(), key=lambda item: -len(item[1]))
        )
        parts.append(
            say(
                "largest share of the nearest reference tiles: {by_center}, "
                "which does not say where the slide is from",
                by_center=by_center,
            )
        )
    return (
        say("The slide,{by}: {parts}.", by=_by(len(measured), kind), parts="; ".join(parts))
        if parts
        else ""
    )


def _no_farther(of_center: Noun) -> str:
    return say(
        "it lies no farther from the reference slides than new ones of their {of_center_many} do",
        of_center_many=of_center.many,
    )


def _of_no_known_center(answers: list[bool], of_center: Noun) -> str:
    found = answers.count(True)
    if not found:
        return _no_farther(of_center)
    return counted(
        found,
        "{n} of {n_answers} finds it of no known {of_center}",
        "{n} of {n_answers} find it of no known {of_center}",
        n_answers=len(answers),
        of_center=of_center,
    )


def _by(n: int, kind: str) -> str:
    return say(" by {encoders}", encoders=plural(n, kind))


def _from_to(shares: list[float]) -> str:
    low, high = localized(100 * min(shares), ".0f"), localized(100 * max(shares), ".0f")
    return f"{high} %" if low == high else say("{low} to {high} %", low=low, high=high)


def largest_shares(found: Composition) -> str:
    """The largest shares with their intervals: ``62 % [58, 66] stroma, 21 % [18, 25] tumor``."""
    total = sum(found.counts)
    if not total:
        return say("no tile")
    order = sorted(range(len(found.names)), key=lambda i: -found.counts[i])[:MOST_NAMED]
    parts = []
    for i in order:
        if not found.counts[i]:
            continue
        text = f"{_percent(found.counts[i] / total)}"
        if found.low is not None and found.high is not None and found.low[i] < found.high[i]:
            text += filled(
                " [{low:.0f}, {high:.0f}]", low=100 * found.low[i], high=100 * found.high[i]
            )
        parts.append(f"{text} {found.names[i]}")
    return ", ".join(parts)


def detection_words(rule: OutsideRule, columns: RoleColumns = USUAL) -> str:
    """How often what is outside is found, measured on the reference set; "" if it is not known.

    What is found of slides is known from few of them, so their number stands beside.
    """
    parts, of_center, of_tissue = [], columns.of_center, columns.of_tissue
    if rule.slide_detection is not None:
        slides = sum(each.n_slides for each in rule.centers_left_out if each.slides is not None)
        parts.append(
            say(
                "of {slides} slides of {of_center_many} left out in turn, "
                "{percent} are found to be of no known {of_center}",
                slides=slides,
                of_center_many=of_center.many,
                percent=_percent(rule.slide_detection),
                of_center=of_center,
            )
        )
    if rule.tile_detection is not None:
        share = _percent(rule.tile_detection)
        parts.append(
            say(
                "of the tiles of left-out {of_center_many}, {share} are far",
                of_center_many=of_center.many,
                share=share,
            )
        )
    if rule.tissue_detection is not None:
        share = _percent(rule.tissue_detection)
        parts.append(
            say(
                "of the tiles of left-out {of_tissue_many}, {share} are far",
                of_tissue_many=of_tissue.many,
                share=share,
            )
        )
    if not parts:
        return ""
    text = "; ".join(parts)
    return say(
        "{text}{text2}, at {percent} false alarms.",
        text=text[0].upper(),
        text2=text[1:],
        percent=_percent(rule.false_alarms),
    )


def _percent(share: float) -> str:
    return filled("{share:.0f} %", share=100 * share)


def _far(measured: SlideMeasurement) -> str:
    share = measured.outside_share
    if share is None:
        return say(
            "Which tiles lie outside the reference set is not assessable: {NOTHING_OUTSIDE}.",
            NOTHING_OUTSIDE=retold(NOTHING_OUTSIDE),
        )
    return say(
        "{percent} of its tiles lie {FAR}, where {percent2} of the set's own do.",
        percent=_percent(share),
        FAR=retold(FAR),
        percent2=_percent(FALSE_ALARMS),
    )


def _center(measured: SlideMeasurement, columns: RoleColumns) -> str:
    of_center, of_tissue = columns.of_center, columns.of_tissue
    found = measured.outside
    if found is None:
        return ""
    if found.no_known_center is None:
        return say(
            "Whether its {of_center} is in the set is not assessable: {because}.",
            of_center=of_center,
            because=because(found.reason),
        )
    if found.no_known_center:
        return say(
            "The slide as a whole is of no known {of_center}, or of material "
            "unlike the set's: it lies {NO_KNOWN_CENTER_MEANS}. So no "
            "{of_tissue} probability is shown.{found}",
            of_center=of_center,
            NO_KNOWN_CENTER_MEANS=retold(NO_KNOWN_CENTER_MEANS),
            of_tissue=of_tissue,
            found=_found(found, of_center),
        )
    return say(
        "As a whole {no_farther}. This does not prove that its {of_center} is in the set.{found}",
        no_farther=_no_farther(of_center),
        of_center=of_center,
        found=_found(found, of_center),
    )


def _found(found: SlideOutside, of_center: Noun) -> str:
    rate = found.rule.slide_detection
    if rate is None:
        return say(" How often the rule finds {a} that the set lacks is not known.", a=of_center.a)
    return say(
        " The rule finds {percent} of the slides of {of_center_many} left out in turn.",
        percent=_percent(rate),
        of_center_many=of_center.many,
    )


def _nearest(measured: SlideMeasurement) -> str:
    if measured.nearest_center is None:
        return ""
    return say(
        "Nearest reference tiles: {largest_shares}; this does not say where the slide is from.",
        largest_shares=largest_shares(measured.nearest_center),
    )


def _calibration(measured: SlideMeasurement) -> str:
    return NOT_CALIBRATED if measured.tissue_reliability is None else ""
