"""What the user asks of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceFolder, ReferenceSet
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import RunSettings, new_settings
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile


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

    @property
    def encoders(self) -> tuple[str, ...]:
        """The encoders' names, with their pooling."""
        return tuple(spec.name for spec in self.specs)


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
    opened = replace(opened, reference=in_roles(opened.reference, *columns))
    if request.slide is None or opened.slide is not None:
        yield opened
        return
    # The settings say how; the file may come from a slide that was opened before they were chosen.
    file = replace(request.slide, direct=request.settings.reader == "direct")
    with file.open(report) as slide:
        yield Opened(opened.reference, slide)
