"""What a run keeps of names: pseudonyms of slides and patients, and no folder of this computer."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath

from pathgui.core.explore.neighborhood import KnownTiles
from pathgui.core.language.texts import say
from pathgui.core.reference.pseudonyms import Pseudonyms, Scrubber
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import (
    EncoderResult,
    Evaluation,
    ReferenceFacts,
    Run,
    RunEvent,
    SlideFacts,
    SlideOfRun,
)
from pathgui.core.runs.request import AskedSlide, EvaluationRequest, Opened

# A slide as runs call it, and the ending of its file.
_PSEUDONYM = re.compile(r"(slide-[0-9a-f]{8})(\.\w+)?")


def named_for_keeping(
    evaluation: Evaluation, request: EvaluationRequest, opened: Opened
) -> Evaluation:
    """The evaluation as it is to be kept.

    Slides and tiles get pseudonyms unless ``keep_names`` is set; with it, names stay as they are
    in the reference set, without folders of this computer. The evaluated slide is found again by
    its content, and reference tiles by their rows.
    """
    run = evaluation.run
    names = Pseudonyms(request.pseudonym_key, opened.reference.info.tiles_sha256)
    replaced: dict[str, str] = {}
    facts = run.slide
    if not request.settings.keep_names:
        replaced = _of_reference(opened.reference, names)
        for asked in request.slides:
            replaced[asked.slide_id] = names.slide(asked.slide_id)
            replaced[asked.patient] = names.patient(asked.patient)
        if facts is not None:
            ending = PurePath(facts.file_name).suffix
            replaced[PurePath(facts.file_name).stem] = facts.pseudonym
            replaced[facts.file_name] = facts.pseudonym + ending
            left_out = facts.left_out and [
                replace(each, slide=names.slide(each.slide)) for each in facts.left_out
            ]
            facts = replace(facts, file_name=facts.pseudonym + ending, left_out=left_out)
    scrub = Scrubber(replaced, _folders(request))
    known = evaluation.known
    reference = _appraised(run.reference, names, request.settings.keep_names)
    return replace(
        evaluation,
        run=_scrubbed(replace(run, slide=facts, reference=reference), scrub),
        told=tuple(run.failures),
        known=None if known is None else _known(known, names, request.settings.keep_names),
    )


class CohortNames:
    """What a run on a cohort keeps of the names of its slides and patients."""

    def __init__(self, request: EvaluationRequest, reference: ReferenceSet) -> None:
        self._names = Pseudonyms(request.pseudonym_key, reference.info.tiles_sha256)
        self._keep = request.settings.keep_names
        self._folders = _folders(request)
        self._replaced: dict[str, str] = {}
        if not self._keep:
            for asked in request.slides:
                self._replaced[asked.slide_id] = self._names.slide(asked.slide_id)
                self._replaced[asked.patient] = self._names.patient(asked.patient)
            self._replaced |= _of_reference(reference, self._names)
        self._scrub = Scrubber(self._replaced, self._folders)

    def folder(self, slide_id: str) -> str:
        """What the folder of a slide's files is called: safe in every file system."""
        return self._names.slide(slide_id)

    def slide_id(self, slide_id: str) -> str:
        """How the run calls a slide."""
        return slide_id if self._keep else self._names.slide(slide_id)

    def patient(self, name: str) -> str | None:
        """How the run calls a patient; None of whom it knows nothing."""
        return (name if self._keep else self._names.patient(name)) or None

    def true_names(self, slides: Iterable[AskedSlide]) -> dict[str, str]:
        """What stands behind the names that the run holds of slides and of their files."""
        true: dict[str, str] = {}
        for asked in slides:
            called = self.slide_id(asked.slide_id)
            true[called] = asked.slide_id
            if asked.file is not None:
                true[called + asked.file.path.suffix] = asked.file.path.name
        return true

    def kept(self, slide: SlideOfRun, file_name: str) -> SlideOfRun:
        """A slide as it is to be kept; ``file_name`` is the true one of its file."""
        facts = slide.slide
        replaced: dict[str, str] = {}
        shown = self.slide_id(slide.slide_id)
        if not self._keep:
            path = PurePath(file_name)
            replaced = {path.stem: shown, path.name: shown + path.suffix}
            facts = facts and self._facts(facts, shown)
        own = Scrubber(replaced, self._folders)

        def scrub(text: str) -> str:
            return self._scrub(own(text))

        return replace(
            slide,
            slide_id=shown,
            slide=facts,
            patient=self.patient(slide.patient or ""),
            reason=scrub(slide.reason),
            events=[RunEvent(event.time, scrub(event.text)) for event in slide.events],
            failures=[replace(each, reason=scrub(each.reason)) for each in slide.failures],
        )

    def _facts(self, facts: SlideFacts, shown: str) -> SlideFacts:
        return replace(
            facts,
            pseudonym=shown,
            file_name=shown + PurePath(facts.file_name).suffix,
            left_out=facts.left_out
            and [replace(each, slide=self._names.slide(each.slide)) for each in facts.left_out],
        )


