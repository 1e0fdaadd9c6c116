"""Starting the window: application, exception hooks, messages of Qt into the log."""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QCoreApplication,
    QMessageLogContext,
    QObject,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from pathgui.core.language.texts import CHOSEN, say
from pathgui.core.slides.reading import slide_pool
from pathgui.folders import log_dir
from pathgui.gui.jobs import jobs
from pathgui.gui.jobs.garbage import GarbageCollector
from pathgui.gui.jobs.services import Services
from pathgui.gui.kit.application import Application
from pathgui.gui.kit.fonts import add_missing_fonts
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.qt_language import speak
from pathgui.gui.kit.theme import ThemeFollower
from pathgui.gui.kit.tips import TipBreaker
from pathgui.gui.shell.main_window import MainWindow
from pathgui.version import __version__

log = logging.getLogger(__name__)

NO_WINDOW = 2  # exit code: an environment in which pathgui cannot do what is asked
STRAGGLER_PATIENCE = 0.3  # seconds; what a job has kept is safe whenever it ends

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def main(slides: list[Path], demo: bool = False, services: Services | None = None) -> int:
    """Open the window and stay until it is closed. Returns the exit code."""
    start_logging()
    qInstallMessageHandler(_until_there_is_a_window)
    # Pure-Python work in threads would hold the interpreter for 5 ms at a time: one frame.
    sys.setswitchinterval(0.001)
    QCoreApplication.setApplicationName("pathgui")
    QCoreApplication.setApplicationVersion(__version__)
    QApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    app = QApplication.instance() or Application(sys.argv[:1])
    assert isinstance(app, QApplication)
    speak(app, CHOSEN.language)  # before the first field is made
    GarbageCollector(app).start()  # to the end: threads of jobs may outlive the window
    qInstallMessageHandler(log_qt)
    app.setWindowIcon(icon("pathgui"))
    add_missing_fonts()
    QApplication.setDesktopFileName("pathgui")
    follower = ThemeFollower(app)
    window = MainWindow(services)
    follower.choose(window.settings.theme)
    follower.changed.connect(window.recolor)
    window.run_settings.theme_chosen.connect(follower.choose)
    TipBreaker(window)
    hooks = Hooks(window)
    hooks.install()
    wake = _let_signals_through(window)
    window.show()
    if isinstance(app, Application):
        app.opened.connect(window.open_slides)
    if slides:
        window.open_slides(slides)
    if demo:
        window.open_demo()
    code = app.exec()
    wake.stop()
    hooks.remove()
    qInstallMessageHandler(None)
    slide_pool.end_all()
    _wait_for_stragglers(code)
    return code


class Hooks(QObject):
    """Whatever nobody catches, on any thread, is logged and shown once."""

    _raised = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._raised.connect(window.show_error)
        self._former = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def install(self) -> None:
        """Take over."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable

    def remove(self) -> None:
        """Give back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._former

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        self._raised.emit(error.with_traceback(trace))

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            self._raised.emit(args.exc_value)

    def _on_unraisable(self, args: sys.UnraisableHookArgs) -> None:
        # In a destructor: nothing the user did, and nothing to go on from. The log will do.
        log.error("unraisable: %s", args.err_msg, exc_info=args.exc_value)


def start_logging() -> Path:
    """Log to the console and to a rotating file, whose path is returned."""
    path = log_dir() / "pathgui.log"
    root = logging.getLogger()
    if any(isinstance(each, logging.handlers.RotatingFileHandler) for each in root.handlers):
        return path
    shape = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    console.setFormatter(shape)
    root.addHandler(console)
    root.setLevel(logging.INFO)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            path, maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
    except OSError as error:
        log.warning("no log file: %s", error)  # a read-only home is no reason not to start
        return path
    file.setFormatter(shape)
    root.addHandler(file)
    return path


def log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """A message of Qt goes to the log."""
    category = context.category or "default"
    logging.getLogger(f"qt.{category}").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", message)


def _until_there_is_a_window(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Where Qt finds nothing to open a window on, it aborts; before that, say why."""
    log_qt(kind, context, message)
    if kind == QtMsgType.QtFatalMsg:
        sys.stderr.write(
            say(
                "Error: Qt cannot open a window: {split}\nWork in the terminal "
                "(pathgui --help; pathgui demo --headless shows the main job).\n",
                split=" ".join(message.split()),
            )
        )
        sys.stderr.flush()
        logging.shutdown()
        os._exit(NO_WINDOW)


def _let_signals_through(window: MainWindow) -> QTimer:
    """Ctrl-C in the terminal closes the window. Qt's loop runs no Python by itself."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda number, frame: window.close_surely())
    timer = QTimer(window)
    timer.start(250)
    timer.timeout.connect(lambda: None)
    return timer


def _wait_for_stragglers(code: int) -> None:
    """Threads that did not stop with the window get their time; Qt must not destroy them."""
    deadline = time.monotonic() + STRAGGLER_PATIENCE
    for job in jobs.stragglers:
        left = max(0, int(1000 * (deadline - time.monotonic())))
        if not job.wait(left):
            log.error("a job did not end, leaving without it: %s", job.where())
            logging.shutdown()
            os._exit(code)  # a running QThread cannot be destroyed without an abort
    jobs.stragglers.clear()
