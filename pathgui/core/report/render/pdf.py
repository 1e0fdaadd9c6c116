"""A document as PDF, by Typst."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pathgui.assets import asset_path
from pathgui.core.errors import ReportError
from pathgui.core.language.languages import Language
from pathgui.core.language.texts import CHOSEN, say
from pathgui.core.report.render import fonts
from pathgui.core.report.render.document import WORDS, Document, Note
from pathgui.core.report.render.texts import with_texts
from pathgui.core.results import formatting as fmt

Standard = Literal["a-2a", "a-3a", "ua-1"]


def render_pdf(document: Document, language: Language = CHOSEN.language) -> bytes:
    """Set ``document`` with Typst. ``language``: of its hyphens, and of who reads it aloud."""
    import typst

    faces = fonts.choose(_texts(document))
    if faces.missing:
        document = _spelled_out(document, faces.missing)
    data = asdict(replace(document, files={}, attachments={}))
    data["language"] = language.spelling
    data["words"] = WORDS
    data["fonts"] = list(faces.families)
    data["mono"] = [fonts.MONO, *faces.families]
    data["attachments"] = [
        {"name": name, "mime": mime, "words": words}
        for name, (_, mime, words) in sorted(document.attachments.items())
    ]
    with tempfile.TemporaryDirectory(prefix="pathgui-report-") as place:
        root = Path(place)
        (root / "fonts").mkdir()
        for path, number in faces.files:  # typst takes folders only
            fonts.copy_face(path, number, root / "fonts")
        (root / "main.typ").write_bytes(asset_path("report.typ").read_bytes())
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for name, content in document.files.items():
            (root / name).write_bytes(content)
        for name, (content, _, _) in document.attachments.items():
            (root / name).write_bytes(content)
        try:
            pdf = typst.compile(
                str(root / "main.typ"),
                root=str(root),
                font_paths=[str(root / "fonts")],
                ignore_system_fonts=True,
                pdf_standards=[*standards(document)],
                timestamp=document.created_unix,
            )
        except typst.TypstError as error:
            raise ReportError(
                say(
                    "The report could not be set: {message}. Please send the "
                    "file run.json of this run to the makers of the program.",
                    message=error.message,
                )
            ) from error
    return bytes(pdf)


def standards(document: Document) -> list[Standard]:
    """Tagged and for screen readers; PDF/A-2 forbids attachments, PDF/A-3 allows them."""
    return ["a-3a" if document.attachments else "a-2a", "ua-1"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, bytes) and name.endswith(".svg"):
                yield item.decode()


def _spelled_out(document: Document, missing: frozenset[str]) -> Document:
    """The document with letters that no font has as their code points."""

    remark = Note(
        say(
            "{letters} of names in this report stand as code points, because no "
            "font on the machine that made it has them.",
            letters=fmt.plural(len(missing), "letter"),
        ),
        tone="warning",
    )
    sections = [
        replace(section, blocks=[*section.blocks, remark]) if section.key == "events" else section
        for section in document.sections
    ]
    document = replace(document, sections=sections)
    files = {
        name: (
            fonts.spelled_out(content.decode(), missing).encode()
            if name.endswith(".svg")
            else content
        )
        for name, content in document.files.items()
    }
    spelled = with_texts(
        replace(document, files={}, attachments={}),
        lambda text: fonts.spelled_out(text, missing),
    )
    return replace(spelled, files=files, attachments=document.attachments)
