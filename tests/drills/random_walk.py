"""Press keys and click, at random but from a seed, and count what goes wrong.

``python -m tests.drills.random_walk [--minutes 10] [--seed 1] [FILES TO OPEN]``, under Xvfb or on a
desktop that nobody uses meanwhile. Without files it opens a slide and a run that it makes. It has
its own home, asks no network, and opens no file dialog, browser or file manager.

It prints each traceback and each warning of Qt with the steps before it, then how many there were,
and what the process held after each tenth of the time: memory, widgets, Python's objects. It ends
with 1 if there was a traceback or warning.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import tifffile
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices, QShowEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QMenu,
    QTabBar,
    QWidget,
)
from shiboken6 import getAllValidWrappers

from pathgui.cli.streams import end_process
from pathgui.core.errors import EncoderError
from pathgui.core.runs.run_files import save_evaluation
from pathgui.gui import app
from pathgui.gui.jobs.services import Services
from pathgui.gui.jobs.weights_services import WeightsServices
from pathgui.gui.shell.main_window import MainWindow
from tests.explore_factory import explorable
from tests.gui.viewer.slides import tissue_like
from tests.material import make_reference

STEP_MS = 40
LOOKS = 10  # at what the process holds
SHOWN_STEPS = 8  # before a fault
ENDS = "quit"  # after it there is no window to walk in

KEYS = [
    *(getattr(Qt.Key, f"Key_{letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape,
    Qt.Key.Key_Delete, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_F1,
    Qt.Key.Key_F2, Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F11, Qt.Key.Key_Plus, Qt.Key.Key_Minus,
]  # fmt: skip
NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
AIMS = (QAbstractButton, QComboBox, QAbstractItemView, QTabBar)  # three of four clicks go here


@dataclass
class Seen:
    """What went wrong, and what the process held meanwhile."""

    steps: deque[str] = field(default_factory=lambda: deque(maxlen=SHOWN_STEPS))
    faults: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)  # after each tenth of the time
    done: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, what: str) -> None:
        """A step that is about to be done."""
        self.done[kind] += 1
        self.steps.append(f"{kind} {what}")

    def fault(self, text: str) -> None:
        """Print it at once: the next may end the process."""
        self.faults.append(text)
        print(f"FAULT {text}\n  after: {'; '.join(self.steps)}", flush=True)


class FaultHandler(logging.Handler):
    """Warnings of Qt, and errors of anybody, are faults."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        of_qt = record.name.startswith("qt.") and record.levelno >= logging.WARNING
        if of_qt or record.levelno >= logging.ERROR:
            formatter = logging.Formatter("%(levelname)s %(name)s: %(message)s")
            self._seen.fault(formatter.format(record))


