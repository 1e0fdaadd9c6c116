"""How small a difference from chance the slides of a reference set can tell, as a run found."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.results import formatting as fmt
from pathgui.core.results.findings import with_index
from pathgui.core.runs.record import Run


def resolution_sentence(run: Run) -> str:
    """What the intervals of a run could tell from chance, and on how many slides they rest.

    An interval holds the chance value if the index lies nearer to it than about half its width.
    "" where no encoder has an index.
    """
    measured = with_index(run)
    if not measured:
        return ""
    slides = _rests_on(measured[0][0].reference)
    widths = [
        index.high - index.low
        for _, index in measured
        if index.low is not None and index.high is not None
    ]
    if not widths:
        return say(
            "{slides} give the index no interval, so none can be told from its chance value.",
            slides=slides,
        )
    least, most = fmt.number(min(widths), 2), fmt.number(max(widths), 2)
    wide = least if least == most else say("{least} to {most}", least=least, most=most)
    intervals = (
        say("interval of the index is") if len(widths) == 1 else say("intervals of the index are")
    )
    return say(
        "On {slides} the 95 % {intervals} {wide} wide: an index that lies "
        "less than about {widths} from its chance value cannot be told from it.",
        slides=slides,
        intervals=intervals,
        wide=wide,
        widths=fmt.number(max(widths) / 2, 2),
    )


def _rests_on(measured: ReferenceMeasurement) -> str:
    basis = measured.interval_basis
    if basis is None:  # runs of earlier versions do not say what was left out
        return fmt.plural(measured.n_slides, "slide")
    return f"{fmt.count(basis.units)} {basis.of}"
