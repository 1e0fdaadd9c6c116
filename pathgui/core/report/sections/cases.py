"""Whole slides as cases: what is found near them, and what a probe tells of them."""

from __future__ import annotations

from collections.abc import Callable

from pathgui.core.language.texts import say
from pathgui.core.metrics.results import Cases
from pathgui.core.report.render.document import (
    Block,
    Heading,
    Paragraph,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import Column, encoder_table, heading, value
from pathgui.core.results import formatting as fmt


def cases(subject: Subject) -> list[Block]:
    """One row per encoder; nothing where no run holds them."""
    table = encoder_table(
        subject.ranked,
        lambda result: result.reference.cases,
        [
            _case(
                "case_tissue",
                lambda found: say(
                    "chance {tissue_by_chance}",
                    tissue_by_chance=fmt.percent(found.tissue_by_chance),
                ),
            ),
            _case(
                "case_center",
                lambda found: say(
                    "chance {center_by_chance}",
                    center_by_chance=fmt.percent(found.center_by_chance),
                ),
            ),
            _case(
                "case_tissue_probe",
                lambda found: say("chance {accuracy}", accuracy=fmt.accuracy(found.tissue_chance)),
            ),
            _case(
                "case_center_probe",
                lambda found: say("chance {accuracy}", accuracy=fmt.accuracy(found.center_chance)),
            ),
        ],
    )
    found = next(
        (found for r in subject.ranked if isinstance(found := r.reference.cases, Cases)), None
    )
    if found is None:
        return []
    return [
        Heading(say("Whole slides as cases")),
        Paragraph(
            say(
                "{explain} Here: {cases} of {slides}. Of the {k} nearest cases "
                "of other slides, the table has the share of the same tissue and "
                "the share of the same {center}. Beside them stands the balanced "
                "accuracy of a probe on cases of new slides. These numbers "
                "describe the set and have no interval.",
                explain=subject.explain("case"),
                cases=fmt.plural(found.n_cases, "case"),
                slides=fmt.plural(found.n_slides, "slide"),
                k=fmt.count(found.k[found.shown]),
                center=subject.center,
            ),
            sticky=True,
        ),
        *table,
    ]


def _case(key: str, beside: Callable[[Cases], str]) -> Column:
    return Column(
        heading(key), lambda result, found: value(result, key, detail=beside(found)), 1.1, key
    )
