"""The report as one HTML file that needs no network: styles and pictures are inside."""

from __future__ import annotations

import base64

from pathgui.assets import asset_path
from pathgui.core.language.texts import CHOSEN
from pathgui.core.report.render.document import WORDS, Document, Panels


def render_html(document: Document) -> bytes:
    """``document`` as a page of its own, UTF-8. Texts are escaped, so none of them is markup."""
    import jinja2  # takes 0.04 s, which the first window need not wait for

    def source(name: str) -> str:
        """A file of the document as a data URI."""
        kind = {"svg": "svg+xml", "jpg": "jpeg", "png": "png"}[name.rpartition(".")[2]]
        return f"data:image/{kind};base64,{base64.b64encode(document.files[name]).decode()}"

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["source"] = source
    template = environment.from_string(_text("report.html.jinja"))
    panels = [b for s in document.sections for b in s.blocks if isinstance(b, Panels)]
    page = template.render(
        language=CHOSEN.language.spelling,
        document=document,
        words=WORDS,
        numbered=[section for section in document.sections if section.numbered],
        styles=_text("report.css"),
        ground=next((block.base for block in panels if block.base), ""),
    )
    return f"{page}\n".encode()


def _text(name: str) -> str:
    return asset_path(name).read_text(encoding="utf-8")
