"""From a finished run to the PDF: sections, figures, template, file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pathgui.core.baselines.standing import Evidence, evidence_of
from pathgui.core.errors import ReportError
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Document,
    Heading,
    Note,
    Section,
)
from pathgui.core.report.render.html import render_html
from pathgui.core.report.render.pdf import render_pdf
from pathgui.core.report.sections import change as over_time
from pathgui.core.report.sections import (
    closing,
    cohort,
    cover_and_summary,
    materials,
    methods,
    results,
)
from pathgui.core.report.sections import criteria as acceptance
from pathgui.core.report.sections import factors as apart
from pathgui.core.report.sections import file as for_the_file
from pathgui.core.report.sections import letter as front
from pathgui.core.report.sections import qualification as of_program
from pathgui.core.report.sections.glossary import explained, glossary
from pathgui.core.report.sections.options import (
    FRONT,
    REPORT_FILE,
    SECTIONS,
    SLIDES_TABLE,
    ReportOptions,
)
from pathgui.core.report.sections.references import numbered
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.tables import (
    environment_text,
    pseudonymous_json,
    results_csv,
    slides_csv,
)
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.run_files import RUN_FILE, load_evaluation
from pathgui.core.runs.slides_of_run import done_slides, evaluation_of
from pathgui.core.system.files import write_file

NOTICE = say("For research use only. Not for diagnostic use.")
_OWN_PAGE = frozenset({"summary", "use"})
_WHOLE = frozenset({"approval"})  # is signed: on one page, which others may share


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
    report(Progress(say("Writing the report"), 3, 4, part=Part.REPORT))
    digest = hashlib.sha256(content).hexdigest()
    try:
        write_file(target, content)
        write_file(target.with_name(target.name + ".sha256"), f"{digest}  {target.name}\n".encode())
    except OSError as error:
        raise ReportError(
            say(
                "The report could not be written to {target}: {strerror}. If it "
                "is open in another program, close it there, or choose another "
                "place.",
                target=target,
                strerror=error.strerror or error,
            )
        ) from error
    report(Progress(say("Writing the report"), 4, 4, part=Part.REPORT))
    return target


def render_report(
    folder: Path,
    options: ReportOptions,
    *,
    html: bool = False,
    report: ProgressFn = ignore_progress,
) -> bytes:
    """The report as the bytes that :func:`write_report` writes."""
    report(Progress(say("Reading the run"), 0, 4, part=Part.REPORT))
    document = make_document(folder, options, report)
    report(Progress(say("Setting the pages"), 2, 4, part=Part.REPORT))
    return render_html(document) if html else render_pdf(document)


def make_document(
    folder: Path, options: ReportOptions, report: ProgressFn = ignore_progress
) -> Document:
    """The report of a finished run, before it is set in any format."""
    evaluation = load_evaluation(folder)
    run_json = (folder / RUN_FILE).read_bytes()
    report(Progress(say("Drawing the figures"), 1, 4, part=Part.REPORT))
    slides = _slides(folder, evaluation, report) if options.each_slide else ()
    return build(evaluation, run_json, options, slides, evidence_of(folder, evaluation.run))


def _slides(folder: Path, evaluation: Evaluation, report: ProgressFn) -> Iterator[Evaluation]:
    """The slides of a cohort one after the other, each as an evaluation of its own."""
    done = [slide.slide_id for slide in done_slides(evaluation.run)]
    for number, slide_id in enumerate(done):
        report(Progress(say("Drawing the slides"), number, len(done), part=Part.REPORT))
        yield evaluation_of(folder, evaluation, slide_id)


def build(
    evaluation: Evaluation,
    run_json: bytes,
    options: ReportOptions,
    slides: Iterable[Evaluation] = (),
    evidence: Evidence | None = None,
) -> Document:
    """The report of ``evaluation``, whose record as it lies on disk is ``run_json``.

    ``slides``: those of a cohort that get a page of their own, each as a run of one slide.
    ``evidence``: what lies beside the run, of a filed run and of checks.
    """
    subject = Subject(evaluation, options, evidence=evidence or Evidence())
    if evaluation.thumbnail is not None:
        subject.files[subject.base] = results.jpeg(evaluation.thumbnail)
    attachments = {
        "results.csv": (
            results_csv(subject),
            "text/csv",
            say("Numbers per encoder, as in run.json"),
        ),
        "environment.txt": (
            environment_text(subject),
            "text/plain",
            say("Machine and versions of the run"),
        ),
    }
    if options.show_file_names:
        attachments["run.json"] = (run_json, "application/json", say("The record of the run"))
    else:
        attachments["run.json"] = (
            pseudonymous_json(subject, run_json),
            "application/json",
            say("The record of the run; file names and folders are replaced"),
        )
    if evaluation.run.cohort is not None:
        attachments[SLIDES_TABLE] = (
            slides_csv(subject),
            "text/csv",
            say("Numbers per slide and encoder, as in run.json"),
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
        "methods": lambda: methods.methods(subject),
        "results": lambda: results.results(subject),
        "slide": lambda: (
            results.slide_pages(subject)
            if evaluation.run.cohort is None
            else cohort.slides(subject, slides)
        ),
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
        "change": lambda: over_time.change(subject),
        "glossary": list,  # made of what the others say
        "approval": lambda: closing.approval(subject),
    }
    makers["letter"] = lambda: front.letter(subject)
    makers["factors"] = lambda: apart.factors(subject)
    makers["qualification"] = lambda: of_program.qualification(subject)
    makers["file"] = lambda: for_the_file.file(subject)
    sections = [
        *(
            Section(
                key,
                name,
                _left_out() if key in options.left_out else makers[key](),
                own_page=key not in options.left_out,
                numbered=False,
            )
            for key, name in FRONT
        ),
        Section(
            "contents", say("Contents"), cover_and_summary.contents(), own_page=True, numbered=False
        ),
        Section(
            "reading",
            say("How to read this report"),
            cover_and_summary.reading(subject),
            numbered=False,
        ),
    ]
    for key, name in SECTIONS:
        title = say("Slides") if key == "slide" and evaluation.run.cohort is not None else name
        if key in options.left_out:
            sections.append(Section(key, title, _left_out()))
        else:
            made = makers[key]()
            sections.append(
                Section(key, title, made, own_page=key in _OWN_PAGE, whole=key in _WHOLE)
            )
    document = Document(
        title=say("Robustness report {report_id}", report_id=subject.report_id[:8]),
        subject=say("Robustness of encoders on {slide_name}", slide_name=subject.slide_name),
        report_id=subject.report_id,
        created=evaluation.run.finished,
        created_unix=_unix(evaluation.run.finished),
        generator=say("pathgui {pathgui}", pathgui=evaluation.run.pathgui),
        notice=NOTICE,
        paper={"a4": "a4", "letter": "us-letter"}[options.paper],
        cover=cover_and_summary.cover(subject),
        sections=sections,
        files=subject.files,
        attachments=attachments,
    )
    return _with_words(document, subject)


def _left_out() -> list[Block]:
    text = say("This section was left out by the person who made the report.")
    return [Note(text, tone="absent")]


def _with_words(document: Document, subject: Subject) -> Document:
    """The report with its terms explained, its citations numbered, and the lists of both."""
    document = explained(document, subject.terms)
    if "glossary" in subject.options.left_out:
        return numbered(document, listed=False)[0]
    words = glossary(document, subject.terms)
    document, references = numbered(_with_blocks(document, "glossary", [words]))
    if not references:
        return document
    return _with_blocks(
        document, "glossary", [Heading(say("References")), Bullets(references, numbered=True)]
    )


def _with_blocks(document: Document, key: str, blocks: list[Block]) -> Document:
    """The document with these blocks at the end of a section."""
    sections = [
        replace(section, blocks=[*section.blocks, *blocks]) if section.key == key else section
        for section in document.sections
    ]
    return replace(document, sections=sections)


def _unix(iso: str) -> int:
    try:
        return int(datetime.fromisoformat(iso).timestamp())
    except ValueError:
        return 0
