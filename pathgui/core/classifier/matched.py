"""Rows of a table found among the tiles (or slides) of a reference set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pathgui.core.classifier.results import Unit
from pathgui.core.errors import ClassifierError
from pathgui.core.language.texts import say
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.same_slide import file_key
from pathgui.core.tables.read import Table

_PICTURE = re.compile(r"\.(?:png|jpe?g|tiff?)$", re.IGNORECASE)
_NAMES = ("path", "tile", "file", "name", "image")  # columns that may name a tile
_SLIDES = ("slide_id", "slide")
_CHECKSUM = "sha256"

Key = tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """Which tile (or slide) each row is of."""

    unit: Unit
    place: Codes  # (rows,) of each row: its tile, or its slide among ``slides``; -1: none
    slides: tuple[str, ...] = ()  # sorted, where rows are of slides


def matched(table: Table, reference: ReferenceSet) -> Rows:
    """Find rows by checksum, by the name of the tile, by slide and place, or by slide alone.

    The way is taken that finds most rows; a table that names no tiles is one of slides.

    Raises
    ------
    ClassifierError
        If the table has no such column, or finds no row at all.
    """
    names = next((name for name in _NAMES if name in table.columns), None)
    of_slide = next((name for name in _SLIDES if name in table.columns), None)
    slides = None if of_slide is None else table.labels(of_slide)
    tried: list[Codes] = []
    if _CHECKSUM in table.columns and reference.sha256:
        theirs: list[Key] = [(each.lower(),) for each in table.columns[_CHECKSUM]]
        tried.append(_found(theirs, [(each,) for each in reference.sha256]))
    if names is not None:
        tried += _by_name(table.labels(names), slides, reference)
    at = reference.places_l0
    if slides is not None and {"x", "y"} <= set(table.columns) and at is not None:
        xy = np.column_stack([table.numbers("x"), table.numbers("y")])
        theirs = _placed(slides, xy)
        tried.append(_found(theirs, _placed(reference.labels.slide.tolist(), at)))
    tried = [each for each in tried if (each >= 0).any()]
    if tried:
        return Rows("tile", max(tried, key=lambda each: int((each >= 0).sum())))
    of_tiles = names is not None or {"x", "y"} <= set(table.columns)
    if slides is not None and not of_tiles:
        known = sorted(set(reference.labels.slide.tolist()))
        place = _found([(file_key(each),) for each in slides], [(file_key(s),) for s in known])
        if (place >= 0).any():
            return Rows("slide", place, tuple(known))
    elif slides is None and names is None and _CHECKSUM not in table.columns:
        raise ClassifierError(
            say(
                "{path} does not say which tile or slide a row is of. It needs a column tile (or "
                "path), or slide with x and y, or slide alone where one row is one slide.",
                path=table.path,
            )
        )
    first = (table.labels(names) if names else slides or [""])[0]
    raise ClassifierError(
        say(
            "{path}: none of its {n:,} rows is of the reference set {name}. Its first row is "
            '"{row}", the first tile of the set is "{tile}" of the slide {slide}.',
            path=table.path,
            n=table.n_rows,
            name=reference.info.name,
            row=first,
            tile=reference.tiles[0] if reference.tiles else "",
            slide=reference.labels.slide[0],
        )
    )


def _by_name(
    theirs: Sequence[str], slides: Sequence[str] | None, reference: ReferenceSet
) -> list[Codes]:
    """Programs write the whole path, its last part, or that without its ending."""
    ours, of = reference.tiles, reference.labels.slide.tolist()
    found = []
    for way in (_same, _last, _stem):
        their = [(way(each),) if each else () for each in theirs]
        for other in (_same, _last, _stem):
            our = [(other(each),) for each in ours]
            found.append(_found(their, our))
            if slides is not None:
                found.append(_found(_both(their, slides), _both(our, of)))
    return found


def _both(names: Sequence[Key], slides: Sequence[str]) -> list[Key]:
    return [(*a, file_key(b)) if a else () for a, b in zip(names, slides, strict=True)]


def _placed(slides: Sequence[str], xy: np.ndarray) -> list[Key]:
    keys: list[Key] = []
    for slide, (x, y) in zip(slides, xy.tolist(), strict=True):
        known = slide and np.isfinite(x + y)
        keys.append((file_key(slide), str(round(x)), str(round(y))) if known else ())
    return keys


def _found(theirs: Sequence[Key], ours: Sequence[Key]) -> Codes:
    """The place of each key among ours; -1 where it is not there, everywhere if ours are double."""
    place = {key: at for at, key in enumerate(ours) if key}
    if len(place) < sum(map(bool, ours)):
        return np.full(len(theirs), -1, np.intp)
    return np.array([place.get(key, -1) if key else -1 for key in theirs], np.intp)


def _same(name: str) -> str:
    return name


def _last(name: str) -> str:
    return re.split(r"[\\/]", name)[-1]


def _stem(name: str) -> str:
    return _PICTURE.sub("", _last(name))
