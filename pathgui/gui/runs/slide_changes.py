"""What changed of the slides of a cohort between two runs: together, then those that moved."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_diff import (
    CohortDiff,
    SlideChange,
    points,
    sentences,
)
from pathgui.core.results.summary import Column
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import label
from pathgui.gui.results.text_table import TextRow, TextTable

_COLUMNS = (
    Column(
        "encoder", say("Encoder"), say("The model that judged the slide in both runs."), right=False
    ),
    Column("slide", say("Slide"), say("As the later run calls it."), right=False),
    Column(
        "known", say("Known {center}"), say("The {center} that the later run knows."), right=False
    ),
    Column("before", say("Placed before"), say("Where the earlier run places it."), right=False),
    Column("after", say("Placed after"), say("Where the later run places it."), right=False),
    Column(
        "far_before", say("Outside before"), say("Share of its tiles far from the reference set.")
    ),
    Column(
        "far_after", say("Outside after"), say("Share of its tiles far from the reference set.")
    ),
    Column(
        "far", say("Change, points"), say("Share after less share before, in percentage points.")
    ),
)


class SlideChanges(QWidget):
    """Sentences on all slides that both runs have, and a line for each that is placed elsewhere."""

    def __init__(self, found: CohortDiff | None, columns: RoleColumns) -> None:
        super().__init__()
        self.said = label("", wrap=True, selectable=True)
        self.table = TextTable(
            [each.called(columns) for each in _COLUMNS], say("Slides that are placed elsewhere")
        )
        self.setLayout(in_column(self.said, (self.table, 1), spacing=8, margins=(0, 8, 0, 0)))
        if found is None:
            return
        cautions = [f"▲ {text}" for text in found.cautions]
        self.said.setText("\n".join([*cautions, *sentences(found, columns)]))
        rows = [_row(each.encoder, slide) for each in found.encoders for slide in each.moved]
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))


def _row(encoder: str, slide: SlideChange) -> TextRow:
    before, after = slide.far_before, slide.far_after
    change = None if before is None or after is None else after - before
    return TextRow(
        {
            "encoder": encoder,
            "slide": slide.slide_id,
            "known": slide.known or fmt.NOTHING,
            "before": slide.place_before or fmt.NOTHING,
            "after": slide.place_after or fmt.NOTHING,
            "far_before": fmt.NOTHING if before is None else fmt.percent(before),
            "far_after": fmt.NOTHING if after is None else fmt.percent(after),
            "far": fmt.NOTHING if change is None else points(change),
        },
        sort={"far_before": before, "far_after": after, "far": change},
    )
