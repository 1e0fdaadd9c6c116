"""The objects of a QuPath GeoJSON file: its areas with their classes, and what else it holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pathgui.core.errors import RegionError, plural
from pathgui.core.language.texts import filled, say
from pathgui.core.slides.packed_text import unpacked
from pathgui.core.slides.region import Polygon
from pathgui.core.system.plain_files import read_plain

MOST_BYTES = 1 << 28  # a file of annotations has a few MB; one of all cells can have gigabytes
ENDINGS = (".geojson", ".json")
ADVICE = say("In QuPath: File, Export objects as GeoJSON.")

_NOT_DRAWN = ("cell", "detection", "tile", "tma_core")  # what QuPath finds, not what a user draws
# QuPath before 0.3 says it by the id alone.
_NOT_DRAWN_IDS = ("PathCellObject", "PathDetectionObject", "PathTileObject", "TMACoreObject")
_NO_AREAS = ("Point", "MultiPoint", "LineString", "MultiLineString")
_POINTS, _CELLS = "points or lines", "cells, detections or tiles"
_MOST_PX = 1e9  # from the corner of a slide; the largest slides have a million


@dataclass(frozen=True)
class Area:
    """One polygon: its outline, its holes, and the class of the annotation; "" without one."""

    rings: tuple[Polygon, ...]
    kind: str
    color: tuple[int, int, int] | None = None  # of the class, 0 to 255, where the file says

    @property
    def ignored(self) -> bool:
        """QuPath leaves out annotations whose class ends in a star (Ignore*)."""
        return self.kind.endswith("*")


@dataclass
class Found:
    """What a file holds: areas, and how many of everything else, by what they are called."""

    areas: list[Area] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)  # which object, and what is wrong with it


class _Fault(ValueError):
    """What is wrong with an object, in words."""


def others_said(others: Counter[str]) -> str:
    """What a file holds besides areas, most of all first.

    >>> others_said(Counter({"points or lines": 1, "damaged": 2}))
    '2 damaged, 1 point or line'
    """
    return ", ".join(_other(n, what) for what, n in others.most_common())


def _other(n: int, what: str) -> str:
    if what == _POINTS:
        return plural(n, "point or line", "points or lines")
    if what == _CELLS:
        return plural(n, "cell, detection or tile", "cells, detections or tiles")
    known = {
        "damaged": say("{n:,} damaged", n=n),
        "without geometry": say("{n:,} without geometry", n=n),
        "empty": say("{n:,} empty", n=n),
        "without extent": say("{n:,} without extent", n=n),
        "without a class": say("{n:,} without a class", n=n),
    }
    return known.get(what) or filled("{n:,} {what}", n=n, what=what)  # else with a user's class


@dataclass(frozen=True)
class _Class:
    """The class of an annotation."""

    name: str = ""
    color: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class _Item:
    """A part of a file that is still to be looked at."""

    content: Any
    kind: _Class = _Class()
    where: str = ""  # "object 3"


def read_areas(path: Path) -> Found:
    """All areas of a QuPath GeoJSON file, and what else it holds.

    A feature collection, a list of features, a feature or a geometry; also in a zip or gzip
    archive. Places are as QuPath counts them: level-0 pixels from the corner of the scanned part
    of the slide.

    Raises
    ------
    RegionError
        If the file cannot be read or is no GeoJSON.
    """
    packed = read_plain(path, RegionError, MOST_BYTES)
    content = unpacked(path, packed, ENDINGS, RegionError, MOST_BYTES)
    try:
        return _look_through(_parsed(content))
    except _Fault as error:
        raise RegionError(
            say("{path} is not GeoJSON: {error}. {ADVICE}", path=path, error=error, ADVICE=ADVICE)
        ) from error


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # of programs on Windows
    text = text.strip("\ufeff\0 \t\r\n")
    if not text:
        raise _Fault(say("it is empty"))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _Fault(
            say(
                "it is cut off, or no JSON, at line {lineno}, column {colno}",
                lineno=error.lineno,
                colno=error.colno,
            )
        ) from error
    except ValueError as error:  # Python reads no whole number of thousands of digits
        raise _Fault(say("a number in it is too long")) from error
    except (RecursionError, MemoryError) as error:
        raise _Fault(say("it is nested too deeply")) from error


def _look_through(content: Any) -> Found:
    """All areas. One that is damaged is counted, and the rest goes on."""
    found = Found()
    left = [_Item(content)]
    while left:
        item = left.pop()
        try:
            inside = list(_parts(item, found))
        except (_Fault, OverflowError) as error:
            why = str(error) if isinstance(error, _Fault) else say("a number in it is too large")
            found.others["damaged"] += 1
            found.damage.append(f"{item.where}: {why}" if item.where else why)
            continue
        left.extend(reversed(inside))
    return found


def _parts(item: _Item, found: Found) -> Iterator[_Item]:
    """What an item consists of; areas go to ``found``."""
    content, kind, where = item.content, item.kind, item.where
    if isinstance(content, list):
        yield from _each(content, kind, where)
        return
    if content is None:
        found.others["without geometry"] += 1
        return
    if not isinstance(content, dict):
        raise _Fault(say("it is no object of GeoJSON"))
    form = content.get("type")
    if form == "FeatureCollection":
        yield from _each(_list_in(content, "features"), kind, where)
    elif form == "Feature":
        properties = content.get("properties") or {}
        if not isinstance(properties, dict):
            raise _Fault(say("its properties are no object"))
        what = properties.get("objectType", properties.get("object_type"))
        if what in _NOT_DRAWN or (what is None and content.get("id") in _NOT_DRAWN_IDS):
            found.others[_CELLS] += 1
        else:
            yield _Item(content.get("geometry"), _class_of(properties), where)
    elif form == "GeometryCollection":
        for each in _list_in(content, "geometries"):
            yield _Item(each, kind, where)
    elif form == "MultiPolygon":
        for rings in _list_in(content, "coordinates"):
            yield _Item({"type": "Polygon", "coordinates": rings}, kind, where)
    elif form == "Polygon":
        _take_polygon(_list_in(content, "coordinates"), kind, found)
    elif form in _NO_AREAS:
        found.others[_POINTS] += 1
    elif form is None:
        raise _Fault(say("it has no type"))
    else:
        raise _Fault(say("{form!r} is no type of GeoJSON", form=str(form)[:40]))


def _each(contents: list[Any], kind: _Class, where: str) -> Iterator[_Item]:
    """The objects of a list, numbered unless they are part of one that is."""
    for number, content in enumerate(contents, start=1):
        yield _Item(content, kind, where or say("object {number:,}", number=number))


def _list_in(content: dict[str, Any], name: str) -> list[Any]:
    found = content.get(name, ...)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _Fault(
            say(
                "its {name} are {missing}",
                name=name,
                missing=say("missing") if found is ... else say("no list"),
            )
        )
    return found


def _take_polygon(rings: list[Any], kind: _Class, found: Found) -> None:
    if not rings or rings[0] == []:
        found.others["empty"] += 1
        return
    outline, *holes = (_ring(ring) for ring in rings)
    if len(outline) < 3:
        raise _Fault(say("its outline has fewer than three points"))
    if not _has_area(outline):
        found.others["without extent"] += 1
        return
    taken = (outline, *(hole for hole in holes if len(hole) >= 3))  # less is no hole
    found.areas.append(Area(taken, kind.name, kind.color))


def _ring(ring: Any) -> Polygon:
    """The points of an outline or a hole, closed by itself."""
    if not isinstance(ring, list):
        raise _Fault(say("its outline is no list of points"))
    try:
        points = [(float(point[0]), float(point[1])) for point in ring]
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise _Fault(say("a point of its outline is no pair of numbers")) from error
    if not all(abs(x) <= _MOST_PX and abs(y) <= _MOST_PX for x, y in points):  # nor not a number
        raise _Fault(say("a point of its outline is no place on a slide"))
    closed = len(points) > 1 and points[0] == points[-1]
    return tuple(points[:-1] if closed else points)


def _has_area(ring: Polygon) -> bool:
    """Whether the points do not all lie on one line."""
    (x0, y0), *rest = ring
    away = next(((x - x0, y - y0) for x, y in rest if (x, y) != (x0, y0)), None)
    return away is not None and any((x - x0) * away[1] != (y - y0) * away[0] for x, y in rest)


def _class_of(properties: dict[str, Any]) -> _Class:
    """The class of an annotation; of a derived one ("Tumor: Ignore*") the whole."""
    given = properties.get("classification")
    color = None
    if isinstance(given, dict):
        color = _color_of(given)
        names = given.get("names")
        given = ": ".join(map(str, names)) if isinstance(names, list) else given.get("name")
    return _Class(" ".join(given.split()), color) if isinstance(given, str) else _Class()


def _color_of(given: dict[str, Any]) -> tuple[int, int, int] | None:
    """Red, green and blue, which QuPath before 0.4 wrote as one number."""
    color, packed = given.get("color"), given.get("colorRGB")
    if isinstance(color, list) and len(color) >= 3 and all(isinstance(x, int) for x in color[:3]):
        red, green, blue = (min(max(value, 0), 255) for value in color[:3])
        return red, green, blue
    if isinstance(packed, int):
        return packed >> 16 & 255, packed >> 8 & 255, packed & 255
    return None
