"""Starting the program: what is imported when, and where errors go."""

import errno
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType

from pathgui.core.runs.options import new_settings
from pathgui.folders import log_dir
from pathgui.gui import app
from pathgui.gui.kit.dialogs import AboutDialog, BugDialog
from pathgui.gui.shell.main_window import MainWindow
from pathgui.settings import Settings, load_settings
from pathgui.start import choose

HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "sklearn",
    "scipy",
    "matplotlib",
    "pyqtgraph",
    "typst",
    "zarr",
)

OPEN_A_WINDOW = f"""
import sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from pathgui.gui.shell.main_window import MainWindow
from pathgui.gui.kit.theme import ThemeFollower
ThemeFollower(app)
class Watched(MainWindow):
    def _build_panels(self):
        # Where one part is there before, each is matched with the style sheet again and again.
        assert not app.styleSheet()
        super()._build_panels()
        assert not app.styleSheet()
window = Watched()
assert app.styleSheet()
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy
window.show()
window.grab()
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy
window.close()
"""

CLOSE_AT_ONCE = """
import gc
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QFileOpenEvent
from pathgui.gui.kit.application import Application
application = Application([])
from pathgui.gui import app
app.MainWindow.open_slides = lambda window, paths: print("opens", *map(str, paths))
def close():
    print("collected on any thread:", gc.isenabled())
    QCoreApplication.sendEvent(application, QFileOpenEvent("/study/a b.pgrun"))
    for window in application.topLevelWidgets():
        window.close()
QTimer.singleShot(400, close)
sys.exit(app.main([]))
"""


def run(code):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120,
        check=False,
    )  # fmt: skip


def test_nothing_heavy_is_imported_before_the_first_paint():
    result = run(OPEN_A_WINDOW)
    assert result.returncode == 0, result.stderr


def test_the_program_starts_and_closing_it_while_it_warms_up_is_clean():
    result = run(CLOSE_AT_ONCE)
    assert result.returncode == 0, result.stderr
    assert "Destroyed while" not in result.stderr
    assert "Traceback" not in result.stderr
    # macOS names what it wants opened by an event.
    assert result.stdout == "collected on any thread: False\nopens /study/a b.pgrun\n"
    assert (log_dir() / "pathgui.log").is_file()


@pytest.fixture
def hooks(window):
    win = window()
    hooks = app.Hooks(win)
    former = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    hooks.install()
    yield win
    hooks.remove()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == former


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_nobody_catches_in_a_thread_is_shown_and_logged(qtbot, hooks, caplog):
    def work():
        raise ZeroDivisionError("in a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: hooks.findChild(BugDialog) is not None)
    assert "in a thread" in hooks.findChild(BugDialog).details.toPlainText()
    assert "in a thread" in caplog.text
    hooks.findChild(BugDialog).accept()


def test_what_nobody_catches_is_shown(qtbot, hooks):
    try:
        raise KeyError("nobody caught this")
    except KeyError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: hooks.findChild(BugDialog) is not None)
    hooks.findChild(BugDialog).accept()


def test_messages_of_qt_go_to_the_log(caplog):
    context = QMessageLogContext()
    app.log_qt(QtMsgType.QtWarningMsg, context, "a stylesheet is wrong")
    assert ("qt.default", logging.WARNING, "a stylesheet is wrong") in caplog.record_tuples


def test_about_says_that_it_is_for_research(qtbot, window):
    win = window()
    win.viewer.perform("about")
    dialog = win.findChild(AboutDialog)
    texts = " ".join(label.text() for label in dialog.findChildren(type(win.device)))
    assert "For research use only" in texts
    assert "2501.18055" in texts
    dialog.reject()


def test_k_can_be_chosen_as_a_paper_took_it(qtbot, window):
    panel = window().run_settings
    k = panel.boxes["k"]
    assert k.rule.currentText() == "automatic"
    assert not k.number.isVisibleTo(panel)
    k.rule.setFocus()
    qtbot.keyClicks(k.rule, "61")  # as typed in the list of a combo box
    assert k.rule.currentText() == "61 (PathoROB TCGA)"
    assert panel.apply_to(Settings()).run.k == "pathorob-tcga"
    panel.show_settings(Settings(new_settings(k=7)))
    assert (k.rule.currentText(), k.number.value()) == ("this number:", 7)
    panel.show_settings(Settings(new_settings(k="de-jong-2025")))
    assert panel.apply_to(Settings()).run.k == "de-jong-2025"


def test_settings_and_layout_are_kept(qtbot, window):
    first = window()
    panel = first.run_settings
    panel.boxes["k"].rule.setCurrentIndex(panel.boxes["k"].rule.findText("this number:"))
    panel.boxes["k"].number.selectAll()
    qtbot.keyClicks(panel.boxes["k"].number, "15")
    first.encoder_panel.tick(["shell"])
    first.overlay_panel.number.setValue(70)
    panel.language.choose("de")
    panel.language.activated.emit(panel.language.currentIndex())
    said = panel.language_note.text()
    assert "at the next start" in said
    assert "not reviewed by a native pathologist" in said
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    second = window()
    assert second.run_settings.boxes["k"].number.value() == 15
    assert second.run_settings.boxes["k"].number.isVisibleTo(second.run_settings)
    assert second.encoder_panel.ticked == ("shell",)
    assert second.viewer.opacity == 0.7
    assert choose([], {}, second.settings_file)[0] == "de"
    assert second.run_settings.language.currentText() == "Deutsch"


def test_damaged_settings_are_reported_and_the_window_opens(qtbot, window):
    first = window()
    path = first.settings_file
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    path.write_text('{"k": -3}')
    second = window()
    assert [bar.level for bar in second.messages.bars] == ["caution"]
    assert str(path) in second.messages.bars[0].text.text()


def test_settings_that_cannot_be_read_are_left_for_the_user_to_correct(qtbot, window):
    first = window()
    path = first.settings_file
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    text = '{"k": -3, "seed": 7, "weights": {"uni2-h": "/weights/uni2.safetensors"}}'
    path.write_text(text)
    second = window()
    second.run_settings.boxes["maps"].setChecked(False)
    second.close()
    qtbot.waitUntil(lambda: not second.isVisible())
    assert path.read_text() == text


def test_what_was_ticked_outlives_a_setting_changed_before_the_list_is_there(
    qtbot, window, monkeypatch
):
    first = window()
    first.encoder_panel.tick(["shell"])
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    whole = MainWindow._on_encoders

    def after_a_change(self):
        self.run_settings.boxes["maps"].setChecked(False)
        whole(self)

    monkeypatch.setattr(MainWindow, "_on_encoders", after_a_change)
    second = window()
    assert second.encoder_panel.ticked == ("shell",)
    second.close()
    qtbot.waitUntil(lambda: not second.isVisible())
    assert load_settings(second.settings_file).encoders == ("shell",)


@pytest.mark.parametrize(
    "kept", ['{"fit": [5]}', '{"open": [null]}', '{"fit": "Ctrl+J"}', '{"no-such": ["X"]}', "{"]
)
def test_the_window_opens_whatever_became_of_the_keys_that_were_kept(qtbot, window, kept):
    first = window()
    first.memory.setValue("keys", kept)
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    assert window().isVisible()


def test_the_window_opens_though_a_share_with_a_set_used_lately_is_gone(qtbot, window, monkeypatch):
    first = window()
    first.memory.setValue("recent/references", ["/mnt/share/set.pgref"])
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    stat = Path.stat

    def gone(self, **options):
        if self.parts[1:3] == ("mnt", "share"):
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected", str(self))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", gone)
    assert window().recent.references == []
