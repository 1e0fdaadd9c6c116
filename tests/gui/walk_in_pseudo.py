"""All that the window says, looked at in the pseudo language; ``tests/test_all_texts.py`` runs it.

It is named so that it is collected only when it is named: it needs a process of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from pathgui.core.encoders.standard import listed_encoders
from pathgui.core.language.languages import LANGUAGES
from tests.gui.conftest import MISSING, SPECS, idle
from tests.outside_brackets import outside

# Columns of tables are called as in their files, in the table of slides and where one is chosen.
COLUMNS = frozenset(
    (
        "slide",
        "patient_id",
        "center",
        "tissue",
        "marker",
        "scanner",
        "stain",
        "mpp",
        "file",
        "content",
    )
)
OF_COLUMNS = ("SlideGrid", "ElidedCombo", "QListView", "TextTable")
# Qt and the library of charts have catalogs of their own; its menu is never shown.
QT = ("qt_dockwidget", "ScrollLeftButton", "ScrollRightButton", "ExportDialog")


def test_the_window_in_the_pseudo_language(qtbot, ready, slide_path):
    win = ready()
    win.controller.evaluate()
    qtbot.waitUntil(lambda: win.controller.finished is not None, timeout=20_000)
    qtbot.waitUntil(idle(win), timeout=20_000)
    for dock in win.findChildren(QDockWidget):
        dock.show()
    for menu in win.menuBar().actions():
        if menu.menu() is not None:
            menu.menu().aboutToShow.emit()
    wrong: dict[str, list[str]] = {}
    known = names(win, slide_path)
    for where, text in texts(win):
        names_too = known | COLUMNS if any(map(where.__contains__, OF_COLUMNS)) else known
        if not any(each in where for each in QT) and outside(text, names_too):
            wrong.setdefault(text, []).append(where)
    Path(os.environ["PATHGUI_SAID"]).write_text(json.dumps(wrong), encoding="utf-8")


def names(win: Any, slide_path: Path) -> set[str]:
    """What is called by its own name: encoders and their sources, labels, files, languages."""
    run, set_ = win.controller.finished.evaluation.run, win.references.reference
    found = {each.name for each in LANGUAGES.values()} | {str(slide_path.parent), slide_path.stem}
    for each in listed_encoders():  # what their sources say of them is English
        found |= {each.name, each.title, each.sources, each.licence, each.why}
    for each in SPECS:
        found |= {each.name, each.title, each.licence, MISSING.detail}
    found |= {*run.reference.tissues, *run.reference.centers, run.reference.name}
    for result in run.encoders:  # made up, so that no text of the program has made them
        found |= {*result.warnings, *result.reference.notices, result.encoder.title}
        found.add(getattr(result.reference.robustness_index, "definition", ""))
    found |= {*set_.tissues, *set_.centers, str(set_.folder), set_.info.name, set_.folder.stem}
    found |= {"PathoROB", "Camelyon", "Tolkach", "TCGA", "de Jong et al.", "pathgui", "Ignore*"}
    found |= {"CPU, 2 cores", "no GPU was found", slide_path.name}
    return {each for each in found if each}


def texts(win: QWidget) -> Iterator[tuple[str, str]]:
    """Each text that a user may see or hear, and where it is."""
    for each in [win, *win.findChildren(QWidget)]:
        where = f"{type(each).__name__} {each.objectName()} in {type(each.parent()).__name__}"
        yield f"{where}: tool tip", each.toolTip()
        yield f"{where}: name", each.accessibleName()
        yield f"{where}: description", each.accessibleDescription()
        yield f"{where}: title", each.windowTitle()
        if isinstance(each, QLabel | QAbstractButton):
            yield f"{where}: text", each.text()
        if isinstance(each, QGroupBox):
            yield f"{where}: text", each.title()
        if isinstance(each, QLineEdit):
            yield f"{where}: placeholder", each.placeholderText()
        if isinstance(each, QTabBar | QComboBox):
            yield from _entries(each, where)
        if isinstance(each, QAbstractItemView) and each.model() is not None:
            yield from _cells(each.model(), where)
    for action in win.findChildren(QAction):
        if type(action.parent()).__module__.startswith("pyqtgraph"):
            continue
        yield "menu", action.text()
        yield "menu: tip", action.toolTip()
        yield "menu: status", action.statusTip()


def _entries(box: QTabBar | QComboBox, where: str) -> Iterator[tuple[str, str]]:
    for at in range(box.count()):
        text = box.tabText(at) if isinstance(box, QTabBar) else box.itemText(at)
        yield f"{where}: entry", text


def _cells(model: QAbstractItemModel, where: str) -> Iterator[tuple[str, str]]:
    roles = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
    one = isinstance(model, QAbstractListModel)  # its count of columns is private in Qt
    columns = range(1 if one else min(model.columnCount(), 40))
    for column in columns:
        for role in roles:
            yield (
                f"{where}: heading",
                _text(model.headerData(column, Qt.Orientation.Horizontal, role)),
            )
    for row in range(min(model.rowCount(), 20)):
        for column in columns:
            for role in roles:
                yield f"{where}: cell", _text(model.index(row, column).data(role))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
