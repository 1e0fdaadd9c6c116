"""The way from the terminal to the window, where there is a display."""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.results.export_choice import RunExport
from pathgui.core.runs.record import Evaluation

if TYPE_CHECKING:
    from pathgui.core.slides.slide import Slide

_INSTEAD = say(
    "Work in the terminal (pathgui --help; pathgui demo --headless shows the "
    "main job), or start pathgui from a desktop session."
)
_PATIENCE = 3.0  # seconds for a display on another computer to answer
_X_TCP = 6000  # port of display 0


def open_window(slides: list[Path], demo: bool = False) -> int:
    """The window, where there is a display."""
    fault = display_fault()
    if fault:
        raise PathguiError(f"{fault} {_INSTEAD}")
    from pathgui.gui.app import main as gui_main  # the only way from here to Qt

    return gui_main(slides, demo=demo)


def draw_picture(
    evaluation: Evaluation,
    wanted: RunExport,
    path: Path,
    slide: Slide,
    opacity: float,
    report: ProgressFn,
) -> None:
    """Write a PNG as the window does, with no display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from pathgui.gui.report.run_picture import draw_run
    except ImportError as error:  # of a system library that Qt needs
        raise PathguiError(
            say(
                "The picture cannot be drawn: {error}. pathgui doctor says what to install.",
                error=error,
            )
        ) from error
    draw_run(evaluation, wanted, path, slide, opacity, report)


def has_display() -> bool:
    """Whether a display is named: the window is meant, whether or not it can be shown."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def display_fault() -> str:
    """Why no window can be shown, in a sentence; "" if one can, as far as can be told.

    Qt ends the process without a word where it is given a display that does not answer.
    """
    platforms = re.split(r"[;:]", os.environ.get("QT_QPA_PLATFORM", ""))[0]
    if sys.platform in ("win32", "darwin") or (
        platforms and not platforms.startswith(("xcb", "wayland"))
    ):
        return ""
    if not has_display():
        return say("There is no display to open a window on.")
    x, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    faults = []
    if wayland and not platforms.startswith("xcb"):
        fault = _unanswered(_wayland_places(wayland))
        if not fault:
            return ""
        faults.append(
            say(
                "The Wayland display {wayland} (WAYLAND_DISPLAY) does not answer: {fault}.",
                wayland=wayland,
                fault=fault,
            )
        )
    if x and not platforms.startswith("wayland"):
        fault = _unanswered(_x_places(x))
        if not fault:
            return ""
        faults.append(say("The display {x} (DISPLAY) does not answer: {fault}.", x=x, fault=fault))
    if not faults:
        return say("There is no display for QT_QPA_PLATFORM={platforms}.", platforms=platforms)
    return " ".join(faults)


_Place = str | tuple[str, int]


def _wayland_places(name: str) -> list[_Place]:
    folder = os.environ.get("XDG_RUNTIME_DIR")
    if os.path.isabs(name):
        return [name]
    return [os.path.join(folder, name)] if folder else []


def _x_places(display: str) -> list[_Place]:
    """Sockets of a display such as ``:0``, ``unix:1.0``, ``host:10.0``; [] if it is none."""
    found = re.fullmatch(r"(?:(?P<family>[^/]*)/)?(?P<host>.*?):(?P<number>\d+)(?:\.\d+)?", display)
    if found is None:
        return [display] if display.startswith("/") else []  # macOS's launchd
    number, host = int(found["number"]), found["host"].strip("[]")
    if host in ("", "unix") or found["family"] in ("unix", "local"):
        path = f"/tmp/.X11-unix/X{number}"
        return [path, f"\0{path}"]
    return [(host, _X_TCP + number)]


def _unanswered(places: list[_Place]) -> str:
    """Why none of these sockets can be connected to; "" if one can."""
    why = say("that is no name of a display")
    for place in places:
        try:
            if isinstance(place, tuple):
                socket.create_connection(place, timeout=_PATIENCE).close()
            else:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                    connection.settimeout(_PATIENCE)
                    connection.connect(place)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
        else:
            return ""
    return why
