"""What the window does after its first paint: load what is heavy, and find the device."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.system.devices import Device
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.results.chart_page import load_charts


class WarmUp(QObject):
    """Imports torch and the charts in a job, so that neither the start nor a click waits."""

    device_found = Signal(object)  # a Device

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk

    def start(self) -> None:
        """Begin; :attr:`device_found` follows, or a message that says what is missing."""
        self._desk.quick.run(self._load, self.device_found.emit, self._on_failed)

    def _load(self, report: ProgressFn) -> Device:
        self._desk.services.warm_up()
        load_charts()
        # What is imported stays. Gone through with every collection of garbage, it held up all
        # threads, the window's too, for a third of a second.
        gc.freeze()
        return self._desk.services.device("auto")

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._desk.messages.show_message(
            "error",
            say(
                "Encoders cannot run here: {error}. Set pathgui up again "
                "(pathgui doctor says what is missing).",
                error=error,
            ),
        )


def device_words(device: Device) -> str:
    """Which device the choice "automatic" is, and why it is no GPU."""
    reason = retold(device.reason).rstrip(".")
    because = f" {reason[:1].upper()}{reason[1:]}." if reason else ""
    return say("Automatic is: {device_title}.{because}", device_title=device.title, because=because)
