"""What stands beside and below what, said as a list of its parts.

Nobody asks a layout for the places it holds its parts in (``itemAt``, ``takeAt``), or adds a layout
that has parts to one that a widget has. PySide6 (6.8 to 6.11 at least) then makes an object of
Python for each place and keeps it as long as the layout. Qt deletes a place with its widget, or
when the widget moves, and tells nobody. What is made next where the place was is then taken for it,
and its end takes the wrong object apart: the program ends, much later and anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

Margins = tuple[int, int, int, int]  # left, top, right, bottom
# A part; with a number, it takes that share of the room that is left; with a side, it keeps its own
# size there. A number alone is a gap; STRETCH is room that nothing takes.
Part = QWidget | QLayout
Placed = Part | tuple[Part, int | Qt.AlignmentFlag] | int | None
STRETCH = None
NONE: Margins = (0, 0, 0, 0)
Box = TypeVar("Box", bound=QBoxLayout)


def in_row(*parts: Placed, spacing: int | None = None, margins: Margins = NONE) -> QHBoxLayout:
    """Parts beside each other; ``spacing`` None: as the style has it."""
    return _filled(QHBoxLayout(), parts, spacing, margins)


def in_column(*parts: Placed, spacing: int | None = None, margins: Margins = NONE) -> QVBoxLayout:
    """Parts below each other; ``spacing`` None: as the style has it."""
    return _filled(QVBoxLayout(), parts, spacing, margins)


def _filled(layout: Box, parts: Sequence[Placed], spacing: int | None, margins: Margins) -> Box:
    layout.setContentsMargins(*margins)
    if spacing is not None:
        layout.setSpacing(spacing)
    for placed in parts:
        if placed is STRETCH:
            layout.addStretch(1)
            continue
        if isinstance(placed, int):
            layout.addSpacing(placed)
            continue
        part, how = placed if isinstance(placed, tuple) else (placed, 0)
        stretch, side = how, Qt.AlignmentFlag(0)
        if isinstance(how, Qt.AlignmentFlag):  # which is a number, too
            stretch, side = 0, how
        if isinstance(part, QLayout):
            layout.addLayout(part, stretch)
        else:
            layout.addWidget(part, stretch, side)
    return layout


def holder(layout: QLayout, name: str = "") -> QWidget:
    """A widget for a layout; ``name`` is its style."""
    result = QWidget()
    result.setObjectName(name)
    result.setLayout(layout)
    return result


def stack(of: QWidget, *pages: QWidget) -> QStackedLayout:
    """Pages of a widget, of which one is seen."""
    layout = QStackedLayout(of)  # not given to it later: a page without a parent would open itself
    for page in pages:
        layout.addWidget(page)
    return layout


def scrolled(content: QWidget) -> QScrollArea:
    """A panel of fields as wide as its place, that scrolls up and down, and with the focus.

    It takes no focus itself: else it is the first to have it in a dialog, in place of a field.
    """
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setObjectName("panel")
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def split(
    *parts: QWidget,
    handle: int,
    stretch: Sequence[int],
    sizes: Sequence[int] = (),
    orientation: Qt.Orientation = Qt.Orientation.Horizontal,
) -> QSplitter:
    """Parts with a handle of that width between them; none can be pushed out of sight."""
    result = QSplitter(orientation)
    result.setChildrenCollapsible(False)
    result.setHandleWidth(handle)
    for index, (part, share) in enumerate(zip(parts, stretch, strict=True)):
        result.addWidget(part)
        result.setStretchFactor(index, share)
    if sizes:
        result.setSizes(list(sizes))
    return result