class Walk:
    """Steps of a hand that knows nothing."""

    def __init__(self, seed: int, seen: Seen) -> None:
        self._random = random.Random(seed)
        self._seen = seen

    def step(self) -> None:
        """One key, click, turn of the wheel, pull of the mouse, or entry of a menu."""
        kinds: list[tuple[Callable[[QWidget], None], int]] = [
            (self._key, 35), (self._click, 40), (self._wheel, 8), (self._pull, 8), (self._act, 9),
        ]  # fmt: skip
        top = self._top()
        if top is None:
            return
        if isinstance(top, QMenu):
            self._choose(top)
            return
        (act,) = self._random.choices([kind for kind, _ in kinds], [often for _, often in kinds])
        act(top)

    def _top(self) -> QWidget | None:
        """Where the hand may go: the menu that is open, the dialog that asks, or any window."""
        only = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if only is not None:
            return only
        windows = [
            each for each in QApplication.topLevelWidgets() if each.isVisible() and each.isEnabled()
        ]
        return self._random.choice(windows) if windows else None

    def _key(self, top: QWidget) -> None:
        key = self._random.choice(KEYS)
        modifier = self._random.choices([NONE, SHIFT, CONTROL], [75, 10, 15])[0]
        if modifier == CONTROL and key in (Qt.Key.Key_Q, Qt.Key.Key_W):
            return
        target = QApplication.focusWidget() or top
        self._seen.note("key", f"{modifier.name}+{key.name} to {_name(target)}")
        QTest.keyClick(target, key, modifier)

    def _click(self, top: QWidget) -> None:
        aims: list[QWidget] = [top]
        if self._random.random() < 0.75:
            aims = [each for kind in AIMS for each in top.findChildren(kind)]
        seen = [each for each in aims if each.isVisible() and each.isEnabled()]
        if not seen:
            return
        widget = self._random.choice(seen)
        at = self._place(widget)
        below = widget.childAt(at)
        if below is not None:
            at = below.mapFrom(widget, at)
            widget = below
        button = self._random.choices(
            [Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton], [92, 8]
        )[0]
        self._seen.note("click", f"{button.name} on {_name(widget)}")
        click = QTest.mouseDClick if self._random.random() < 0.05 else QTest.mouseClick
        click(widget, button, NONE, at)

    def _wheel(self, top: QWidget) -> None:
        handle, place = top.windowHandle(), self._place(top)
        if handle is None:
            return
        turn = self._random.choice([-120, 120])
        self._seen.note("wheel", f"{turn} on {_name(top.childAt(place) or top)}")
        QTest.wheelEvent(handle, place, QPoint(0, turn))

    def _pull(self, top: QWidget) -> None:
        view = self._random.choice([top, *top.findChildren(QAbstractItemView)])
        if isinstance(top, MainWindow) and self._random.random() < 0.8:
            view = top.viewer
        if not view.isVisible():
            return
        self._seen.note("pull", f"on {_name(view)}")
        start = self._place(view)
        widget = view.childAt(start) or view
        if widget is not view:
            start = widget.mapFrom(view, start)
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, NONE, start)
        for _ in range(self._random.randint(1, 5)):
            QTest.mouseMove(widget, self._place(widget))
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, NONE, self._place(widget))

    def _act(self, top: QWidget) -> None:
        if not isinstance(top, MainWindow):
            return
        menus = [each.menu() for each in top.menuBar().actions() if each.menu() is not None]
        action = self._random.choice([each for menu in menus for each in _entries(menu)])
        self._seen.note("act", action.text())
        action.trigger()

    def _choose(self, menu: QMenu) -> None:
        actions = [each for each in menu.actions() if _may_be_done(each)]
        if not actions or self._random.random() < 0.3:
            self._seen.note("menu", "Escape")
            QTest.keyClick(menu, Qt.Key.Key_Escape)
            return
        action = self._random.choice(actions)
        self._seen.note("menu", action.text())
        QTest.mouseClick(
            menu, Qt.MouseButton.LeftButton, NONE, menu.actionGeometry(action).center()
        )

    def _place(self, widget: QWidget) -> QPoint:
        across, down = max(1, widget.width()), max(1, widget.height())
        return QPoint(self._random.randrange(across), self._random.randrange(down))


def _name(widget: QWidget) -> str:
    said = widget.accessibleName() or widget.objectName()
    return f"{type(widget).__name__} {said}".strip()


def _entries(menu: QMenu) -> Iterator[QAction]:
    """What can be chosen in a menu and in those that it opens."""
    for action in menu.actions():
        if action.menu() is not None:
            yield from _entries(action.menu())
        elif _may_be_done(action):
            yield action


def _may_be_done(action: QAction) -> bool:
    ends = action.text().replace("&", "").lower().startswith(ENDS)
    return action.isEnabled() and action.isVisible() and not action.isSeparator() and not ends


def without_the_outside() -> Services:
    """No file dialog, no browser, no download."""
    none: Any = staticmethod(lambda *args, **kwargs: ("", ""))
    for name in ("getOpenFileName", "getSaveFileName"):
        setattr(QFileDialog, name, none)
    QFileDialog.getOpenFileNames = staticmethod(lambda *args, **kwargs: ([], ""))  # type: ignore
    QFileDialog.getExistingDirectory = staticmethod(lambda *args, **kwargs: "")  # type: ignore
    QDesktopServices.openUrl = staticmethod(lambda *args: True)  # type: ignore
    return Services(
        weights=WeightsServices(
            download=_refuse, check_access=_refuse, sign_in=_refuse, sign_out=lambda: None,
            open_page=lambda url: None, open_folder=lambda: None,
        )
    )  # fmt: skip


