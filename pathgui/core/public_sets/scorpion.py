"""SCORPION, and other folders of the same places photographed by several scanners."""

from __future__ import annotations

from functools import partial

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import noted, say
from pathgui.core.public_sets.layout import (
    NOT_LABELED,
    About,
    FoundTiles,
    Given,
    Layout,
    Wishes,
)
from pathgui.core.public_sets.picture_files import PICTURES, levels_of, pictures_of_files
from pathgui.core.public_sets.tile_rows import make_rows

# As folders and files call them, without signs and case.
_SCANNERS = frozenset((
    "at2", "aperioat2", "gt450", "aperiogt450", "cs2", "dp200", "ventanadp200", "p1000",
    "pannoramic1000", "philips", "philipsufs", "ufs", "philipsultrafast", "s60", "s210", "s360",
    "nanozoomers60", "nanozoomers210", "nanozoomers360", "nanozoomerxr", "vs200", "grundium",
))  # fmt: skip
_MOST = 0.9  # of the pictures have to name a scanner
_ABOUT = About(
    "SCORPION",
    noted("not read: see doi 10.5281/zenodo.16517924"),
    noted("SCORPION, Zenodo 16517924"),
)


def _recognizes(given: Given) -> bool:
    levels = levels_of(given)
    named = [_scanner_at(parts) for parts in levels]
    known = [at for at in named if at is not None]
    several = {levels[i][at].casefold() for i, at in enumerate(named) if at is not None}
    return bool(levels) and len(known) >= _MOST * len(levels) and len(several) > 1


def _scanner_at(parts: tuple[str, ...]) -> int | None:
    """Which part of a picture's path names its scanner, from the end; None if none does."""
    for back in range(1, len(parts) + 1):
        if _plain(parts[-back], last=back == 1) in _SCANNERS:
            return len(parts) - back
    return None


def _plain(part: str, *, last: bool) -> str:
    name = _stem(part) if last else part
    return "".join(one for one in name.casefold() if one.isalnum())


def _stem(name: str) -> str:
    for ending in PICTURES:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    levels = levels_of(given)
    if not levels:
        raise ReferenceSetError(say("{top} holds no picture.", top=given.top))
    columns: dict[str, list[str]] = {
        name: [] for name in ("tile", "slide_id", "patient_id", "center", "tissue", "pair")
    }
    for parts in levels:
        at = _scanner_at(parts)
        scanner = "" if at is None else (_stem(parts[at]) if at == len(parts) - 1 else parts[at])
        rest = [part for i, part in enumerate(parts) if i != at]
        if rest and at != len(parts) - 1:
            rest[-1] = _stem(rest[-1])
        glass = rest[0] if len(rest) > 1 else ""
        columns["tile"].append("/".join(parts))
        columns["slide_id"].append(
            f"{glass or '/'.join(rest)} {scanner}".strip() if scanner else ""
        )
        columns["patient_id"].append(glass)
        columns["center"].append(scanner)
        columns["tissue"].append(NOT_LABELED)
        columns["pair"].append("/".join(rest))
    pictures = given.having(*PICTURES)
    rows = make_rows(columns, mpp=wishes.mpp, file=pictures[0])
    for row, path in zip(rows, pictures, strict=True):
        row.picture = path
        if not row.values["center"]:
            row.reason = ""
            row.refuse(
                say("{values} names no scanner", values=row.values["tile"]),
                say("no scanner in its path"),
            )
    scanners = sorted({*columns["center"]} - {""})
    told = [
        say(
            "SCORPION: {n_rows:,} pictures of {n:,} samples on {n_scanners} scanners ({scanners}).",
            n_rows=len(rows),
            n=len({*columns["pair"]}),
            n_scanners=len(scanners),
            scanners=", ".join(scanners),
        ),
        say(
            "The scanner plays the center. The pictures of a sample are pairs: "
            "they show the same tissue. The uppermost folder is supposed to be "
            "one glass slide of one patient."
        ),
        say(
            "No tissue is labeled, so the robustness index is not defined: what "
            "the set carries is how alike the pairs are, and whether the scanner "
            "can be told."
        ),
    ]
    stream = partial(pictures_of_files, rows)
    return FoundTiles(rows, stream, told, (), [], _ABOUT)


SCORPION = Layout(
    "scorpion",
    "SCORPION",
    say("SLIDE/SAMPLE/SCANNER.png, with names of scanners"),
    _recognizes,
    _read,
)
