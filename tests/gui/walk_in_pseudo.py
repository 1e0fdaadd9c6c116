"""All that the window says, looked at in the pseudo language; ``tests/test_all_texts.py`` runs it.

It is named so that it is collected only when it is named: it needs a process of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QObject, Qt
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
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.jobs.services import Services
from pathgui.gui.results.charts import Chart
from tests.gui.conftest import MISSING, SPECS, idle
from tests.gui.test_dialogs import MAKERS, Around
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
OF_TABLES = (*OF_COLUMNS, "QTableWidget", "ProposalsDialog: Combo")
# Qt and the library of charts have catalogs of their own; its menu is never shown.
QT = ("qt_dockwidget", "ScrollLeftButton", "ScrollRightButton", "ExportDialog")
# What the makers of dialogs hand in, and names: of files, licenses, options, labels.
GIVEN = frozenset(
    (
        "pathgui", "ValueError: a mistake", "Support", "the slides differ", "Open", "SHELL",
        "Klinik", "note", "Nord", "pale", "slide_id", "file", "patient_id", "Go to coordinates",
        "Where?", "ImageNet", "0.5 and 0.5", "CLIP", "folder 1", "https://pacs.example.org/dicom-web",
        "run.json", "results.csv", "slides.csv", "environment.txt", "before", "after",
        "Color statistics", "EfficientNet-Lite0", "None of the slides has a tissue.", "Lakeside",
        "Northfield", "stroma", "tumor", ".png", "Delete", "hf_", "UNI",
        "CC0-1.0", "CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", "CC-BY-4.0", "Camelyon17-WILDS", "TCGA-UT",
        "PLISM", "SCORPION", "SPIDER", "HISTAI",
    )
)  # fmt: skip
# Qt has catalogs of its own for its buttons; the manual is English.
OF_QT = ("in QDialogButtonBox", "qt_keysequenceedit", *QT)
IN_ENGLISH = ("Manual", "SummaryHelp")


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
    theirs = _menus_of_charts(win)
    for each in [win, *win.findChildren(QWidget)]:
        if each in theirs:
            continue
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
        parent = action.parent()
        if type(parent).__module__.startswith("pyqtgraph") or parent in theirs:
            continue
        yield "menu", action.text()
        yield "menu: tip", action.toolTip()
        yield "menu: status", action.statusTip()


def _menus_of_charts(win: QWidget) -> set[QObject]:
    """Menus that the library of charts makes, and what is in them; they are switched off."""
    menus = [each.getPlotItem().ctrlMenu for each in win.findChildren(Chart)]
    assert not any(each.getPlotItem().menuEnabled() for each in win.findChildren(Chart))
    return {each for menu in menus for each in (menu, *menu.findChildren(QObject))}


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


@pytest.fixture
def around(qapp, tmp_path, reference) -> Iterator[Around]:
    runners = [JobRunner(qapp) for _ in range(4)]
    desk = Desk(Services(), MessageArea(), *runners[:3], lambda error: pytest.fail(str(error)))
    yield Around(tmp_path, reference, desk, runners[3])
    for runner in runners:
        runner.shutdown()


@pytest.mark.qt_log_ignore("does not support raise", "does not support propagateSizeHints")
def test_the_dialogs_in_the_pseudo_language(qtbot, around):
    wrong: dict[str, list[str]] = {}
    for kind, maker in MAKERS.items():
        dialog = maker(around)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.open()
        qtbot.waitUntil(lambda: not (around.runner.busy or around.desk.quick.busy), timeout=20_000)
        for where, text in texts(dialog):
            there = f"{kind.__name__}: {where}"
            names_too = GIVEN | COLUMNS if any(map(there.__contains__, OF_TABLES)) else GIVEN
            if any(map(there.__contains__, OF_QT)) or there.startswith(IN_ENGLISH):
                continue
            if outside(text, names_too):
                wrong.setdefault(text, []).append(there)
        dialog.close()
    Path(os.environ["PATHGUI_SAID_BY_DIALOGS"]).write_text(json.dumps(wrong), encoding="utf-8")