def _of_reference(reference: ReferenceSet, names: Pseudonyms) -> dict[str, str]:
    """What stands in the place of the names of slides and patients of a reference set."""
    labels = reference.labels
    replaced = {name: names.slide(name) for name in set(labels.slide.tolist())}
    if labels.patient is not None:
        replaced |= {name: names.patient(name) for name in set(labels.patient.tolist())}
    return replaced


def named_for_the_desk(
    known: KnownTiles, reference_sha256: str, reference: ReferenceSet | None
) -> KnownTiles:
    """The tiles of a run as its reference set calls them, if ``reference`` is that set.

    For the screen of a user who has the set, and so the names. Folders are left out all the same.
    ``known`` itself where it is another set, or none.
    """
    if reference is None or reference.info.tiles_sha256 != reference_sha256:
        return known
    whole = reference.own or reference  # a run may have left out tiles that this set has, or both
    row = {file: number for number, file in enumerate(whole.files)}
    if not all(file in row for file in known.files):
        return known
    rows = [row[file] for file in known.files]
    return replace(
        known,
        names=tuple(_relative(whole.tiles[each]) for each in rows),
        slides=tuple(str(name) for name in whole.labels.slide[rows]),
    )


def slides_for_the_desk(run: Run, names: Mapping[str, str]) -> Run:
    """The run with its slides, and what was said of them, by the names that their user knows.

    For the screen of that user alone. ``names``: the true ones, by what runs call slides. A slide
    that has none there stays as it is.
    """

    def spelled_out(text: str) -> str:
        return _PSEUDONYM.sub(
            lambda found: names.get(found[0]) or names.get(found[1], found[1]) + (found[2] or ""),
            text,
        )

    return replace(
        run,
        slides=[
            replace(
                slide,
                slide_id=names.get(slide.slide_id, slide.slide_id),
                reason=spelled_out(slide.reason),
            )
            for slide in run.slides
        ],
    )


def _folders(request: EvaluationRequest) -> list[Path]:
    """Folders whose names may have blanks in them, so that no pattern finds where they end."""
    found = [Path.home(), Path.cwd(), Path(tempfile.gettempdir())]
    found.append(request.reference.folder.absolute().parent)
    if request.slide is not None:
        found.append(request.slide.path.absolute().parent)
    slides = {each.file.path.absolute().parent for each in request.slides if each.file is not None}
    return [*found, *sorted(slides)]


def _appraised(facts: ReferenceFacts, names: Pseudonyms, keep: bool) -> ReferenceFacts:
    """The names of slides, patients and tiles that were found twice in the set."""
    found = facts.appraisal
    if found is None:
        return facts

    doubles = (
        found.doubles.renamed(str, str, lambda tile: _relative(tile.tile))
        if keep
        else found.doubles.renamed(
            names.slide, names.patient, lambda tile: say("row {row}", row=tile.row)
        )
    )
    return replace(facts, appraisal=replace(found, doubles=doubles))


def _known(known: KnownTiles, names: Pseudonyms, keep: bool) -> KnownTiles:
    if keep:
        return replace(known, names=tuple(map(_relative, known.names)))
    return replace(
        known,
        names=tuple(PurePosixPath(file).stem for file in known.files),  # its number in the set
        slides=tuple(names.slide(name) for name in known.slides),
    )


def _relative(name: str) -> str:
    """A name in a manifest; of a path from the root, or out of the folder, the last part.

    >>> _relative("a/b.png"), _relative("/home/me/b.png"), _relative("../b.png")
    ('a/b.png', 'b.png', 'b.png')
    """
    parts = re.split(r"[\\/]", name)
    rooted = not parts[0] or re.fullmatch(r"[A-Za-z]:", parts[0]) or parts[0] == "~"
    return parts[-1] if rooted or ".." in parts else name


def _scrubbed(run: Run, scrub: Scrubber) -> Run:
    """Every sentence of the record that may quote a name or a path."""

    def result(each: EncoderResult) -> EncoderResult:
        notices = [scrub(text) for text in each.reference.notices]
        further = [
            replace(column, notices=[scrub(text) for text in column.notices])
            for column in each.reference.confounders
        ]
        return replace(
            each,
            warnings=[scrub(text) for text in each.warnings],
            encoder=replace(each.encoder, source=scrub(each.encoder.source)),
            reference=replace(each.reference, notices=notices, confounders=further),
        )

    return replace(
        run,
        command=scrub(run.command),
        events=[RunEvent(event.time, scrub(event.text)) for event in run.events],
        failures=[replace(each, reason=scrub(each.reason)) for each in run.failures],
        encoders=[result(each) for each in run.encoders],
    )
