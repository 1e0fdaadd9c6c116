"""What the user asks of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.given import known_spelling
from pathgui.core.reference.reference_set import ReferenceFolder, ReferenceSet
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import RunSettings, new_settings
from pathgui.core.runs.record import CohortFacts
from pathgui.core.slides.region_choice import ClassChoice, RegionClasses
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile


@dataclass(frozen=True)
class AskedSlide:
    """One slide of a cohort that is to be evaluated, and what is known of it."""

    slide_id: str
    file: SlideFile | None  # None: it is not found
    center: str | None = None
    tissue: str | None = None  # of the whole slide
    patient: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # further cells of its row
    regions: Path | None = None  # the file of its labeled regions, if it has one
    problem: str = ""  # why it cannot be evaluated, as far as the cohort tells; "": it can
    # Whether no tissue is sought: its labeled regions, or all that was scanned, are its mask.
    anyway: bool = False


@dataclass(frozen=True)
class EvaluationRequest:
    """What the user asked for: plain data, which another process can carry out.

    Nothing in it is open; whoever carries it out opens what it names (see :func:`opening`).
    ``settings`` go into the record as they are, the device resolved.
    """

    reference: ReferenceFolder
    specs: tuple[EncoderSpec, ...]
    slide: SlideFile | None = None
    settings: RunSettings = field(default_factory=new_settings)
    center: str | None = None  # of the slide, if known
    new_center: bool = False  # whether it is said to be one that the reference set does not have
    tissue: str | None = None  # of the whole slide, if known
    k_origin: str = ""  # where a number k is from, in words; "": the user gave it
    threads: int | None = None  # of the encoder on a CPU; None: one less than there are cores
    criteria: tuple[Criterion, ...] = ()  # what the results have to meet
    intended_use: IntendedUse | None = None  # what the encoders are to be used for
    command: str = ""
    # Makes the pseudonyms; should be one of the user that no run holds.
    pseudonym_key: bytes = b""
    slide_id: str = ""  # of the slide, as its cohort or reference set calls it; "": as its file
    patient: str = ""  # of the slide, if known
    # Which classes of regions are evaluated: of each slide of a cohort, or of the file of a region.
    region_choice: ClassChoice = field(default_factory=ClassChoice)
    region_classes: RegionClasses | None = None  # behind the settings' region, where known
    cohort: CohortFacts | None = None  # whose slides are evaluated, in place of ``slide``
    slides: tuple[AskedSlide, ...] = ()

    @property
    def encoders(self) -> tuple[str, ...]:
        """The encoders' names, with their pooling."""
        return tuple(spec.name for spec in self.specs)

    def of(self, asked: AskedSlide, reference: ReferenceSet) -> EvaluationRequest:
        """The request for one slide of the cohort alone.

        A center that the reference set lacks is a new one. A tissue that it lacks, such as the
        organ, says nothing of the slide's tiles.
        """
        center = asked.center and (known_spelling(asked.center, reference.centers) or asked.center)
        return replace(
            self,
            slide=asked.file,
            center=center,
            new_center=center is not None and center not in reference.centers,
            tissue=asked.tissue and known_spelling(asked.tissue, reference.tissues),
            slide_id=asked.slide_id,
            patient=asked.patient,
            cohort=None,
            slides=(),
        )


@dataclass(frozen=True)
class Opened:
    """What a request names, open. A slide that it names may be missing: it is to be opened."""

    reference: ReferenceSet
    slide: Slide | None = None


@contextmanager
def opening(
    request: EvaluationRequest, at_hand: Opened | None, report: ProgressFn = ignore_progress
) -> Iterator[Opened]:
    """What ``request`` names: what of it is ``at_hand``; the rest is opened, and closed afterward.

    Columns of the reference set play the roles that the request's settings give them.

    Raises
    ------
    ReferenceSetError, SlideError, ScaleError
        If it cannot be opened, or is not what the request means.
    """
    opened = Opened(request.reference.open()) if at_hand is None else at_hand
    columns = request.settings.center_columns, request.settings.tissue_column
    reference = in_roles(opened.reference, *columns)
    if reference is not opened.reference:
        opened = replace(opened, reference=reference)
    if request.slide is None or opened.slide is not None:
        yield opened
        return
    # The settings say how; the file may come from a slide that was opened before they were chosen.
    file = replace(request.slide, direct=request.settings.reader == "direct")
    with file.open(report) as slide:
        yield Opened(opened.reference, slide)
