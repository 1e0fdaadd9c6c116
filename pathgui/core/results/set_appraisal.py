"""What was found of a reference set, in words: for terminal, window and report alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.appraisal.doubles import Doubles, NamedTile
from pathgui.core.errors import first_few
from pathgui.core.results import formatting as fmt

# fault: numbers are wrong, or there are none; caution: look at it; fine: nothing to do
Tone = Literal["fault", "caution", "fine"]
MOST_NAMED = 10  # findings of a kind that are written out
STRONG = 0.3  # Cramér's V from which an encoder can profit from guessing tissue by center


@dataclass(frozen=True)
class Line:
    """One finding."""

    text: str
    tone: Tone = "fine"


@dataclass(frozen=True)
class Part:
    """Findings that belong together."""

    title: str
    lines: tuple[Line, ...]


def parts(found: Appraisal) -> list[Part]:
    """All findings but the table of cells."""
    return [
        Part("Do tissue and center go together?", (_together(found),)),
        Part("What it can measure", tuple(_abilities(found))),
        Part("Twice in the set", tuple(_doubles(found.doubles))),
    ]


def verdict(found: Appraisal) -> Line:
    """The first sentence: whether anything must be mended."""
    lines = [line for part in parts(found) for line in part.lines]
    cautions = sum(line.tone == "caution" for line in lines)
    if found.at_fault:
        return Line("Something in this set must be mended before it is used.", "fault")
    if cautions:
        return Line(
            f"Nothing must be mended; {fmt.plural(cautions, 'finding')} to look at.", "caution"
        )
    return Line("Nothing was found that speaks against this set.")


def cell_text(found: Appraisal, tissue: int, center: int) -> str:
    """One field of the table: tiles, slides and, where known, patients."""
    cells = found.cells
    if not (tiles := cells.tiles[tissue][center]):
        return fmt.NOTHING
    inside = [fmt.count(cells.slides[tissue][center])]
    if cells.patients is not None:
        inside.append(fmt.count(cells.patients[tissue][center]))
    return f"{fmt.count(tiles)} ({', '.join(inside)})"


def cell_title(found: Appraisal) -> str:
    """What the numbers of a field are."""
    inside = "slides" if found.cells.patients is None else "slides, patients"
    return f"Tiles ({inside}) of each tissue at each center"


def _together(found: Appraisal) -> Line:
    tiles, slides = found.association.tiles, found.association.slides
    if tiles is None:
        return Line("There is only one tissue or one center, so this cannot be asked.", "caution")
    text = f"Cramér’s V of tissue and center is {fmt.number(tiles)} over the tiles"
    if slides is not None:
        text += f", and {fmt.number(slides)} over the slides, corrected for chance"
    strong = max(tiles, slides or 0.0) >= STRONG
    text += " (0: they are independent; 1: the center tells the tissue)."
    if strong:
        text += (
            " An encoder that follows centers gets tissues right in this set. Add slides where the "
            "table has few, or take fewer tiles where it has many."
        )
    return Line(text, "caution" if strong else "fine")


def _abilities(found: Appraisal) -> Iterator[Line]:
    can = found.measurable
    for text in can.left_out:
        yield Line(text, "caution")
    for each in can.abilities:
        yield Line(
            each.text,
            "fault" if each is can.obstacle else "caution" if each.state != "yes" else "fine",
        )


def _doubles(found: Doubles) -> Iterator[Line]:
    if not found.checksums:
        yield Line(
            "The set has no checksums of its pictures, so equal pictures were not looked for.",
            "caution",
        )
    apart = [each for each in found.pictures if each.apart]
    for each in apart[:MOST_NAMED]:
        yield Line(
            f"The same picture under several slides or labels: {_tiles(each.tiles)}.", "fault"
        )
    if len(apart) > MOST_NAMED:
        yield Line(f"And {len(apart) - MOST_NAMED} more pictures like that.", "fault")
    if alike := [each for each in found.pictures if not each.apart]:
        extra = sum(len(each.tiles) - 1 for each in alike)
        yield Line(
            f"{fmt.plural(extra, 'tile')} repeat{'s' * (extra == 1)} another tile of the same "
            f"slide and tissue, for example {_tiles(alike[0].tiles)}.",
            "caution",
        )
    for slide in found.slides[:MOST_NAMED]:
        names = " and ".join(slide.slides[:4])
        if slide.likeness == "spelling":
            yield Line(
                f"{names} may be one slide: their names differ in signs alone. "
                + (
                    "They are of one patient, so their tiles never judge each other."
                    if slide.one_group
                    else "If they are one, its tiles judge each other: give them one name."
                ),
                "caution",
            )
        else:
            yield Line(
                f"{names} are one slide: their files have the same content. "
                + (
                    "They are taken for one, so their tiles never judge each other."
                    if slide.one_group
                    else "Its tiles judge each other. Give them one name."
                ),
                "caution" if slide.one_group else "fault",
            )
    if len(found.slides) > MOST_NAMED:
        yield Line(f"And {len(found.slides) - MOST_NAMED} more slides like that.", "caution")
    for patient in found.patients[:MOST_NAMED]:
        yield Line(
            f"Patient {patient.patient} has slides from {fmt.listing(patient.centers)} "
            f"({first_few(patient.slides)}). Tiles of one patient never judge each other; if it is "
            "a mistake, mend the labels.",
            "caution",
        )
    if len(found.patients) > MOST_NAMED:
        yield Line(f"And {len(found.patients) - MOST_NAMED} more patients like that.", "caution")
    if not (found.pictures or found.slides or found.patients):
        asked = ["one patient at two centers", "one slide under two names"]
        if found.checksums:
            asked.insert(0, "the same picture twice")
        yield Line(f"Not found: {fmt.listing(asked)}.")
    if not found.content_ids:
        yield Line(
            "The set does not know the files of its slides, so slides were compared by name alone."
        )


def _tiles(tiles: Sequence[NamedTile]) -> str:
    return first_few(
        [f"{each.tile} ({each.tissue}, {each.center}, {each.slide})" for each in tiles]
    )
