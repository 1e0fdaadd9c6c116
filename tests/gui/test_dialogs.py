"""Every dialog: it fits the smallest screen, is read as Tab goes, and Esc leaves it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QDialogButtonBox,
    QTableView,
    QTabWidget,
    QWidget,
)

import pathgui.gui
from pathgui.core.cohort.file_proposals import from_paths
from pathgui.core.errors import CohortError
from pathgui.core.reference.set_draft import SetDraft
from pathgui.core.report.render.pages import Pages
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.results.run_diff import diff_runs
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.import_page import ImportPage
from pathgui.gui.cohort.proposals_dialog import ProposalsDialog
from pathgui.gui.cohort.sample_dialog import SampleDialog
from pathgui.gui.criteria.criteria_dialog import CriteriaDialog
from pathgui.gui.criteria.criteria_presets import Presets
from pathgui.gui.criteria.intended_use_dialog import IntendedUseDialog
from pathgui.gui.encoders.own_dialog import OwnEncoderDialog
from pathgui.gui.encoders.sign_in_dialog import SignInDialog, WhichEncoderDialog
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.jobs.services import Services
from pathgui.gui.kit.command_palette import Command, CommandPalette
from pathgui.gui.kit.dialogs import AboutDialog, BugDialog
from pathgui.gui.kit.inside import USUAL_FRAME, Dialog, fit_dialog
from pathgui.gui.reference.public_sets_dialog import PublicSetsDialog
from pathgui.gui.reference.set_dialog import SetDialog
from pathgui.gui.report.report_dialog import ReportDialog
from pathgui.gui.results.classifier_dialog import ClassifierDialog
from pathgui.gui.results.summary_help import SummaryHelp
from pathgui.gui.runs.baseline_dialog import BaselineDialog
from pathgui.gui.runs.check_dialog import CheckDialog
from pathgui.gui.runs.qualify_dialog import QualifyDialog
from pathgui.gui.runs.run_diff_dialog import RunDiffDialog
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.shell.manual import Manual
from pathgui.gui.slides.archive_dialog import ArchiveDialog
from pathgui.gui.viewer.dialogs import KeySheet, LineDialog
from pathgui.gui.viewer.model.keys import KeyTable
from tests.core.baselines.test_check_words import CHECK
from tests.core.cohort.making import sheet
from tests.gui.shell.test_screens import SCREENS, SMALLEST, cut_off, keep, settle
from tests.gui.test_access import controls, in_order_of_tab, is_read_before, name_of, pixels
from tests.run_factory import make_evaluation

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
NOW = "2026-11-30T12:00:00+00:00"
SLIDES = Content().with_files([Path(f"/s/{folder}/S{n}.tif") for n, folder in enumerate("NNS")])


@dataclass(frozen=True)
class Around:
    """What dialogs are made with."""

    folder: Path
    reference: Any
    desk: Desk
    runner: JobRunner


def _no_sample(*args: Any) -> Any:
    raise CohortError("None of the slides has a tissue.")


def _set_dialog(around: Around) -> SetDialog:
    made = SetDialog(lambda tile: None, None)
    made.show_draft(SetDraft(around.reference))
    return made


def _runs() -> Any:
    one = make_evaluation(2)
    return diff_runs(one, replace(one, run=replace(one.run, id="later", pathgui="0.0.9")))


MAKERS: dict[type[QDialog], Callable[[Around], QDialog]] = {
    AboutDialog: lambda _: AboutDialog(None),
    BaselineDialog: lambda _: BaselineDialog("May", make_evaluation(2).run),
    BugDialog: lambda _: BugDialog(ValueError("a mistake"), Path("pathgui.log"), None),
    CheckDialog: lambda _: CheckDialog(CHECK),
    ClassifierDialog: lambda _: ClassifierDialog("May", make_evaluation(2).run),
    CommandPalette: lambda _: CommandPalette([Command("Open", "Ctrl+O", lambda: None)], None),
    CriteriaDialog: lambda a: CriteriaDialog(
        (), [("shell", "SHELL")], Presets(a.folder), lambda: NOW
    ),
    ImportPage: lambda a: ImportPage(a.desk, sheet("slide,Klinik,note", "S0,Nord,pale"), SLIDES),
    IntendedUseDialog: lambda _: IntendedUseDialog(None, lambda: NOW),
    KeySheet: lambda _: KeySheet(KeyTable(ACTIONS), lambda: None),
    LineDialog: lambda _: LineDialog("Go to coordinates", "Where?", lambda text: "", "12, 4"),
    Manual: lambda _: Manual(None),
    OwnEncoderDialog: lambda _: OwnEncoderDialog(None),
    QualifyDialog: lambda _: QualifyDialog("May"),
    ProposalsDialog: lambda _: ProposalsDialog(from_paths(SLIDES.files), SLIDES),
    ArchiveDialog: lambda _: ArchiveDialog(None, ["https://pacs.example.org/dicom-web"]),
    PublicSetsDialog: lambda a: PublicSetsDialog(None, a.folder, offline=False),
    ReportDialog: lambda a: ReportDialog(a.folder, ReportOptions(), _pages, a.runner),
    RunDiffDialog: lambda a: RunDiffDialog(
        _runs(), ("before", "after"), None, (a.folder / "a.pgrun", a.folder / "b.pgrun")
    ),
    SampleDialog: lambda a: SampleDialog(
        a.folder / "study.pgcohort", a.folder / "study.pgref", _no_sample, a.runner
    ),
    SetDialog: _set_dialog,
    SignInDialog: lambda _: SignInDialog(None),
    SummaryHelp: lambda _: SummaryHelp(None, ""),
    WhichEncoderDialog: lambda _: WhichEncoderDialog(None, "lab.pt", [("uni", "UNI")]),
}


def _pages(*args: Any) -> Pages:
    return Pages([np.full((140, 100, 3), 255, np.uint8)], [])


# Nothing runs for these: they show, ask for words, or fill in what a later command reads.
STARTS_NO_WORK = {
    AboutDialog, BugDialog, CommandPalette, KeySheet, LineDialog, Manual, SummaryHelp,
    SignInDialog, WhichEncoderDialog,  # a token and a name are asked for
    CriteriaDialog, IntendedUseDialog,  # are in files that Evaluate's command names
    ImportPage, ProposalsDialog,  # fill cells of the table, which is not saved yet
    CheckDialog,  # shows what a check has found
    ArchiveDialog,  # finds slides and opens them, as the file dialog does
}  # fmt: skip


LARGE_LETTERS = 1.5  # in which a dialog finds so much less room
SHOWS_ONLY = {AboutDialog, BugDialog, CheckDialog}


# Python would take the parts of a closed dialog apart in any order, as it would those of a window.
_shown: list[QDialog] = []


@pytest.fixture(scope="module")
def around(qapp: Any, tmp_path_factory: Any, reference: Any) -> Iterator[Around]:
    runners = [JobRunner(qapp) for _ in range(4)]
    desk = Desk(Services(), MessageArea(), *runners[:3], lambda error: pytest.fail(str(error)))
    yield Around(tmp_path_factory.mktemp("dialogs"), reference, desk, runners[3])
    for runner in runners:
        runner.shutdown()


def test_every_dialog_is_in_this_test():
    for each in pkgutil.walk_packages(pathgui.gui.__path__, "pathgui.gui."):
        importlib.import_module(each.name)
    ours = {
        each for kind in (QDialog, Dialog) for each in kind.__subclasses__()
        if each.__module__.startswith("pathgui.") and each is not Dialog
    }  # fmt: skip
    assert ours == set(MAKERS)
    assert all(issubclass(each, Dialog) for each in ours)


def test_a_dialog_that_starts_work_offers_it_as_a_command_of_the_terminal(around):
    for kind, maker in MAKERS.items():
        made = maker(around)
        _shown.append(made)
        copy = getattr(made, "copy_button", None)
        assert (copy is None) == (kind in STARTS_NO_WORK), kind
        assert copy is None or copy.text() == "Copy as command"


def test_a_dialog_that_is_closed_takes_no_memory():
    """Its class sees to that, or each module that makes one."""
    gui = Path(pathgui.gui.__file__).parent
    sources = {path: path.read_text(encoding="utf-8") for path in gui.rglob("*.py")}
    gone = "WA_DeleteOnClose"
    staying = [
        f"{kind.__name__} made in {path.name}"
        for kind in MAKERS
        if kind is not SetDialog  # one for all sets, which keeps what is changed in it
        and gone not in Path(inspect.getsourcefile(kind) or "").read_text(encoding="utf-8")
        for path, source in sources.items()
        if re.search(rf"(?<!class ){kind.__name__}\(", source) and gone not in source
    ]
    assert not staying


def stands_in_an_earlier_column(one: QWidget, other: QWidget) -> bool:
    """Whether each of them is in a panel of its own, and the panel of ``one`` is to the left."""
    panels = one
    while not panels.isAncestorOf(other):
        panels = panels.parentWidget()
    a, b = (
        next(child for child in panels.findChildren(QWidget, options=DIRECT)
             if child is each or child.isAncestorOf(each))
        for each in (one, other)
    )  # fmt: skip
    return a is not one and b is not other and a.geometry().right() < b.geometry().left()


def leaves(dialog: QDialog, control: QWidget | None) -> bool:
    """Whether nothing but the end of the dialog comes of it."""
    boxes = dialog.findChildren(QDialogButtonBox)
    roles = QDialogButtonBox.ButtonRole
    return control is None or (
        isinstance(control, QAbstractButton)
        and any(each.buttonRole(control) == roles.RejectRole for each in boxes)
    )


def pages(dialog: QDialog) -> Iterator[QWidget]:
    """The dialog, once for each of its tabs."""
    tabs = dialog.findChildren(QTabWidget)
    for number in range(max(1, tabs[0].count() if tabs else 1)):
        for each in tabs:
            each.setCurrentIndex(number)
        settle()
        yield dialog


@pytest.mark.qt_log_ignore("does not support raise", "does not support propagateSizeHints")
@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
def test_a_dialog_fits_is_read_as_tab_goes_shows_the_focus_and_ends_with_esc(qtbot, around, kind):
    dialog = MAKERS[kind](around)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    _shown.append(dialog)
    dialog.open()
    qtbot.waitUntil(lambda: not (around.runner.busy or around.desk.quick.busy), timeout=20_000)
    wrong = []
    settle()
    first = dialog.focusWidget()
    to_do = [each for each in controls(dialog) if each.isEnabled() and not leaves(dialog, each)]
    if kind not in SHOWS_ONLY and (not to_do or leaves(dialog, first)):
        wrong.append(
            f"it opens with the focus on {name_of(first)!r}, and {len(to_do)} things to do"
        )
    for number, page in enumerate(pages(dialog)):
        named = Counter((type(each).__name__, name_of(each)) for each in controls(page))
        wrong += [f"{each} has no name" for each, name in named if not name]
        wrong += [f"{each} is there {n} times" for each, n in named.items() if n > 1]
        order = [each for each in in_order_of_tab(page) if each.isEnabled()]
        wrong += [
            f"Tab goes from {name_of(a)!r} to {name_of(b)!r}"
            for a, b in pairwise(order)
            if not (is_read_before(a, b) or stands_in_an_earlier_column(a, b))
        ]
        wrong += [
            f"Tab stays in {name_of(each)!r}"
            for each in controls(page)
            if isinstance(each, QTableView) and each.tabKeyNavigation()
        ]
        for each in order:
            order[-1].setFocus()
            if each is order[-1] and len(order) > 1:
                order[0].setFocus()
            if len(order) == 1:
                each.clearFocus()
            before = pixels(each)
            each.setFocus(Qt.FocusReason.TabFocusReason)
            if pixels(each) == before:
                wrong.append(f"the focus on {name_of(each)!r} is not seen")
        keep(dialog, f"dialog {kind.__name__} {number}, as it opens")
    fit_dialog(dialog, SCREENS[SMALLEST])
    dialog.resize(SCREENS[SMALLEST] - USUAL_FRAME)
    settle()
    if dialog.size() != SCREENS[SMALLEST] - USUAL_FRAME:
        wrong.append(f"it is at least {dialog.minimumSizeHint()}")
    for number, page in enumerate(pages(dialog)):
        wrong += cut_off(page)
        keep(page, f"dialog {kind.__name__} {number}, smallest screen")
    low = QSize(SCREENS[SMALLEST].width(), round(SCREENS[SMALLEST].height() / LARGE_LETTERS))
    fit_dialog(dialog, low)
    dialog.resize(low - USUAL_FRAME)
    settle()
    wrong += [
        f"{button.text()!r} is out of sight where letters are large"
        for box in dialog.findChildren(QDialogButtonBox)
        for button in box.buttons()
        if button.isVisible() and button.visibleRegion().boundingRect() != button.rect()
    ]
    (dialog.focusWidget() or dialog).setFocus()
    qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Escape)
    settle()
    if dialog.isVisible():
        wrong.append(f"Esc in {name_of(dialog.focusWidget())!r} does not leave it")
    assert not wrong, "\n".join(dict.fromkeys(wrong))
