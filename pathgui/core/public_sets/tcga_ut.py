"""TCGA-UT: tars in which each tile has a ``.jpg`` and a ``.json`` with its label (webdataset)."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from pathgui.core.errors import ReferenceSetError, plural
from pathgui.core.language.texts import noted, say
from pathgui.core.public_sets.layout import About, FoundTiles, Given, Layout, Pictures, Wishes
from pathgui.core.public_sets.tile_rows import make_rows, with_patients
from pathgui.core.reference.manifest import Row
from pathgui.core.reference.tile_files import MOST_BYTES, NotATile
from pathgui.core.system.plain_files import why_not_plain
from pathgui.core.tables.cells import label_text

SUPPOSED_MPP = 0.5
_TARS = (".tar",)
_PICTURES = ("jpg", "jpeg", "png")
_MOST_JSON = 1 << 20
_BARCODE = re.compile(r"TCGA-(?P<site>[0-9A-Z]{2})-[0-9A-Z]{4}", re.IGNORECASE)
_ABOUT = About(
    "TCGA-UT", "CC-BY-NC-SA-4.0", noted("Komura et al., Cell Rep 38:110424 (2022), TCGA-UT")
)


@dataclass
class _Tile:
    """What a tar holds of one tile."""

    key: str
    tar: Path
    start: int = -1  # of the picture's bytes in the tar; -1: there is no picture
    size: int = 0
    label: str = ""
    fault: str = ""  # why it is not taken


def _recognizes(given: Given) -> bool:
    return bool(given.having(*_TARS))


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    lost: list[str] = []
    tiles: list[_Tile] = []
    tars = given.having(*_TARS)
    for path in tars:
        tiles += _tiles_of(path, lost)
    if not tiles:
        raise ReferenceSetError(
            say(
                "{top} holds no .tar with pictures of TCGA-UT. {lost}",
                top=given.top,
                lost=". ".join(lost),
            ).strip()
        )
    slides = [PurePosixPath(tile.key).parent.name for tile in tiles]
    found = [_BARCODE.match(slide) for slide in slides]
    columns = {
        "tile": [tile.key for tile in tiles],
        "slide_id": slides,
        "center": [match["site"].upper() if match else "" for match in found],
        "tissue": [tile.label for tile in tiles],
    }
    mpp = wishes.mpp or SUPPOSED_MPP
    told = [
        say(
            "TCGA-UT: {tiles} in {tar_files}.",
            tiles=plural(len(tiles), "tile"),
            tar_files=plural(len(tars), "tar file"),
        ),
        say("The center is the tissue source site, the second field of the slide's barcode."),
        with_patients(columns),
    ]
    if wishes.mpp is None:
        told.append(say("The files give no scale: {mpp:g} µm per pixel is supposed.", mpp=mpp))
    several = len(tars) > 1
    rows = make_rows(columns, mpp=mpp, file=tars[0])
    for row, tile, slide, match in zip(rows, tiles, slides, found, strict=True):
        where = say(" (in {tar_name})", tar_name=tile.tar.name) if several else ""
        fault = tile.fault
        if not fault and match is None:
            fault = say(
                "{slide} is no TCGA barcode, so the center is not known",
                slide=slide or say("the slide"),
            )
        if not fault and tile.start < 0:
            fault = say("there is no picture beside the .json")
        if fault:
            row.reason = ""
            row.refuse(f"{tile.key}: {fault}{where}", fault)
    return FoundTiles(rows, partial(_pictures, tiles, rows), told, (), lost, _ABOUT)


def _tiles_of(path: Path, lost: list[str]) -> list[_Tile]:
    """The tiles of a tar. Nothing is unpacked: names only say what belongs together."""
    tiles: dict[str, _Tile] = {}
    labeled: set[str] = set()
    try:
        if why := why_not_plain(path):
            raise tarfile.TarError(why)
        with tarfile.open(path, "r:") as tar:
            while (member := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined]  # else it remembers them all
                if member.isdir():
                    continue
                folder, slash, name = member.name.rpartition("/")
                stem, _, suffix = name.partition(".")  # as webdataset does it
                suffix = suffix.lower()
                if suffix not in (*_PICTURES, "json"):
                    continue
                key = f"{folder}{slash}{stem}"
                tile = tiles.setdefault(key, _Tile(key, path))
                if fault := _unsafe(member):
                    tile.fault = fault
                elif suffix == "json":
                    labeled.add(key)
                    _label(tile, tar, member)
                elif tile.start >= 0:
                    tile.fault = say("two pictures are called so")
                else:
                    tile.start, tile.size = member.offset_data, member.size
    except (tarfile.TarError, OSError, EOFError) as error:
        after = say(" after {n_tiles:,} tiles", n_tiles=len(tiles)) if tiles else ""
        lost.append(
            say(
                "{path_name} is cut off{after}, damaged, compressed or no tar ({error})",
                path_name=path.name,
                after=after,
                error=error,
            )
        )
    for key, tile in tiles.items():
        if key not in labeled and not tile.fault:
            tile.fault = say("there is no .json beside the picture")
    return list(tiles.values())


def _unsafe(member: tarfile.TarInfo) -> str:
    """Why a member is not read: "" if it is a plain file that would lie below the folder."""
    parts = PurePosixPath(member.name.replace("\\", "/")).parts
    if ".." in parts or member.name.startswith(("/", "\\")) or ":" in (parts or ("",))[0]:
        return say("its name leads out of the folder, so it is not read")
    if not member.isreg() or member.issparse():
        return say("it is a link or a device, so it is not read")
    if member.size > MOST_BYTES:
        return say("it has {size:,} MB, so it is no tile", size=member.size >> 20)
    return ""


def _label(tile: _Tile, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    try:
        if member.size > _MOST_JSON:
            raise ValueError
        file = tar.extractfile(member)
        found = json.loads(file.read()) if file is not None else {}
        tile.label = label_text(found["label"])
    except (ValueError, KeyError, TypeError, RecursionError):
        tile.fault = say("its .json has no label")


def _pictures(tiles: Sequence[_Tile], rows: Sequence[Row], wanted: Collection[int]) -> Pictures:
    """Read by their places, tar after tar."""
    here: Path | None = None
    file = None
    try:
        for tile, row in zip(tiles, rows, strict=True):
            if row.number not in wanted:
                continue
            if tile.tar != here:
                if file is not None:
                    file.close()
                here, file = tile.tar, tile.tar.open("rb")
            assert file is not None
            file.seek(tile.start)
            content = file.read(tile.size)
            whole = len(content) == tile.size
            yield row, content if whole else NotATile(say("is cut off: its tar ends before"))
    finally:
        if file is not None:
            file.close()


TCGA_UT = Layout(
    "tcga-ut", "TCGA-UT", ".tar with BARCODE/NAME.jpg and BARCODE/NAME.json", _recognizes, _read
)
