"""Labeled regions: areas of a slide whose class is a tissue, as QuPath reads and writes them.

A cohort keeps those of a slide in ``regions/SLIDE.geojson``, in level-0 pixels from the corner of
the scanned part, as QuPath counts.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pathgui.core.cohort.slide_table import FILE, SlideTable
from pathgui.core.errors import CohortError, RegionError, plural
from pathgui.core.language.texts import say
from pathgui.core.reference.same_slide import file_key, slide_key
from pathgui.core.slides.packed_text import PACKED
from pathgui.core.slides.qupath_objects import ENDINGS, others_said
from pathgui.core.slides.region_files import Area, damage_said, read_areas, shapes_of
from pathgui.core.system.files import write_file

REGIONS_ENDING = ".geojson"
_UNSAFE = re.compile(r'[%/\\:*?"<>|\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows
_IDS = uuid.UUID("5f0c1c6e-7f7b-4d38-9b0e-6f1f2f9f7a51")  # of features, made from what they are


@dataclass(frozen=True)
class RegionsRead:
    """Areas of a file that may become labeled regions, and what was left out of it."""

    areas: tuple[Area, ...]
    told: str  # one line on what was left out; "" if nothing was


def region_file(folder: Path, slide_id: str) -> Path:
    """Where the regions of a slide are kept, in the cohort's folder of regions.

    >>> region_file(Path("regions"), "A/1: HE").name
    'A%2F1%3A HE.geojson'
    """
    name = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", slide_id)
    if name.startswith(".") or _RESERVED.fullmatch(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return folder / f"{name}{REGIONS_ENDING}"


def slide_id_of(file: Path) -> str:
    """The slide whose regions a file holds, by its name."""
    return unquote(file.name.removesuffix(REGIONS_ENDING))


def read_regions(path: Path, *, unnamed: str = "", left_out: Sequence[str] = ()) -> RegionsRead:
    """The areas of a QuPath GeoJSON file that have a class.

    Points, lines, cells, detections and damaged objects are left out and counted, and so are
    areas without a class unless ``unnamed`` says which class they get.

    Raises
    ------
    RegionError
        If the file cannot be read, is no GeoJSON, or holds no area with a class.
    """
    found = read_areas(path)
    named = [area if area.kind else replace(area, kind=unnamed) for area in found.areas]
    others = Counter(found.others)
    unclassed = sum(not area.kind for area in named)
    if unclassed:
        others["without a class"] = unclassed
    for area in named:
        if area.kind and area.kind in left_out:
            others[say("of the class {name}", name=area.kind)] += 1
    areas = tuple(area for area in named if area.kind and area.kind not in left_out)
    told = others_said(others) + damage_said(found)
    if not areas:
        held = say(" It holds {told}.", told=told) if told else ""
        raise RegionError(
            say(
                "{path} holds no area with a class.{held} Give areas their "
                "tissue as a class in QuPath and export them again, or name one "
                "class for all of them (--class).",
                path=path,
                held=held,
            )
        )
    count = say("{areas} taken", areas=plural(len(areas), "area"))
    return RegionsRead(
        areas,
        say("{path_name}: {count}, left out: {told}.", path_name=path.name, count=count, told=told)
        if told
        else "",
    )


def moved(areas: Iterable[Area], by: tuple[float, float]) -> tuple[Area, ...]:
    """The areas with every place moved by (x, y) level-0 pixels."""
    return tuple(
        replace(
            area,
            rings=tuple(tuple((x + by[0], y + by[1]) for x, y in ring) for ring in area.rings),
        )
        for area in areas
    )


def is_region_file(path: Path) -> bool:
    """Whether a file is called as QuPath calls what it exports, packed or not.

    >>> [is_region_file(Path(n)) for n in ("a.geojson", "A.JSON", "a.zip", "a.csv.gz")]
    [True, True, True, False]
    """
    return path.suffix.lower() == ".zip" or _stem(path) != path.name


def _stem(path: Path) -> str:
    """The name of a file of regions without its endings.

    >>> _stem(Path("a.b.geojson.gz")), _stem(Path("a.b.zip"))
    ('a.b', 'a.b')
    """
    name = path.stem if path.suffix.lower() in PACKED else path.name
    for ending in ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name if path.suffix.lower() == ".zip" else path.name


def files_of_slides(
    paths: Iterable[Path], slides: SlideTable
) -> tuple[dict[Path, int], tuple[Path, ...]]:
    """Files of regions by the row of the slide that they are named like; and those of no slide."""
    by_key: dict[str, int] = {}
    for row, (name, file) in enumerate(zip(slides.slide_ids, slides.column(FILE), strict=True)):
        for key in (slide_key(name), file_key(file)):
            by_key.setdefault(key, row)
    found: dict[Path, int] = {}
    left: list[Path] = []
    for path in paths:
        stem = _stem(path)
        keys = (file_key(stem), slide_key(unquote(stem)))
        rows = [by_key[key] for key in keys if key in by_key]
        if rows and slides.slide_ids[rows[0]]:
            found[path] = rows[0]
        else:
            left.append(path)
    return found, tuple(left)


def load_regions(folder: Path, slide_id: str) -> tuple[Area, ...]:
    """The labeled regions of a slide; none where it has no file.

    Raises
    ------
    RegionError
        If the file is damaged.
    """
    path = region_file(folder, slide_id)
    return tuple(read_areas(path).areas) if path.exists() else ()


def add_regions(folder: Path, slide_id: str, areas: Iterable[Area]) -> int:
    """Add labeled regions to a slide; returns how many are new.

    Raises
    ------
    RegionError
        If the slide's file is damaged: it stays as it is.
    CohortError
        If it cannot be written.
    """
    known = load_regions(folder, slide_id)
    all_of_them = tuple(dict.fromkeys((*known, *areas)))
    if len(all_of_them) > len(known):
        keep_regions(folder, slide_id, all_of_them)
    return len(all_of_them) - len(known)


def keep_regions(folder: Path, slide_id: str, areas: Sequence[Area]) -> None:
    """Make these the labeled regions of a slide; without any, it has no file.

    Raises
    ------
    CohortError
        If the file cannot be written.
    """
    path = region_file(folder, slide_id)
    try:
        if areas:
            folder.mkdir(exist_ok=True)
            write_file(path, to_geojson(areas))
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CohortError(
            say(
                "{path} cannot be written: {strerror}.", path=path, strerror=error.strerror or error
            )
        ) from error


def to_geojson(areas: Sequence[Area]) -> bytes:
    """A file that QuPath opens, one feature a line; the same bytes for the same areas."""
    lines = [json.dumps(_feature(area), ensure_ascii=False) for area in areas]
    text = ",\n".join(lines)
    return f'{{"type": "FeatureCollection", "features": [\n{text}\n]}}\n'.encode("utf-8", "replace")


def shapes(areas: Sequence[Area], left_out: Sequence[str] = ()) -> Mapping[str, Any]:
    """Of each tissue the shapely geometry of all its areas, in level-0 pixels.

    What lies in an area of a class that ends in ``*`` (QuPath's ``Ignore*``), or is ``left_out``,
    is no part of any tissue.
    """
    import shapely

    def is_out(area: Area) -> bool:
        return area.ignored or area.kind in left_out

    ignored = shapely.union_all(shapes_of([area for area in areas if is_out(area)]))
    taken = [area for area in areas if not is_out(area)]
    tissues: dict[str, list[Any]] = {}
    for area, shape in zip(taken, shapes_of(taken), strict=True):
        tissues.setdefault(area.kind, []).append(shape)
    return {
        tissue: shapely.difference(shapely.union_all(parts), ignored)
        for tissue, parts in tissues.items()
    }


def _feature(area: Area) -> dict[str, Any]:
    properties: dict[str, Any] = {"objectType": "annotation"}
    if area.kind:
        properties["classification"] = {"name": area.kind}
        if area.color is not None:
            properties["classification"]["color"] = list(area.color)
    rings = [[_point(point) for point in (*ring, ring[0])] for ring in area.rings]
    return {
        "type": "Feature",
        "id": str(uuid.uuid5(_IDS, json.dumps([area.kind, rings]))),
        "geometry": {"type": "Polygon", "coordinates": rings},
        "properties": properties,
    }


def _point(point: tuple[float, float]) -> list[float]:
    """Whole numbers without a point, which keeps files short."""
    return [int(value) if value.is_integer() else value for value in map(float, point)]
