"""The report as one HTML file that needs no network: styles and pictures are inside."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from typing import Any, cast

from pathgui.assets import asset_path
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Document,
    Facts,
    Formula,
    Heading,
    Image,
    Legend,
    Note,
    Panels,
    Paragraph,
    Section,
    Signatures,
    Table,
    Tiles,
)

_TONES = {"warning": "warning-text", "good": "good-text", "plain": ""}
_STROKES = {
    "up": "M0 10L10 0",
    "down": "M0 0L10 10",
    "level": "M0 5H10",
    "upright": "M5 0V10",
    "cross": "M0 0L10 10M0 10L10 0",
    "plus": "M0 5H10M5 0V10",
    "dot": "M3.4 5H6.6",
}


def render_html(document: Document) -> bytes:
    """``document`` as a page of its own, UTF-8."""
    page = _Page(document)
    cover = document.cover
    picture = (
        f'<img src="{page.source(cover.picture)}" alt="{escape(cover.picture_alt)}">'
        if cover.picture
        else ""
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(document.title)}</title>",
        f"<style>\n{asset_path('report.css').read_text(encoding='utf-8')}{page.ground()}</style>",
        "</head><body>",
        f'<div class="notice"><strong>{escape(document.notice)}</strong>',
        f"<span>Report {escape(document.report_id)}</span></div>",
        f"<header><h1>{escape(cover.title)}</h1>",
        f'<p class="subtitle">{escape(cover.subtitle)}</p>',
        f'<div class="cover">{_definitions(cover.facts, "")}{picture}</div>',
        f'<div class="outcome {cover.outcome_tone}"><b>{escape(cover.outcome)}</b>',
        f"{escape(cover.outcome_detail)}</div></header><main>",
        *(page.section(section) for section in document.sections),
        f'</main><p class="small">{escape(document.generator)}</p></body></html>\n',
    ]
    return "\n".join(parts).encode()


class _Page:
    """Writes blocks; knows the document's files and the numbers of its sections."""

    def __init__(self, document: Document) -> None:
        self._document = document
        numbered = [section.key for section in document.sections if section.numbered]
        self._numbers = {key: number for number, key in enumerate(numbered, 1)}
        self._blocks: dict[str, Callable[[Any], str]] = {
            "paragraph": _paragraph,
            "heading": lambda b: f"<h3>{escape(cast(Heading, b).text)}</h3>",
            "bullets": _bullets,
            "note": _note,
            "facts": lambda b: _definitions(b.rows, "two" if cast(Facts, b).columns > 1 else ""),
            "table": _table,
            "image": self._image,
            "panels": self._panels,
            "tiles": self._tiles,
            "legend": _legend,
            "formula": lambda b: f'<p class="formula">{escape(cast(Formula, b).text)}</p>',
            "signatures": _signatures,
            "contents": lambda _: self._contents(),
            "pagebreak": lambda _: "",
        }

    def source(self, name: str) -> str:
        """A file of the document as a data URI."""
        kind = {"svg": "svg+xml", "jpg": "jpeg", "png": "png"}[name.rpartition(".")[2]]
        content = base64.b64encode(self._document.files[name]).decode()
        return f"data:image/{kind};base64,{content}"

    def ground(self) -> str:
        """The picture of the slide, once, as a background that all panels share."""
        panels = (b for s in self._document.sections for b in s.blocks if isinstance(b, Panels))
        base = next((block.base for block in panels if block.base), "")
        if not base:
            return ""
        return f".stack {{ background: url({self.source(base)}) 0 0 / 100% 100%; }}\n"

    def section(self, section: Section) -> str:
        number = f"<span>{self._numbers[section.key]}</span>" if section.numbered else ""
        title = f'<h2 id="{section.key}">{number}{escape(section.title)}</h2>'
        blocks = "\n".join(self._block(block) for block in section.blocks)
        return f"<section>{title}\n{blocks}</section>"

    def _block(self, block: Block) -> str:
        return self._blocks[block.kind](block)

    def _image(self, block: Image) -> str:
        caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
        picture = f'<img src="{self.source(block.file)}" alt="{escape(block.alt)}">'
        return f"<figure>{picture}{caption}</figure>"

    def _panels(self, block: Panels) -> str:
        made = []
        for panel in block.panels:
            overlay = f'<img src="{self.source(panel.overlay)}" alt="{escape(panel.alt)}">'
            made.append(
                f"<figure><b>{escape(panel.title)}</b>"
                f'<div class="stack" style="aspect-ratio: {1 / block.aspect:.4f}">'
                f'{overlay}</div><div class="bar" style="width: {block.bar:.2%}"></div>'
                f"<small>{escape(block.bar_label)}</small></figure>"
            )
        one = " one" if block.columns == 1 else ""
        return (
            f'<div class="panels{one}" style="grid-template-columns: '
            f'repeat({block.columns}, 1fr)">{"".join(made)}</div>'
        )

    def _tiles(self, block: Tiles) -> str:
        rows = []
        for row in block.rows:
            made = []
            for tile in (row.tile, *row.others):
                frame = f' style="border-color: {tile.frame}"' if tile.frame else ""
                picture = f'<img src="{self.source(tile.file)}" alt="{escape(tile.alt)}"{frame}>'
                made.append(f"<figure>{picture}<small>{escape(tile.caption)}</small></figure>")
            rows.append(f'<div class="tile-row">{"".join(made)}</div>')
        return f'<div class="tiles">{"".join(rows)}</div>'

    def _contents(self) -> str:
        entries = "".join(
            f'<li><a href="#{section.key}">{escape(section.title)}</a></li>'
            for section in self._document.sections
            if section.numbered
        )
        return f"<nav><ol>{entries}</ol></nav>"


