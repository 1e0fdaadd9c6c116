"""QuPath's files of regions: which areas are evaluated, and what else they hold."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import RegionError, one_line, plural
from pathgui.core.progress import Notice, ProgressFn, ignore_progress
from pathgui.core.slides.region import Polygon, Region
from pathgui.core.slides.region_choice import NO_CLASS, ClassChoice, RegionClasses
from pathgui.core.system.plain_files import read_plain

MOST_BYTES = 1 << 28  # a file of annotations has a few MB; one of all cells can have gigabytes

_NOT_DRAWN = ("cell", "detection", "tile", "tma_core")  # what QuPath finds, not what a user draws
_NO_AREAS = ("Point", "MultiPoint", "LineString", "MultiLineString")
_ADVICE = "In QuPath: File, Export objects as GeoJSON."


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
    """What a file holds: areas, and how many of everything else."""

    areas: list[Area] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    damage: str = ""  # of the first that is damaged


@dataclass(frozen=True)
class _Class:
    """The class of an annotation."""

    name: str = ""
    color: tuple[int, int, int] | None = None


def read_areas(path: Path) -> Found:
    """All areas of a QuPath GeoJSON file, and what else it holds.

    A feature collection, a list of features, a feature or a geometry. Places are as QuPath counts
    them: level-0 pixels from the corner of the scanned part of the slide.

    Raises
    ------
    RegionError
        If the file cannot be read or is no GeoJSON.
    """
    content = read_plain(path, RegionError, MOST_BYTES)
    try:
        return _look_through(json.loads(content.decode("utf-8-sig")))
    except (ValueError, RecursionError, MemoryError) as error:
        raise RegionError(f"{path} is not GeoJSON ({_short(error)}). {_ADVICE}") from error


@dataclass(frozen=True)
class CutRegion:
    """What regions leave of a slide to be evaluated.

    ``polygons`` are in level-0 pixels, () is the whole slide; ``classes`` are those of the regions
    behind them, None where there are none.
    """

    polygons: Region = ()
    classes: RegionClasses | None = None


def load_region(
    path: Path,
    bounds_l0: tuple[int, int, int, int],
    wanted: Sequence[str] = (),
    report: ProgressFn = ignore_progress,
) -> Region:
    """The polygons that :func:`read_region` gives for these classes."""
    return read_region(path, bounds_l0, ClassChoice(tuple(wanted)), report).polygons


def read_region(
    path: Path,
    bounds_l0: tuple[int, int, int, int],
    choice: ClassChoice,
    report: ProgressFn = ignore_progress,
) -> CutRegion:
    """What the areas of a QuPath GeoJSON file leave of a slide, in level-0 pixels.

    Areas of classes that are left out, and of a class that ends in ``*`` (``Ignore*``), are no
    region, and are taken out of the others. Where the user's choice leaves no others, they are
    taken out of the whole slide. What is left out is reported in one line.

    Parameters
    ----------
    path : Path
        A feature collection, a list of features, a feature or a geometry. Cells, detections and
        tiles are passed over.
    bounds_l0 : (x, y, width, height)
        Of the slide: its scanned part, from whose corner QuPath counts.

    Raises
    ------
    RegionError
        If the file cannot be read or holds no area, has no area of a class of the choice, or
        nothing is left.
    """
    found = read_areas(path)
    if choice:
        require_area(found, path)
        choice.check((area.kind for area in found.areas), str(path))
    if not choice.left_out and not any(choice.takes(area.kind) for area in found.areas):
        require_area(found, path)
        raise RegionError(
            f"{path} holds no area to evaluate: all are of {_names(found.areas)}, which QuPath "
            "leaves out because the class ends in *. Choose that class, or draw another area."
        )
    region = cut(found.areas, choice, bounds_l0, f"the areas of {path}")
    chosen = [area for area in found.areas if choice.takes(area.kind)]
    out = [area for area in found.areas if choice.is_out(area.kind)]
    if said := not_taken(found, chosen, out):
        report(Notice(f"{path.name}: {said}."))
    return region


def cut(
    areas: Sequence[Area],
    choice: ClassChoice,
    bounds_l0: tuple[int, int, int, int],
    of_what: str,
) -> CutRegion:
    """What areas, counted from the corner of the scanned part, leave of a slide.

    Those that are left out are taken out of those that are evaluated; where there are none, out of
    the whole slide.

    Raises
    ------
    RegionError
        If nothing is left; ``of_what`` says of what, as "the areas of a.geojson".
    """
    chosen = [area for area in areas if choice.takes(area.kind)]
    out = [area for area in areas if choice.is_out(area.kind)]
    classes = choice.found([area.kind for area in areas])
    if not out:
        polygons = tuple(bridged(area.rings) for area in chosen)
        return CutRegion(_placed(polygons, bounds_l0), classes if chosen else None)
    width, height = map(float, bounds_l0[2:])
    whole = Area((((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)),), "")
    rest = without(chosen or [whole], out)
    if not rest:
        raise RegionError(f"Nothing is left of {of_what}: areas of {_names(out)} cover them.")
    return CutRegion(_placed(rest, bounds_l0), classes)


def require_area(found: Found, path: Path) -> None:
    """RegionError: a file holds no area."""
    if found.areas:
        return
    if found.damage:
        raise RegionError(f"{path} is not GeoJSON ({found.damage}). {_ADVICE}")
    others = f" It holds {_listed(found.others)}." if found.others else ""
    raise RegionError(
        f"{path} holds no area.{others} Draw a rectangle, an ellipse or a polygon around the "
        "region and export that."
    )


def not_taken(found: Found, chosen: Sequence[Area], ignored: Sequence[Area]) -> str:
    """One line on what was not taken; "" if all was."""
    rest = len(found.areas) - len(chosen) - len(ignored)
    parts = []
    if ignored:
        parts.append(f"{_count(len(ignored), 'area')} of {_names(ignored)} taken out of it")
    if rest:
        parts.append(f"{_count(rest, 'area')} of other classes left out")
    if found.others:
        parts.append(f"{_listed(found.others)} left out")
    return f"{_count(len(chosen), 'area')} taken; {', '.join(parts)}" if parts else ""


def _count(n: int, what: str) -> str:
    return plural(n, what)


def _listed(others: Counter[str]) -> str:
    return ", ".join(f"{n:,} {what}" for what, n in others.most_common())


def _names(areas: Sequence[Area]) -> str:
    return ", ".join(sorted({area.kind or NO_CLASS for area in areas}))


def _look_through(content: Any) -> Found:
    """All areas. One that is damaged is counted, and the rest goes on."""
    found = Found()
    left: list[tuple[Any, _Class]] = [(content, _Class())]
    while left:
        item, kind = left.pop()
        try:
            inside = list(_parts(item, kind, found))
        except (
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            OverflowError,
            AttributeError,
        ) as error:
            found.others["damaged"] += 1
            found.damage = found.damage or _short(error)
            continue
        left.extend(reversed(inside))
    return found


def _parts(item: Any, kind: _Class, found: Found) -> Iterator[tuple[Any, _Class]]:
    """What ``item`` consists of, each with its class; areas go to ``found``."""
    if isinstance(item, list):
        yield from ((each, kind) for each in item)
        return
    if item is None:
        found.others["without geometry"] += 1
        return
    form = item["type"]
    if form == "FeatureCollection":
        yield from ((each, kind) for each in item["features"])
    elif form == "Feature":
        properties = item.get("properties") or {}
        if properties.get("objectType") in _NOT_DRAWN:
            found.others["cells, detections or tiles"] += 1
        else:
            yield item.get("geometry"), _class_of(properties)
    elif form == "GeometryCollection":
        yield from ((each, kind) for each in item["geometries"])
    elif form == "MultiPolygon":
        for rings in item["coordinates"]:
            yield {"type": "Polygon", "coordinates": rings}, kind
    elif form == "Polygon":
        if not item["coordinates"] or not item["coordinates"][0]:
            found.others["empty"] += 1
        else:
            rings = tuple(_ring(ring) for ring in item["coordinates"])
            found.areas.append(Area(rings, kind.name, kind.color))
    elif form in _NO_AREAS:
        found.others["points or lines"] += 1
    else:
        raise ValueError(f"{str(form)[:40]!r} is no form of GeoJSON")


def _class_of(properties: Any) -> _Class:
    """The class of an annotation; of a derived one ("Tumor: Ignore*") the whole."""
    given = properties.get("classification")
    color = None
    if isinstance(given, dict):
        color = _color_of(given)
        names = given.get("names")
        given = ": ".join(map(str, names)) if isinstance(names, list) else given.get("name")
    return _Class(given.strip(), color) if isinstance(given, str) else _Class()


def _color_of(given: Any) -> tuple[int, int, int] | None:
    """Red, green and blue, which QuPath before 0.4 wrote as one number."""
    color, packed = given.get("color"), given.get("colorRGB")
    if isinstance(color, list) and len(color) >= 3 and all(isinstance(x, int) for x in color[:3]):
        red, green, blue = (min(max(value, 0), 255) for value in color[:3])
        return red, green, blue
    if isinstance(packed, int):
        return packed >> 16 & 255, packed >> 8 & 255, packed & 255
    return None


def _ring(ring: list[Any]) -> Polygon:
    points = [(float(point[0]), float(point[1])) for point in ring]
    if len(points) < 3 or not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        raise ValueError("an outline needs three points and numbers")
    return tuple(points[:-1] if points[0] == points[-1] else points)


def bridged(rings: Sequence[Polygon]) -> Polygon:
    """Outline and holes as one polygon: from the outline's first point to each hole and back."""
    outline, *holes = rings
    joined = list(outline)
    for hole in holes:
        joined += [outline[0], *hole, hole[0]]
    return (*joined, outline[0]) if holes else tuple(joined)


