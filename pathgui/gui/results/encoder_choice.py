"""Which encoders of a run: one of them, or all."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.runs.record import Run
from pathgui.gui.kit.boxes import ElidedCombo


class EncoderChoice(ElidedCombo):
    """One encoder of a run, or all of them, which come first where there are several."""

    def __init__(self, accessible: str) -> None:
        """``accessible``: what the encoder is chosen for, for screen readers."""
        super().__init__()
        self.setAccessibleName(accessible)
        self._names: list[str] = []

    def offer_of(self, run: Run | None) -> None:
        """Offer the encoders of a run; of None there are none."""
        encoders = [] if run is None else run.encoders
        self._names = [each.encoder.name for each in encoders]
        self.offer((each.encoder.name, each.encoder.title) for each in encoders)
        if len(encoders) > 1:
            self.insertItem(0, say("All encoders"), None)
            self.setCurrentIndex(0)

    @property
    def wanted(self) -> list[str]:
        """Names of the encoders that are chosen."""
        chosen = self.currentData()
        return [name for name in self._names if chosen in (None, name)]
