"""What the user asks of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field

from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import RunSettings, new_settings
from pathgui.core.slides.slide import Slide


@dataclass(frozen=True)
class EvaluationRequest:
    """What the user asked for. ``settings`` go into the record as they are, the device resolved."""

    reference: ReferenceSet
    encoders: tuple[str, ...]
    slide: Slide | None = None
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
