"""The run that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathgui.core.runs.record import Evaluation
from pathgui.gui.slides.run_layers import RunLayers


@dataclass(frozen=True)
class Finished:
    """An evaluation and where it is kept."""

    evaluation: Evaluation
    folder: Path
    layers: RunLayers | None = None  # made of it
