"""From a finished run to the PDF: sections, figures, template, file."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.assets import asset_path
from pathgui.core.errors import ReportError
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.report.render import fonts
from pathgui.core.report.render.document import Block, Document, Note, Section
from pathgui.core.report.render.html import render_html
from pathgui.core.report.sections import closing, cover_and_summary, materials, results
from pathgui.core.report.sections import criteria as acceptance
from pathgui.core.report.sections.options import SECTIONS, ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.tables import environment_text, pseudonymous_json, results_csv
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import RUN_FILE, Evaluation, load_evaluation
from pathgui.core.system.files import write_file

NOTICE = "For research use only. Not for diagnostic use."
REPORT_FILE = "report.pdf"
Standard = Literal["a-2a", "a-3a", "ua-1"]
_OWN_PAGE = frozenset({"summary", "use", "approval"})


def write_report(
    folder: Path,
    out: Path | None = None,
    *,
    options: ReportOptions | None = None,
    report: ProgressFn = ignore_progress,
) -> Path:
    """Write the report of a finished run, as PDF or, where ``out`` ends in .html, as one page.

    The same run and options give the same bytes: dates are those of the run, and the report's ID
    follows from the run's. Beside it, ``NAME.pdf.sha256`` holds the hash.

    Parameters
    ----------
    folder : Path
        ``NAME.pgrun``; only ``run.json``, ``tiles.parquet`` and the thumbnail are read.
    out : Path, optional
        The file; default ``report.pdf`` in ``folder``.

    Raises
    ------
    RecordError
        If ``folder`` is no finished run.
    ReportError
        If the report cannot be set or written.
    """
    target = folder / REPORT_FILE if out is None else out
    html = target.suffix.lower() in (".html", ".htm")
    content = render_report(folder, options or ReportOptions(), html=html, report=report)
    report(Progress("Writing the report", 3, 4))
    digest = hashlib.sha256(content).hexdigest()
    try:
        write_file(target, content)
        write_file(target.with_name(target.name + ".sha256"), f"{digest}  {target.name}\n".encode())
    except OSError as error:
        raise ReportError(
            f"The report could not be written to {target}: {error.strerror or error}. "
            "If it is open in another program, close it there, or choose another place."
        ) from error
    report(Progress("Writing the report", 4, 4))
    return target


def render_report(
    folder: Path,
    options: ReportOptions,
    *,
    html: bool = False,
    report: ProgressFn = ignore_progress,
) -> bytes:
    """The report as the bytes that :func:`write_report` writes."""
    report(Progress("Reading the run", 0, 4))
    document = make_document(folder, options, report)
    report(Progress("Setting the pages", 2, 4))
    return render_html(document) if html else render_pdf(document)


def make_document(
    folder: Path, options: ReportOptions, report: ProgressFn = ignore_progress
) -> Document:
    """The report of a finished run, before it is set in any format."""
    evaluation = load_evaluation(folder)
    run_json = (folder / RUN_FILE).read_bytes()
    report(Progress("Drawing the figures", 1, 4))
    return build(evaluation, run_json, options)


def build(evaluation: Evaluation, run_json: bytes, options: ReportOptions) -> Document:
    """The report of ``evaluation``, whose record as it lies on disk is ``run_json``."""
    subject = Subject(evaluation, options)
    if evaluation.thumbnail is not None:
        subject.files["thumbnail.jpg"] = _jpeg(evaluation.thumbnail)
    attachments = {
        "results.csv": (results_csv(subject), "text/csv", "Numbers per encoder, as in run.json"),
        "environment.txt": (
            environment_text(subject),
            "text/plain",
            "Machine and versions of the run",
        ),
    }
    if options.show_file_names:
        attachments["run.json"] = (run_json, "application/json", "The record of the run")
    else:
        attachments["run.json"] = (
            pseudonymous_json(subject, run_json),
            "application/json",
            "The record of the run; file names and folders are replaced",
        )
    attachments = {
        name: content for name, content in attachments.items() if name in options.attached
    }
    makers: dict[str, Callable[[], list[Block]]] = {
        "summary": lambda: cover_and_summary.summary(subject),
        "use": lambda: cover_and_summary.intended_use(subject),
        "criteria": lambda: acceptance.criteria(subject),
        "materials": lambda: materials.materials(subject),
        "encoders": lambda: materials.encoders(subject),
        "methods": lambda: materials.methods(subject),
        "results": lambda: results.results(subject),
        "slide": lambda: results.slide_pages(subject),
        "failures": lambda: closing.failures(subject),
        "limits": lambda: closing.limits(subject),
        "events": lambda: closing.events(subject),
        "environment": lambda: closing.environment(subject),
        "reproduction": lambda: closing.reproduction(
            subject,
            hashlib.sha256(run_json).hexdigest(),
            [(name, words) for name, (_, _, words) in sorted(attachments.items())],
        ),
        "checklist": lambda: closing.checklist(subject),
        "glossary": lambda: closing.glossary(subject),
        "approval": lambda: closing.approval(subject),
    }
    sections = []
    for key, title in SECTIONS:
        if key in options.left_out:
            left_out: list[Block] = [
                Note("This section was left out by the person who made the report.", tone="absent")
            ]
            sections.append(Section(key, title, left_out))
        else:
            sections.append(Section(key, title, makers[key](), own_page=key in _OWN_PAGE))
        if key == "summary":  # the page one reads first stays the first
            sections.append(
                Section("contents", "Contents", cover_and_summary.contents(), True, False)
            )
    document = Document(
        title=f"Robustness report {subject.report_id[:8]}",
        subject=f"Robustness of encoders on {subject.slide_name}",
        report_id=subject.report_id,
        created=evaluation.run.finished,
        created_unix=_unix(evaluation.run.finished),
        generator=f"pathgui {evaluation.run.pathgui}",
        notice=NOTICE,
        paper={"a4": "a4", "letter": "us-letter"}[options.paper],
        cover=cover_and_summary.cover(subject),
        sections=sections,
        files=subject.files,
        attachments=attachments,
    )
    return document


def render_pdf(document: Document) -> bytes:
    """Set ``document`` with Typst."""
    import typst

    faces = fonts.choose(_texts(document))
    if faces.missing:
        document = _spelled_out(document, faces.missing)
    data = asdict(replace(document, files={}, attachments={}))
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
                f"The report could not be set: {error.message}. Please send the file run.json of "
                "this run to the makers of the program."
            ) from error
    return bytes(pdf)


def standards(document: Document) -> list[Standard]:
    """Tagged and for screen readers; PDF/A-2 forbids attachments, PDF/A-3 allows them."""
    return ["a-3a" if document.attachments else "a-2a", "ua-1"]


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    draft = io.BytesIO()
    Image.fromarray(picture).save(draft, "JPEG", quality=88, subsampling=0)
    return draft.getvalue()


def _unix(iso: str) -> int:
    try:
        return int(datetime.fromisoformat(iso).timestamp())
    except ValueError:
        return 0


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

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return fonts.spelled_out(value, missing)
        if is_dataclass(value) and not isinstance(value, type):
            changes = {f.name: walk(getattr(value, f.name)) for f in fields(value)}
            return replace(value, **changes)
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, tuple):
            return tuple(walk(item) for item in value)
        return value

    remark = Note(
        f"{fmt.plural(len(missing), 'letter')} of names in this report stand as code points, "
        "because no font on the machine that made it has them.",
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
    spelled: Document = walk(replace(document, files={}, attachments={}))
    return replace(spelled, files=files, attachments=document.attachments)
