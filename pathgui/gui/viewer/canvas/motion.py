"""Whether the user asked their system for less motion."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

_GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "enable-animations")
_MACOS = ("defaults", "read", "com.apple.universalaccess", "reduceMotion")


@cache
def prefers_reduced_motion() -> bool:
    """Asked once. Where the system has no such setting, motion is wanted.

    ``PATHGUI_REDUCED_MOTION=1`` (or 0) decides before the system does.
    """
    said = os.environ.get("PATHGUI_REDUCED_MOTION")
    if said is not None:
        return said == "1"
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _answer(_MACOS) == "1"
    if "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", "").upper():
        return _answer(_GNOME) == "false"
    return False


def _answer(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _windows() -> bool:
    import ctypes

    spi_get_client_area_animation = 0x1042
    on = ctypes.c_int(1)
    user32 = getattr(ctypes, "windll").user32  # noqa: B009  # exists on Windows only
    user32.SystemParametersInfoW(spi_get_client_area_animation, 0, ctypes.byref(on), 0)
    return not on.value
