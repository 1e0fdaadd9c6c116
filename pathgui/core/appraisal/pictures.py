"""The tiles that were found odd, or equal to others, as pictures in a folder to look through."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.appraisal.doubles import NamedTile
from pathgui.core.errors import ReferenceSetError, os_errors_as
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import headings
from pathgui.core.system.files import write_file

PAGE, TABLE = "index.html", "tiles.csv"

_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2rem}figure{display:inline-block;vertical-align:top;"
    "width:15rem;margin:0 1rem 1.5rem 0}img{width:15rem;border:1px solid #888}"
    "figcaption{overflow-wrap:anywhere}"
)


@dataclass(frozen=True)
class _Shown:
    """One tile and why it is shown."""

    group: str
    tile: NamedTile
    why: str


@in_english()
def write_pictures(
    reference: ReferenceSet, found: Appraisal, folder: Path, report: ProgressFn = ignore_progress
) -> int:
    """Copy the tiles that were found into ``folder``, with a page and a table of them.

    The table has the column ``tile``; without the rows to be kept it says what is to be dropped
    from the set. Returns how many tiles there are.

    Raises
    ------
    ReferenceSetError
        If a picture is gone, or the folder cannot be written.
    """
    if not reference.has_pictures:
        raise ReferenceSetError(reference.why_no_pictures)
    shown = list(_shown(found))
    rows: list[tuple[str, ...]] = []
    page = [f"<!doctype html><meta charset=utf-8><title>{html.escape(found.name)}</title>"]
    page.append(f"<style>{_STYLE}</style><h1>{html.escape(found.name)}: tiles to look at</h1>")
    page.append(f"<p>Version {html.escape(found.version)}. {len(shown)} tiles.</p>")
    group = ""
    with os_errors_as(
        ReferenceSetError, say("The pictures could not be written to {folder}", folder=folder)
    ):
        folder.mkdir(parents=True, exist_ok=True)
        for number, each in enumerate(shown):
            report(Progress(say("Copying pictures"), number, len(shown), part=Part.SAVING))
            source = reference.folder / reference.files[each.tile.row]
            name = f"{number + 1:03}-row-{each.tile.row}{source.suffix.lower()}"
            shutil.copyfile(source, folder / name)
            if each.group != group:
                group = each.group
                page.append(f"<h2>{html.escape(group)}</h2>")
            told = [each.tile.tile, f"{each.tile.tissue}, {each.tile.center}", each.tile.slide]
            caption = "<br>".join(html.escape(text) for text in (*told, each.why))
            page.append(f'<figure><img src="{name}"><figcaption>{caption}</figcaption></figure>')
            tile = each.tile
            rows.append((tile.tile, name, tile.slide, tile.tissue, tile.center, group, each.why))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("tile", "picture", "slide_id", *headings(reference), "found", "why"))
        writer.writerows(rows)
        write_file(folder / TABLE, text.getvalue().encode())
        write_file(folder / PAGE, "\n".join(page).encode())
    return len(shown)


def _shown(found: Appraisal) -> Iterator[_Shown]:
    for same in found.doubles.pictures:
        for tile in same.tiles:
            yield _Shown(
                say("The same picture"),
                tile,
                say("as row {others}", others=_others(same.tiles, tile)),
            )
    for encoder in found.encoders:
        for pair in encoder.equal_pairs:
            for tile, other in ((pair.one, pair.other), (pair.other, pair.one)):
                yield _Shown(
                    say("Nearly the same picture"), tile, say("as row {row}", row=other.row)
                )
        for odd in () if encoder.odd_tiles is None else encoder.odd_tiles.tiles:
            why = say("{distance:.1f} times as far as usual", distance=odd.distance / odd.usual)
            group = found.columns.say(say("Far from the others of its {tissue} and {center}"))
            yield _Shown(f"{group}: {encoder.title}", odd.tile, why)


def _others(tiles: list[NamedTile], tile: NamedTile) -> str:
    return re.sub(r"[\[\]]", "", str([each.row for each in tiles if each is not tile]))
