"""The settings of the window: read when it opens, changed by its panels, written when it closes."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QSignalBlocker, Slot

from pathgui.core.errors import SettingsError
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.evaluation.run_panel import RunSettingsPanel
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.settings import Settings, load_settings, save_settings

log = logging.getLogger(__name__)


class KeptSettings(QObject):
    """Holds the settings, and follows the panels in which the user changes them.

    Encoders that were ticked when the window was closed are ticked again once the list of
    encoders is whole (:meth:`tick_again`): until then, nobody knows which can be ticked.
    """

    def __init__(
        self,
        file: Path,
        encoders: EncoderPanel,
        run_settings: RunSettingsPanel,
        messages: MessageArea,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.now = Settings()
        self._file = file
        self._encoders = encoders
        self._run_settings = run_settings
        self._messages = messages
        self._wanted_ticks: tuple[str, ...] | None = None
        self._writes = True
        run_settings.changed.connect(self.keep)
        encoders.ticked_changed.connect(self.keep)

    def load(self) -> None:
        """Read the file, and show in the panels what it says."""
        try:
            self.now = load_settings(self._file)
        except SettingsError as error:
            self._messages.show_message("caution", str(error))
            self._writes = False  # the file is the user's to correct
        self._wanted_ticks = self.now.encoders
        self._run_settings.show_settings(self.now)

    def save(self) -> None:
        """Write the file, unless it could not be read."""
        if not self._writes:
            return
        try:
            save_settings(self.now, self._file)
        except SettingsError:
            log.warning("settings were not saved", exc_info=True)

    def tick(self, names: tuple[str, ...]) -> None:
        """Tick these encoders, now or once the list of encoders is whole."""
        if self._wanted_ticks is not None:
            self._wanted_ticks = names
        self._encoders.tick(names)

    def tick_again(self) -> None:
        """The list of encoders is whole: tick what was ticked when the window was closed."""
        if self._wanted_ticks is None:
            return
        with QSignalBlocker(self._encoders):
            self._encoders.tick(self._wanted_ticks)
        self._wanted_ticks = None

    @Slot()
    def keep(self) -> None:
        """Take over what the panels say."""
        wanted = self._wanted_ticks
        ticked = self._encoders.ticked if wanted is None else wanted
        self.now = replace(self._run_settings.apply_to(self.now), encoders=ticked)

    @Slot(str, Path)
    def keep_weights(self, name: str, path: Path) -> None:
        """The weights of an encoder lie at ``path``."""
        self.now = replace(self.now, weights=self.now.weights | {name: str(path)})

    @Slot(float)
    def keep_opacity(self, opacity: float) -> None:
        """The overlay is to be that opaque."""
        self.now = replace(self.now, overlay_opacity=opacity)