def _refuse(*args: object) -> Any:
    raise EncoderError("There is no network on this walk.")


def walk(files: list[Path], seconds: float, seed: int) -> Seen:
    """Open ``files`` in the program itself, and walk."""
    seen = Seen()
    logging.getLogger().addHandler(FaultHandler(seen))
    walker = Walk(seed, seen)

    class Walked(MainWindow):
        """Is walked in from its first show on, until the time is over."""

        _ends = 0.0

        def closeEvent(self, event: QCloseEvent) -> None:
            if self.closing.sure:
                super().closeEvent(event)
            else:  # the hand found one of the ways to quit: without a window there is no walk
                event.ignore()

        def showEvent(self, event: QShowEvent) -> None:
            super().showEvent(event)
            if not self._ends:
                self._ends = time.monotonic() + seconds
                QTimer.singleShot(STEP_MS, self._turn)

        def _turn(self) -> None:
            now = time.monotonic()
            # Before the step, which may open a dialog and end when that is closed.
            QTimer.singleShot(STEP_MS, self._turn)
            if self._ends - now <= seconds * (1 - (len(seen.held) + 1) / LOOKS):
                seen.held.append(held())
            if now > self._ends:
                for each in QApplication.topLevelWidgets():
                    if each is not self:
                        each.close()
                self.close_surely()
                return
            walker.step()

    app.MainWindow = Walked  # type: ignore[misc]
    app.main(files, services=without_the_outside())
    return seen


def made_up(place: Path) -> list[Path]:
    """A slide, a reference set and a finished run of three encoders on them."""
    slide = place / "slide.tif"
    tifffile.imwrite(
        slide, tissue_like((3000, 2000)), tile=(256, 256), photometric="rgb",
        resolution=(2e4, 2e4), resolutionunit="CENTIMETER",
    )  # fmt: skip
    reference = make_reference(place / "set")
    run = place / "made-up.pgrun"
    save_evaluation(explorable(reference, slide, "Lakeside"), run)
    return [slide, reference.folder, run]


def held() -> str:
    """Resident memory, widgets, objects of Qt and of Python of this process, now.

    A leak shows in the last three. Memory grows without one, too: up to the limit of the viewer's
    cache (1 GiB), and by what the C library keeps of freed blocks until it is asked to give them
    back.
    """
    memory = psutil.Process().memory_info().rss / 1e6
    widgets, objects = len(QApplication.allWidgets()), len(gc.get_objects())
    of_qt = len(getAllValidWrappers())
    return f"{memory:.0f} MB, {widgets} widgets, {of_qt} objects of Qt, {objects} of Python"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="settings, runs and cache; default: a new folder")
    parser.add_argument("files", nargs="*", type=Path, help="slide, reference set, run to open")
    options = parser.parse_args()
    if os.environ.get("HF_HUB_OFFLINE") != "1":  # which is read when the library is loaded
        words = [sys.executable, "-X", "faulthandler", "-m", "tests.drills.random_walk"]
        os.execve(sys.executable, [*words, *sys.argv[1:]], os.environ | {"HF_HUB_OFFLINE": "1"})
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.environ["PATHGUI_HOME"] = str(options.home or place / "home")
        seen = walk(options.files or made_up(place), 60 * options.minutes, options.seed)
    done = ", ".join(f"{count} {kind}" for kind, count in sorted(seen.done.items()))
    print(f"seed {options.seed}: {seen.done.total()} steps ({done})")
    for tenth, words in enumerate(seen.held, 1):
        print(f"after {tenth * options.minutes / LOOKS:.1f} min: {words}")
    print(f"{len(seen.faults)} tracebacks and warnings of Qt")
    return 1 if seen.faults else 0


if __name__ == "__main__":
    end_process(main())
