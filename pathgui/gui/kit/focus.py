"""Where the keyboard focus goes: by Tab, and when what had it is hidden, disabled or done with.

By itself, Qt goes through widgets in the order in which they were made, and gives a focus that is
lost to the next of them, which may be a stranger: Space would press it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLayout,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QWidget,
)


@contextmanager
def focus_goes_to(
    *targets: Callable[[], QWidget | None], within: QWidget | None = None
) -> Iterator[None]:
    """If the focus is lost meanwhile, give it to the first of ``targets`` that can take it.

    With ``within``, only if it was in that widget.
    """
    before = QApplication.focusWidget()
    yield
    if before is None or QApplication.focusWidget() is before:
        return
    if within is not None and not (before is within or within.isAncestorOf(before)):
        return
    for target in targets:
        widget = target()
        if widget is not None and widget.isVisible() and widget.isEnabled():
            widget.setFocus()
            return


def in_reading_order(*parts: QWidget | None) -> None:
    """Have Tab go through ``parts``, and what they hold, as they are read.

    Call it again where widgets were added: Qt puts those last.
    """
    before: QWidget | None = None
    for widget in (each for part in parts if part is not None for each in _read(part)):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.focusProxy() is not None:
            continue
        if before is not None:
            QWidget.setTabOrder(before, widget)
        before = widget


def _read(widget: QWidget) -> Iterator[QWidget]:
    """A widget and all in it, from the upper left to the lower right."""
    yield widget
    if isinstance(widget, QTabWidget):
        yield widget.tabBar()
        pages: list[QWidget | None] = [widget.widget(index) for index in range(widget.count())]
    elif isinstance(widget, QSplitter):
        pages = [widget.widget(index) for index in range(widget.count())]
    elif isinstance(widget, QScrollArea):
        pages = [widget.widget()]
    elif (layout := widget.layout()) is not None:
        pages = list(_laid_out(layout))
    elif isinstance(widget, QAbstractScrollArea | QAbstractSpinBox | QComboBox):
        pages = []  # what is in them is theirs
    else:
        pages = [child for child in widget.children() if isinstance(child, QWidget)]
    for page in pages:
        if page is not None and not page.isWindow():
            yield from _read(page)


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    parts: dict[int, QWidget | QLayout] = {}
    for below in layout.children():
        if isinstance(below, QLayout):
            parts[layout.indexOf(below)] = below
    parent = layout.parentWidget()
    for child in () if parent is None else parent.children():
        if isinstance(child, QWidget) and (place := layout.indexOf(child)) >= 0:
            parts[place] = child
    for _, part in sorted(parts.items()):
        if isinstance(part, QWidget):
            yield part
        else:
            yield from _laid_out(part)
