"""Requests in one line, for encoders by name and with what a test has open."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pathgui.core.cost.estimate import Cost
from pathgui.core.evaluation import dry_run, measure_again, slide_plan, trident_export
from pathgui.core.evaluation.evaluate import EvaluationRequest, Opened
from pathgui.core.evaluation.evaluate import evaluate as carry_out
from pathgui.core.evaluation.slide_plan import SlidePlan
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.options import OPTIONS, Option, new_settings
from pathgui.core.runs.record import Evaluation, Run
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile
from tests.known import registry

NAMES = frozenset(option.name for option in OPTIONS)


@dataclass(frozen=True)
class Asked(EvaluationRequest):
    """A request, and what it names, open."""

    at_hand: Opened | None = None

    def on(self, slide: Slide) -> Asked:
        """The same for a slide that is open."""
        assert self.at_hand is not None
        at_hand = dataclasses.replace(self.at_hand, slide=slide)
        return dataclasses.replace(self, slide=SlideFile.of(slide), at_hand=at_hand)


def ask(
    reference: ReferenceSet, encoders: Iterable[str], slide: Slide | None = None, **chosen: Any
) -> Asked:
    """A request for encoders that are known by name; options of ``chosen`` become its settings."""
    of_run = {name: value for name, value in chosen.items() if name in NAMES}
    others = {name: value for name, value in chosen.items() if name not in NAMES}
    specs, settings = registry.chosen(encoders), new_settings(**of_run)
    asked = Asked(reference.place, specs, None, settings, at_hand=Opened(reference), **others)
    return asked if slide is None else asked.on(slide)


def evaluate(request: Asked, **options: Any) -> Evaluation:
    """Carry it out with what is open."""
    return carry_out(request, at_hand=request.at_hand, **options)


def evaluation_cost(request: Asked, **options: Any) -> Cost:
    """What it would cost."""
    return dry_run.evaluation_cost(request, at_hand=request.at_hand, **options)


def plan_slide(request: Asked, imports: MatchedImports, report: ProgressFn) -> SlidePlan | None:
    """Which of the slide's tiles it would take."""
    assert request.at_hand is not None
    return slide_plan.plan_slide(request, request.at_hand, imports, report)


def request_again(run: Run, reference: ReferenceSet, **options: Any) -> Asked:
    """What asks for a run once more."""
    again = measure_again.request_again(run, reference, registry, **options)
    fields = {each.name: getattr(again, each.name) for each in dataclasses.fields(again)}
    return Asked(**fields, at_hand=Opened(reference))


def export_trident(
    evaluation: Evaluation, slide: Slide, reference: ReferenceSet, folder: Path, *rest: Any
) -> list[Path]:
    """The slide's embeddings, written as TRIDENT does."""
    return trident_export.export_trident(evaluation, registry, slide, reference, folder, *rest)


# Of the reference sets of tests.material.
COLUMNS = {
    "center_columns": ("scanner", "center"),
    "tissue_column": "marker",
    "corrections": ("center-mean",),
}
AREA = (((0.0, 0.0), (700.0, 0.0), (700.0, 1024.0), (0.0, 1024.0)),)


def another(option: Option) -> Any:
    """A value that is not the option's default."""
    if option.from_file:
        return AREA
    if option.name in COLUMNS:
        return COLUMNS[option.name]
    if option.name == "tissue_threshold":
        return 0.5  # by which the slide of the tests has less tissue, but some
    if option.least is not None:
        return min(option.least + 6, option.most or 6 + option.least)
    return next(value for value, _ in option.choices if value != option.default)
