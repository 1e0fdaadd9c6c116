"""A run in sentences: what is said of each encoder, of the slide, and what must be read with it."""

from __future__ import annotations

from collections.abc import Sequence

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.results.earlier_runs import EARLIER_INTERVALS, has_earlier_intervals
from pathgui.core.results.resolution import resolution_sentence
from pathgui.core.results.slide_verdict import slide_in_short, slide_verdict
from pathgui.core.results.summary import SummaryRow
from pathgui.core.results.tissue_share import tissue_left_out_said
from pathgui.core.runs.k_words import k_caution, k_sentence
from pathgui.core.runs.record import Run


def run_lines(run: Run, rows: Sequence[SummaryRow]) -> list[str]:
    """Lines for below the table; ``rows``: of the table."""
    lines = [f"⚠ {EARLIER_INTERVALS}"] if has_earlier_intervals(run) else []
    if caution := k_caution(run.encoders):
        lines.append(f"⚠ {caution}")
    if len(run.encoders) > 1 and (in_short := slide_in_short(run)):
        lines.append(in_short)  # a small window shows the first lines alone
    of_slide = {result.encoder.name: slide_verdict(result) for result in run.encoders}
    for row in rows:
        lines.append(f"{row.cells['encoder'].text}: {row.sentence}")
        if said := of_slide.get(row.encoder, ""):
            lines.append(say("    The slide: {said}", said=said))
        lines += [f"    ⚠ {warning}" for warning in row.warnings]
    lines += [
        say("{title} could not run: {reason}", title=each.title, reason=retold(each.reason))
        for each in run.failures
    ]
    if run.slide is not None:
        lines += tissue_left_out_said(run.slide)
        lines += [
            say("Not compared with the slide: {words}", words=each.words)
            for each in run.slide.left_out or ()
        ]
    return [*lines, *(said for said in (k_sentence(run), resolution_sentence(run)) if said)]
