"""What a run says of its slide, in words, once: for the window, the terminal and the report."""

from __future__ import annotations

from pathgui.core.metrics.outside import FALSE_ALARMS, OutsideRule, SlideOutside
from pathgui.core.reference.roles import USUAL, Noun, RoleColumns
from pathgui.core.results.formatting import because, plural
from pathgui.core.results.readings import NOTHING_OUTSIDE
from pathgui.core.runs.record import Composition, EncoderResult, Run, SlideMeasurement
from pathgui.core.runs.tile_columns import FAR, NO_KNOWN_CENTER_MEANS

NOT_CALIBRATED = (
    "Probabilities are not calibrated: an earlier version made this run. They are mostly too high; "
    "evaluate the slide again."
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
    parts = [f"{columns.of_tissue.One}, probe: {largest_shares(measured.tissue)}."]
    parts += [_far(measured), _center(measured, columns), _nearest(measured)]
    parts += [_calibration(measured)]
    return " ".join(part for part in parts if part)


def slide_in_short(run: Run) -> str:
    """What all encoders say of the slide, in one sentence that fits a few lines; "" without one.

    The whole of it, with intervals and with what is found of left-out centers, is
    :func:`slide_verdict` of each.
    """
    measured = [result.slide for result in run.encoders if result.slide is not None]
    if not measured:
        return ""
    parts, of_center = [], run.reference.columns.of_center
    asked = [each.outside.no_known_center for each in measured if each.outside is not None]
    answers = [each for each in asked if each is not None]
    if answers:
        parts.append(_of_no_known_center(answers, of_center))
    elif asked:
        parts.append(f"whether its {of_center} is in the set is not assessable")
    far = [each.outside_share for each in measured if each.outside_share is not None]
    if far:
        parts.append(f"{_from_to(far)} of its tiles lie {FAR}")
    nearest: dict[str, list[float]] = {}
    for each in measured:
        found = each.nearest_center
        if found is not None and any(found.counts):
            largest = max(found.counts)
            name = found.names[found.counts.index(largest)]
            nearest.setdefault(name, []).append(largest / sum(found.counts))
    if nearest:
        by_center = ", ".join(
            f"{name} ({_from_to(shares)}{_by(len(shares)) if len(nearest) > 1 else ''})"
            for name, shares in sorted(nearest.items(), key=lambda item: -len(item[1]))
        )
        parts.append(
            f"largest share of the nearest reference tiles: {by_center}, which does not say where "
            "the slide is from"
        )
    return f"The slide,{_by(len(measured))}: {'; '.join(parts)}." if parts else ""


def _no_farther(of_center: Noun) -> str:
    return (
        f"it lies no farther from the reference slides than new ones of their {of_center.many} do"
    )


def _of_no_known_center(answers: list[bool], of_center: Noun) -> str:
    found = answers.count(True)
    if not found:
        return _no_farther(of_center)
    finds = "finds" if found == 1 else "find"
    return f"{found} of {len(answers)} {finds} it of no known {of_center}"


def _by(n: int) -> str:
    return f" by {plural(n, 'encoder')}"


def _from_to(shares: list[float]) -> str:
    low, high = f"{100 * min(shares):.0f}", f"{100 * max(shares):.0f}"
    return f"{high} %" if low == high else f"{low} to {high} %"


def largest_shares(found: Composition) -> str:
    """The largest shares with their intervals: ``62 % [58, 66] stroma, 21 % [18, 25] tumor``."""
    total = sum(found.counts)
    if not total:
        return "no tile"
    order = sorted(range(len(found.names)), key=lambda i: -found.counts[i])[:MOST_NAMED]
    parts = []
    for i in order:
        if not found.counts[i]:
            continue
        text = f"{_percent(found.counts[i] / total)}"
        if found.low is not None and found.high is not None and found.low[i] < found.high[i]:
            text += f" [{100 * found.low[i]:.0f}, {100 * found.high[i]:.0f}]"
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
            f"of {slides} slides of {of_center.many} left out in turn, "
            f"{_percent(rule.slide_detection)} are found to be of no known {of_center}"
        )
    if rule.tile_detection is not None:
        share = _percent(rule.tile_detection)
        parts.append(f"of the tiles of left-out {of_center.many}, {share} are far")
    if rule.tissue_detection is not None:
        share = _percent(rule.tissue_detection)
        parts.append(f"of the tiles of left-out {of_tissue.many}, {share} are far")
    if not parts:
        return ""
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}, at {_percent(rule.false_alarms)} false alarms."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _far(measured: SlideMeasurement) -> str:
    share = measured.outside_share
    if share is None:
        return f"Which tiles lie outside the reference set is not assessable: {NOTHING_OUTSIDE}."
    return (
        f"{_percent(share)} of its tiles lie {FAR}, where "
        f"{_percent(FALSE_ALARMS)} of the set's own do."
    )


def _center(measured: SlideMeasurement, columns: RoleColumns) -> str:
    of_center, of_tissue = columns.of_center, columns.of_tissue
    found = measured.outside
    if found is None:
        return ""
    if found.no_known_center is None:
        return f"Whether its {of_center} is in the set is not assessable: {because(found.reason)}."
    if found.no_known_center:
        return (
            f"The slide as a whole is of no known {of_center}, or of material unlike the set's: it "
            f"lies {NO_KNOWN_CENTER_MEANS}. So no {of_tissue} probability is shown."
            f"{_found(found, of_center)}"
        )
    return (
        f"As a whole {_no_farther(of_center)}. This does not prove that its {of_center} is in the "
        f"set.{_found(found, of_center)}"
    )


def _found(found: SlideOutside, of_center: Noun) -> str:
    rate = found.rule.slide_detection
    if rate is None:
        return f" How often the rule finds {of_center.a} that the set lacks is not known."
    return f" The rule finds {_percent(rate)} of the slides of {of_center.many} left out in turn."


def _nearest(measured: SlideMeasurement) -> str:
    if measured.nearest_center is None:
        return ""
    return (
        f"Nearest reference tiles: {largest_shares(measured.nearest_center)}; this does not say "
        "where the slide is from."
    )


def _calibration(measured: SlideMeasurement) -> str:
    return NOT_CALIBRATED if measured.tissue_reliability is None else ""
