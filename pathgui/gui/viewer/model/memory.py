"""What is kept of a slide between two visits: bookmarks, regions, a scale given. Without Qt.

Kept by the slide's content, so it is found again under another name or in another folder.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pathgui.core.errors import PathguiError
from pathgui.core.slides.drawn_regions import Color, DrawnRegion
from pathgui.core.slides.tissue import LEAST_THRESHOLD, MOST_THRESHOLD
from pathgui.core.system.files import write_file
from pathgui.core.system.json_files import read_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bookmark:
    """A view worth coming back to."""

    name: str
    x_l0: float
    y_l0: float
    scale: float
    rotation: float = 0.0
    flipped: bool = False


@dataclass(frozen=True)
class Remembered:
    """All that is kept of one slide."""

    mpp: float | None = None
    bookmarks: tuple[Bookmark, ...] = field(default=())
    regions: tuple[tuple[tuple[float, float], ...], ...] = ()  # polygons in level 0
    kinds: tuple[str, ...] = ()  # of each region its class; (): none has one
    colors: tuple[tuple[str, Color], ...] = ()  # of these classes
    tissue_threshold: float | None = None  # None: automatic
    tissue_from_region: bool = False

    @property
    def drawn(self) -> tuple[DrawnRegion, ...]:
        """The regions with their classes."""
        return tuple(map(DrawnRegion, self.regions, self.kinds or [""] * len(self.regions)))


class SlideMemory:
    """One small JSON file per slide in ``folder``; with None, nothing outlives the program.

    ``later`` is given what writes a file, and may call it on another thread.
    """

    def __init__(
        self,
        folder: Path | None = None,
        later: Callable[[Callable[[], None]], object] = lambda write: write(),
    ) -> None:
        self._folder = folder
        self._later = later
        self._known: dict[str, Remembered] = {}
        self._unwritten: dict[str, Remembered] = {}
        self._lock = threading.Lock()

    def recall(self, content_id: str) -> Remembered:
        """What is kept of a slide. A file that cannot be read counts as nothing."""
        if content_id not in self._known:
            self._known[content_id] = self._load(content_id)
        return self._known[content_id]

    def look_up(self, content_id: str) -> Remembered:
        """What is kept of a slide, for any thread."""
        return self._known.get(content_id) or self._load(content_id)

    def keep(self, content_id: str, remembered: Remembered) -> None:
        """Keep this of a slide."""
        self._known[content_id] = remembered
        if self._folder is None:
            return
        self._unwritten[content_id] = remembered
        self._later(self.flush)

    def flush(self) -> None:
        """Write what is not written yet. On any thread."""
        if self._folder is None:
            return
        with self._lock:
            for content_id in list(self._unwritten):
                remembered = self._unwritten.pop(content_id, None)
                if remembered is None:
                    continue
                path = self._folder / f"{content_id}.json"
                try:
                    write_file(path, _json_of(remembered))
                except OSError:
                    log.warning("%s cannot be written; the bookmarks last until the end", path)

    def _load(self, content_id: str) -> Remembered:
        if self._folder is None:
            return Remembered()
        path = self._folder / f"{content_id}.json"
        if not path.exists():
            return Remembered()
        try:
            return _read(read_json(path, PathguiError))
        except (PathguiError, ValueError, TypeError, KeyError, OverflowError):
            log.warning("%s cannot be read; it is left as it is", path)
            return Remembered()


def _json_of(remembered: Remembered) -> bytes:
    """Without ``asdict`` and indents: of thousands of regions they take seconds."""
    bookmarks = [asdict(bookmark) for bookmark in remembered.bookmarks]
    content: dict[str, object] = {
        "mpp": remembered.mpp, "bookmarks": bookmarks, "regions": remembered.regions
    }  # fmt: skip
    if remembered.kinds:
        content |= {"kinds": remembered.kinds, "colors": remembered.colors}
    if remembered.tissue_threshold is not None:
        content["tissue_threshold"] = remembered.tissue_threshold
    if remembered.tissue_from_region:
        content["tissue_from_region"] = True
    return json.dumps(content).encode()


def _read(data: dict[str, Any]) -> Remembered:
    mpp = data["mpp"]
    if mpp is not None and not (isinstance(mpp, int | float) and 0 < mpp < 1000):
        raise ValueError("mpp")
    marks = tuple(
        Bookmark(
            str(mark["name"]),
            float(mark["x_l0"]),
            float(mark["y_l0"]),
            float(mark["scale"]),
            float(mark.get("rotation", 0.0)),
            bool(mark.get("flipped", False)),
        )
        for mark in data["bookmarks"]
    )
    regions = tuple(
        tuple((float(x), float(y)) for x, y in region) for region in data.get("regions", ())
    )
    kinds = tuple(str(kind) for kind in data.get("kinds", ()))
    if kinds and len(kinds) != len(regions):
        raise ValueError("kinds")
    colors = tuple((str(name), _color(color)) for name, color in data.get("colors", ()))
    threshold = data.get("tissue_threshold")
    if threshold is not None and not LEAST_THRESHOLD <= threshold <= MOST_THRESHOLD:
        raise ValueError("tissue_threshold")
    from_region = data.get("tissue_from_region", False) is True
    return Remembered(mpp, marks, regions, kinds, colors, threshold, from_region)


def _color(value: Any) -> Color:
    red, green, blue = (min(max(int(each), 0), 255) for each in value)
    return red, green, blue