def without(areas: Sequence[Area], ignored: Sequence[Area]) -> Region:
    """The areas less what is ignored."""
    import shapely

    out = shapes_of(ignored)
    wholes = shapes_of(areas)
    tree = shapely.STRtree(out)  # of thousands of areas each meets a few
    met: dict[int, list[int]] = {}
    for which, of in tree.query(wholes, predicate="intersects").T.tolist():
        met.setdefault(which, []).append(of)
    region: list[Polygon] = []
    for number, area in enumerate(areas):
        if number not in met:
            region.append(bridged(area.rings))
            continue
        rest = shapely.difference(wholes[number], shapely.union_all(out[met[number]]))
        for part in shapely.get_parts(rest):
            if part.geom_type == "Polygon" and part.area > 0:
                rings = [part.exterior, *part.interiors]
                region.append(bridged([tuple(ring.coords)[:-1] for ring in rings]))
    return tuple(region)


def shapes_of(areas: Sequence[Area]) -> NDArray[np.object_]:
    """The areas as valid shapely geometries, shape (n,). Where rings cross, odd is inside."""
    import shapely

    found = np.empty(len(areas), np.object_)
    for number, area in enumerate(areas):
        outline, *holes = [ring for ring in area.rings if len(ring) >= 3]
        found[number] = shapely.Polygon(outline, holes)
    crossed = ~shapely.is_valid(found)
    found[crossed] = shapely.make_valid(found[crossed])
    return found


def _placed(polygons: Sequence[Polygon], bounds_l0: tuple[int, int, int, int]) -> Region:
    left, top = bounds_l0[:2]
    return tuple(tuple((x + left, y + top) for x, y in polygon) for polygon in polygons)


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(error)}"
