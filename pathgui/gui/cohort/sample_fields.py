"""What the dialog that draws tiles is made of: its fields, and what was drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pathgui.core.cohort.sampling.preview import Preview
from pathgui.core.cohort.sampling.sample import Sample
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import Measurable
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.sampling_plan import SamplingPlan
from pathgui.gui.kit.boxes import NumberField, WholeNumberField

NO_LIMIT = say("no limit")
SOURCES = (
    ("both", say("regions, else whole slides")),
    ("regions", say("labeled regions")),
    ("slides", say("whole slides")),
)


@dataclass(frozen=True)
class Drawn:
    """The tiles that a plan takes, and what a set of them can measure."""

    sample: Sample
    can: Measurable
    preview: Preview


Draw = Callable[[SamplingPlan, ProgressFn], Drawn]


def number_box(value: float, least: float, most: float, unit: str, decimals: int) -> NumberField:
    box = NumberField()
    box.setDecimals(decimals)
    box.setRange(least, most)
    box.setSuffix(unit)
    box.setValue(value)
    return box


def whole_box(value: int, least: int, most: int) -> WholeNumberField:
    box = WholeNumberField()
    box.setRange(least, most)
    box.setGroupSeparatorShown(True)
    box.setValue(value)
    return box
