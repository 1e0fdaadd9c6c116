"""What the window remembers in its QSettings: where its panels lie, and which keys were changed."""

from __future__ import annotations

import json
import logging

import msgspec
from PySide6.QtCore import QByteArray, QSettings, QSize
from PySide6.QtWidgets import QMainWindow

from pathgui.gui.kit.inside import bring_inside
from pathgui.gui.shell.docks import Docks
from pathgui.gui.viewer.model.keys import KeyTable

log = logging.getLogger(__name__)

LAYOUT_VERSION = 3
FIRST_SIZE = QSize(1360, 860)  # logical pixels


def restore_layout(window: QMainWindow, docks: Docks, memory: QSettings) -> None:
    """Give a window the size it had when it was closed, and its docks their places."""
    window.resize(FIRST_SIZE)
    bring_inside(window)  # not every desktop would mend that
    docks.reset()
    docks.columns.restore(str(memory.value("columns", "{}")))
    geometry, state = memory.value("geometry"), memory.value("state")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
        bring_inside(window)  # the screen may be another one now
    if isinstance(state, QByteArray):
        window.restoreState(state, LAYOUT_VERSION)
        for dock in docks.all:
            if dock.isFloating():
                bring_inside(dock)


def keep_layout(window: QMainWindow, docks: Docks, memory: QSettings) -> None:
    """Remember size and panels, and the columns of the summary."""
    memory.setValue("columns", docks.columns.kept())
    memory.setValue("geometry", window.saveGeometry())
    memory.setValue("state", window.saveState(LAYOUT_VERSION))
    memory.sync()


def changed_keys(memory: QSettings) -> dict[str, tuple[str, ...]]:
    """What the user changed of the keys; nothing where that cannot be read."""
    kept = str(memory.value("keys", "{}"))
    try:
        return msgspec.json.decode(kept, type=dict[str, tuple[str, ...]])
    except msgspec.MsgspecError:
        log.warning("the keys that were kept cannot be read; the defaults are used")
        return {}


def keep_keys(keys: KeyTable, memory: QSettings) -> None:
    """Remember what the user changed of the keys."""
    memory.setValue("keys", json.dumps(keys.changed))
