"""The way from the terminal to the window, where there is a display."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pathgui.core.errors import PathguiError


def open_window(slides: list[Path], demo: bool = False) -> int:
    """The window, where there is a display."""
    if not has_display():
        raise PathguiError(
            "There is no display to open a window on. Work in the terminal (pathgui --help), or "
            "start pathgui from a desktop session."
        )
    from pathgui.gui.app import main as gui_main  # the only way from here to Qt

    return gui_main(slides, demo=demo)


def has_display() -> bool:
    """Whether a window could be shown."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
