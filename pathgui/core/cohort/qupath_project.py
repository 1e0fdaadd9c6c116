"""A QuPath project (``project.qpproj``) as a table: its images, and what the user said of them.

Slides are matched by name and content, not by the path in the project, which is often one of
another computer. Annotations lie in files that QuPath alone reads: export them as GeoJSON.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pathgui.core.cohort.slide_search import slide_name
from pathgui.core.cohort.slide_table import FILE, MPP, SLIDE_ID
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.system.json_files import read_json
from pathgui.core.tables.cells import label_text, tidy
from pathgui.core.tables.read import Sheet

PROJECT_ENDING = ".qpproj"
_MOST_BYTES = 1 << 28
_IMAGE_NAME = "image name"
_NO_CROP = "--no-crop"


def read_project(path: Path) -> tuple[Sheet, list[str]]:
    """The images of a project, one a row, and sentences on those that were passed over.

    The columns are ``slide_id`` and ``file`` (the name of the image's file), ``mpp`` as QuPath
    has it, ``image name`` where the user gave another, and one for each key of the metadata.

    Raises
    ------
    CohortError
        If it is no project, or no image of it is a file.
    """
    content = read_json(path, CohortError, _MOST_BYTES)
    images = content.get("images") if isinstance(content, dict) else None
    if not isinstance(images, list):
        raise CohortError(say("{path} is no QuPath project: it has no list of images.", path=path))
    rows: list[dict[str, str]] = []
    told = []
    for number, image in enumerate(images, 1):
        try:
            row, note = _row(image)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            told.append(
                say(
                    "image {number}: it is damaged ({name}); passed over",
                    number=number,
                    name=type(error).__name__,
                )
            )
            continue
        if row:
            rows.append(row)
        if note:
            told.append(
                say("image {number} ({name}): {note}", number=number, name=_name(image), note=note)
            )
    if not rows:
        why = f" {told[0]}." if told else say(" It has no images.")
        raise CohortError(say("{path} names no slide that is a file.{why}", path=path, why=why))
    headings = tuple(dict.fromkeys(name for row in rows for name in row))
    columns = tuple([row.get(name, "") for row in rows] for name in headings)
    return Sheet(path, headings, columns, typed=True), told


def _row(image: Any) -> tuple[dict[str, str], str]:
    """What is known of one image, and a note; an image that is passed over has no row."""
    builder = image["serverBuilder"]
    kind = builder["builderType"]
    if kind != "uri":
        return {}, say("it is {kind} from another image; passed over", kind=kind)
    uri = str(builder["uri"])
    scheme = urlsplit(uri).scheme
    if scheme.lower() != "file":
        return {}, say("it lies on a server ({scheme}:); passed over", scheme=scheme)
    file = unquote(uri).replace("\\", "/").rstrip("/").rpartition("/")[2]
    if not file:
        return {}, say("it names no file; passed over")
    row = {SLIDE_ID: slide_name(file), FILE: file}
    name = tidy(str(image.get("imageName") or ""))
    if name and name not in (file, slide_name(file)):
        row[_IMAGE_NAME] = name
    mpp = _mpp(builder.get("metadata"))
    if mpp:
        row[MPP] = mpp
    metadata = image.get("metadata") or {}
    for key, value in metadata.items():
        row.setdefault(tidy(str(key)) or "metadata", tidy(str(value)))
    arguments = builder.get("args") or []
    note = ""
    if _NO_CROP in arguments or "BioFormats" in str(builder.get("providerClassName")):
        note = say(
            "QuPath counts from the corner of the slide, not of its scanned "
            "part; add its regions with --from-corner"
        )
    return row, note


def _mpp(metadata: Any) -> str:
    """µm per pixel where QuPath knows it and pixels are square; "" otherwise."""
    calibration = (metadata or {}).get("pixelCalibration") or {}
    sides = list(_sides(calibration))
    if len(sides) != 2 or abs(sides[0] - sides[1]) > 0.02 * max(sides):
        return ""
    return label_text(round(sum(sides) / 2, 6))


def _sides(calibration: Any) -> Iterator[float]:
    for name in ("pixelWidth", "pixelHeight"):
        side = calibration.get(name) or {}
        value = side.get("value")
        is_length = side.get("unit") in ("µm", "μm", "um")
        if is_length and isinstance(value, int | float) and 0 < value < math.inf:
            yield float(value)


def _name(image: Any) -> str:
    return tidy(str(image.get("imageName") or say("without a name")))
