"""Does a pathology encoder follow the tissue, or the center that made the slide?

What other programs may rely on is in ``__all__`` and described in docs/python.md. It is imported
when it is first used, so that ``import pathgui`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pathgui.version import __version__ as __version__

if TYPE_CHECKING:
    from pathgui.api.baselines import check as check
    from pathgui.api.baselines import file_baseline as file_baseline
    from pathgui.api.classifier import classifier as classifier
    from pathgui.api.correct import correct as correct
    from pathgui.api.evaluate import evaluate as evaluate
    from pathgui.api.measure import measure as measure
    from pathgui.api.measure import measure_several as measure_several
    from pathgui.api.measurement import Measurement as Measurement
    from pathgui.api.measurement import Measurements as Measurements
    from pathgui.api.number import Number as Number
    from pathgui.api.perturb import perturb as perturb
    from pathgui.api.qualify import qualify as qualify
    from pathgui.api.runs import Run as Run
    from pathgui.api.runs import open_run as open_run
    from pathgui.api.slides import Slide as Slide
    from pathgui.api.slides import Tile as Tile
    from pathgui.api.slides import Tiles as Tiles
    from pathgui.api.slides import open_slide as open_slide
    from pathgui.core.errors import PathguiError as PathguiError

_HOMES = {
    "Measurement": "pathgui.api.measurement",
    "Measurements": "pathgui.api.measurement",
    "Number": "pathgui.api.number",
    "PathguiError": "pathgui.core.errors",
    "Run": "pathgui.api.runs",
    "Slide": "pathgui.api.slides",
    "Tile": "pathgui.api.slides",
    "Tiles": "pathgui.api.slides",
    "check": "pathgui.api.baselines",
    "classifier": "pathgui.api.classifier",
    "correct": "pathgui.api.correct",
    "evaluate": "pathgui.api.evaluate",
    "file_baseline": "pathgui.api.baselines",
    "measure": "pathgui.api.measure",
    "measure_several": "pathgui.api.measure",
    "open_run": "pathgui.api.runs",
    "open_slide": "pathgui.api.slides",
    "perturb": "pathgui.api.perturb",
    "qualify": "pathgui.api.qualify",
}
__all__ = ["__version__", *_HOMES]


if not TYPE_CHECKING:  # to a type checker, a name that is not above is a mistake

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'pathgui' has no attribute {name!r}")
        found = getattr(import_module(_HOMES[name]), name)
        globals()[name] = found  # the next time it is there
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
