"""Pictures of a preview: a sheet for each tissue-center pair, and one of what is thrown out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pathgui.core.cohort.sampling.cutting import Rgb
from pathgui.core.cohort.sampling.preview import Place, Preview, read_places
from pathgui.core.cohort.sampling.sample import Sample
from pathgui.core.cohort.sampling.thrown_out_file import THROWN_OUT_FILE, write_thrown_out
from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.system.png import encode_png

_SIDE, _GAP, _LINE, _FONT = 224, 12, 16, 12  # px
_COLUMNS = 4
_MOST_THROWN_OUT = 40
_INK, _PAPER = (20, 20, 20), (255, 255, 255)
_LETTERS = 34  # that stand below a tile, a line


def write_contact_sheets(
    sample: Sample, preview: Preview, folder: Path, beat: Callable[[], None]
) -> list[Path]:
    """Write the sheets and the table of what is thrown out; returns the files.

    Raises
    ------
    ReferenceSetError
        If they cannot be written.
    """
    sheets: list[tuple[str, str, list[tuple[Place, str]]]] = []
    for number, pair in enumerate(preview.pairs, start=1):
        name = f"{number:02d} {_plain(pair.tissue)}, {_plain(pair.center)}.png"
        title = say(
            "{tissue}, {center}: {tiles:,} tiles of {slides:,} slides; {n_examples} of them",
            tissue=pair.tissue,
            center=pair.center,
            tiles=pair.tiles,
            slides=pair.slides,
            n_examples=len(pair.examples),
        )
        sheets.append((name, title, [(place, place.name) for place in pair.examples]))
    if preview.thrown_out:
        some = preview.thrown_out[:: -(-len(preview.thrown_out) // _MOST_THROWN_OUT)]
        title = say(
            "thrown out: {n_thrown_out:,} tiles; {n_some} of them",
            n_thrown_out=len(preview.thrown_out),
            n_some=len(some),
        )
        told = [(place, f"{each.name}: {each.flaw}") for place, each in some]
        sheets.append(("thrown out.png", title, told))
    places = [place for _, _, tiles in sheets for place, _ in tiles]
    with closing(read_places(sample, places, beat, _SIDE)) as read:
        pictures = dict(read)
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, title, tiles in sheets:
            files.append(folder / name)
            files[-1].write_bytes(_sheet(title, [(pictures[at], text) for at, text in tiles]))
        files.append(folder / THROWN_OUT_FILE)
        write_thrown_out(files[-1], [each for _, each in preview.thrown_out])
    except OSError as error:
        raise ReferenceSetError(
            say(
                "The pictures could not be written to {folder}: {strerror}. Choose another folder.",
                folder=folder,
                strerror=error.strerror or error,
            )
        ) from error
    return files


def _sheet(title: str, tiles: Sequence[tuple[Rgb | None, str]]) -> bytes:
    """A PNG file of tiles with their texts."""
    font = _font()
    texts = [_lines(text) for _, text in tiles]
    most = max(map(len, texts), default=0)
    step = _SIDE + _GAP
    down = step + most * _LINE
    rows = -(-len(tiles) // _COLUMNS)
    size = (_COLUMNS * step + _GAP, _GAP + 2 * _LINE + rows * down)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, _GAP), title, _INK, font)
    for number, ((pixels, _), lines) in enumerate(zip(tiles, texts, strict=True)):
        left = _GAP + number % _COLUMNS * step
        top = _GAP + 2 * _LINE + number // _COLUMNS * down
        if pixels is None:
            draw.rectangle((left, top, left + _SIDE, top + _SIDE), outline=_INK)
            draw.text((left + _GAP, top + _GAP), say("cannot be read"), _INK, font)
        else:
            sheet.paste(Image.fromarray(pixels), (left, top))
        for line, text in enumerate(lines):
            draw.text((left, top + _SIDE + 2 + line * _LINE), text, _INK, font)
    return encode_png(np.asarray(sheet))


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """One that has the letters of most names: Pillow's own has no umlauts."""
    found = find_spec("matplotlib")  # it brings the font, and is not loaded for it
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(path, _FONT - 1)
    return ImageFont.load_default(_FONT)


def _lines(text: str) -> list[str]:
    """In lines that are no wider than a tile; long words are cut."""
    lines = [""]
    for word in text.split():
        for start in range(0, len(word), _LETTERS):
            part = word[start : start + _LETTERS]
            if lines[-1] and len(lines[-1]) + 1 + len(part) > _LETTERS:
                lines.append(part)
            else:
                lines[-1] = f"{lines[-1]} {part}".strip()
    return lines


def _plain(name: str) -> str:
    """A name as part of a file's name."""
    return re.sub(r"[^\w .()-]", "_", name)[:60].strip(" .") or "_"
