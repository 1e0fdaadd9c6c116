"""The report as sections of blocks, before it is set on paper or on a page of HTML.

Everything a reader meets is text in here already, numbers included, so the renderers
(``resources/report.typ`` and :mod:`pathgui.core.report.render.html`) format nothing and PDF and
HTML cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pathgui.core.language.texts import say

Align = Literal["left", "right", "center"]
Tone = Literal["plain", "strong", "muted", "mono", "warning", "good"]


@dataclass(frozen=True)
class Cell:
    """One cell of a table. ``swatch`` is a color square before the text."""

    text: str
    tone: Tone = "plain"
    swatch: str | None = None
    shade: float | None = None  # 0..1: how dark the cell's ground is (heat map)
    detail: str = ""  # second line, small


@dataclass(frozen=True)
class Paragraph:
    """Running text. ``lead``: a sentence one reads first; ``small``: a remark."""

    text: str
    size: Literal["normal", "lead", "small"] = "normal"
    sticky: bool = False  # stays on the page of what follows
    kind: str = "paragraph"


@dataclass(frozen=True)
class Heading:
    """A heading below that of the section."""

    text: str
    level: int = 2
    kind: str = "heading"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: list[str]
    numbered: bool = False
    kind: str = "bullets"


@dataclass(frozen=True)
class Note:
    """Something set apart: a warning, a finding, what was not measured or left out."""

    text: str
    title: str = ""
    tone: Literal["info", "warning", "absent"] = "info"
    sticky: bool = False  # stays on the page of what follows
    kind: str = "note"


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    rows: list[tuple[str, Cell]]
    columns: int = 1
    kind: str = "facts"


@dataclass(frozen=True)
class Table:
    """``widths`` are shares of the text width, 0 for as wide as the content."""

    header: list[str]
    rows: list[list[Cell]]
    align: list[Align]
    widths: list[float]
    caption: str = ""
    small: bool = False
    kind: str = "table"


@dataclass(frozen=True)
class LegendEntry:
    """A color and what it means. ``hollow``: a square of which only the outline is drawn."""

    swatch: str
    text: str
    hollow: bool = False


@dataclass(frozen=True)
class Image:
    """A file of the report's folder, with the text that stands for it. ``width``: share of 1.

    A ``legend`` stays with it.
    """

    file: str
    alt: str
    caption: str = ""
    width: float = 1.0
    legend: list[LegendEntry] = field(default_factory=list)
    legend_columns: int = 3
    kind: str = "image"


@dataclass(frozen=True)
class Panel:
    """A picture of the slide with an overlay exactly on top."""

    title: str
    overlay: str  # an SVG of the same extent as ``base``
    alt: str
    detail: str = ""


@dataclass(frozen=True)
class Panels:
    """Panels of one scale. ``bar`` is the length of the scale bar as a share of a panel's width.

    The ``legend`` stands on each page that they take.
    """

    base: str
    panels: list[Panel]
    columns: int
    aspect: float  # height / width
    bar: float
    bar_label: str
    legend: list[LegendEntry] = field(default_factory=list)
    legend_columns: int = 3
    kind: str = "panels"


@dataclass(frozen=True)
class TileImage:
    """A small picture with a frame and a word below it."""

    file: str
    alt: str
    caption: str
    frame: str = ""  # color; "": none


@dataclass(frozen=True)
class TileRow:
    """A tile, and the tiles that are to be seen beside it."""

    tile: TileImage
    others: list[TileImage]


@dataclass(frozen=True)
class Tiles:
    """Rows of small pictures, in two columns."""

    rows: list[TileRow]
    kind: str = "tiles"


@dataclass(frozen=True)
class Legend:
    """What colors mean."""

    entries: list[LegendEntry]
    columns: int = 2
    sticky: bool = False  # stays on the page of what follows
    kind: str = "legend"


@dataclass(frozen=True)
class Formula:
    """A formula as Typst mathematics, and the same in plain text."""

    typst: str
    text: str
    kind: str = "formula"


@dataclass(frozen=True)
class Signatures:
    """Boxes to be filled in by hand."""

    roles: list[str]
    kind: str = "signatures"


@dataclass(frozen=True)
class Contents:
    """The list of sections."""

    kind: str = "contents"


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""

    kind: str = "pagebreak"


Block = (
    Paragraph
    | Heading
    | Bullets
    | Note
    | Facts
    | Table
    | Image
    | Panels
    | Legend
    | Tiles
    | Formula
    | Signatures
    | Contents
    | PageBreak
)


@dataclass(frozen=True)
class Section:
    """A section; the contents and how to read it have no number. A whole one takes one page."""

    key: str
    title: str
    blocks: list[Block]
    own_page: bool = False
    whole: bool = False
    numbered: bool = True


@dataclass(frozen=True)
class Cover:
    """The first page."""

    title: str
    subtitle: str
    outcome: str
    outcome_detail: str
    outcome_tone: Literal["neutral", "good", "warning"]
    facts: list[tuple[str, Cell]]
    picture: str | None
    picture_alt: str
    words: str = ""  # what its terms mean


@dataclass(frozen=True)
class Document:
    """The whole report. ``files`` are what blocks refer to; ``attachments`` go into the PDF."""

    title: str
    subject: str
    report_id: str
    created: str
    created_unix: int
    generator: str
    notice: str
    paper: str
    cover: Cover
    sections: list[Section]
    files: dict[str, bytes] = field(default_factory=dict)
    attachments: dict[str, tuple[bytes, str, str]] = field(default_factory=dict)


# What the templates of PDF and HTML say themselves.
WORDS = {
    "report": say("Report"),
    "page": say("page {page} of {pages}", page="PAGE", pages="ALL"),
    "name": say("Name"),
    "role": say("Role"),
    "date": say("Date"),
    "signature": say("Signature"),
    "prepared": say("Prepared"),
    "reviewed": say("Reviewed"),
    "approved": say("Approved"),
}


def cells(texts: Sequence[str], tone: Tone = "plain") -> list[Cell]:
    """A row of plain cells."""
    return [Cell(text, tone) for text in texts]


def name_and_numbers(n: int) -> list[Align]:
    """Alignment of a column of names and ``n`` columns of numbers."""
    columns: list[Align] = ["left"]
    for _ in range(n):
        columns.append("right")
    return columns