def _paragraph(block: Paragraph) -> str:
    kind = "" if block.size == "normal" else f' class="{block.size}"'
    return f"<p{kind}>{escape(block.text)}</p>"


def _bullets(block: Bullets) -> str:
    tag = "ol" if block.numbered else "ul"
    return f"<{tag}>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</{tag}>"


def _note(block: Note) -> str:
    title = block.title or ("Note" if block.tone == "warning" else "")
    head = f"<b>{escape(title)}.</b> " if title else ""
    return f'<p class="note {block.tone}">{head}{escape(block.text)}</p>'


def _definitions(rows: list[tuple[str, Cell]], kind: str) -> str:
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{_cell(cell)}</dd>" for name, cell in rows)
    return f'<dl class="{kind}">{entries}</dl>'


def _cell(cell: Cell) -> str:
    mark = _swatch(cell.swatch, cell.mark or "none") if cell.swatch else ""
    kind = _TONES.get(cell.tone, cell.tone)
    text = escape(cell.text)
    body = f'<span class="{kind}">{text}</span>' if kind else text
    detail = f"<small>{escape(cell.detail)}</small>" if cell.detail.strip() else ""
    return f"{mark}{body}{detail}"


def _swatch(color: str, mark: str) -> str:
    width = 3.2 if mark == "dot" else 1.4
    stroke = (
        f'<path d="{_STROKES[mark]}" stroke="#000" stroke-opacity=".55" stroke-width="{width}"/>'
        if mark in _STROKES
        else ""
    )
    return (
        '<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">'
        f'<rect width="10" height="10" fill="{color}"/>{stroke}</svg>'
    )


def _table(block: Table) -> str:
    head = "".join(
        f'<th scope="col" class="{align}">{escape(title).replace(chr(10), "<br>")}</th>'
        for title, align in zip(block.header, block.align, strict=True)
    )
    rows = []
    for row in block.rows:
        cells = []
        for cell, align in zip(row, block.align, strict=True):
            shade = "" if cell.shade is None else _shade(cell.shade)
            cells.append(f'<td class="{align}"{shade}>{_cell(cell)}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    caption = f"<caption>{escape(block.caption)}</caption>" if block.caption else ""
    return (
        f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _shade(share: float) -> str:
    return f' style="background: rgba(31, 78, 107, {0.46 * min(1.0, share):.3f})"'


def _legend(block: Legend) -> str:
    entries = "".join(
        f"<li>{_swatch(entry.swatch, entry.mark)}{escape(entry.text)}</li>"
        for entry in block.entries
    )
    return f'<ul class="legend">{entries}</ul>'


def _signatures(block: Signatures) -> str:
    rows = "".join(
        f"<tr><td>{escape(role)}</td><td>Name</td><td>Role</td><td>Date</td><td>Signature</td></tr>"
        for role in block.roles
    )
    return f'<table class="signatures"><tbody>{rows}</tbody></table>'
