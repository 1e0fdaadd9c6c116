"""Which classes of regions were evaluated and which were left out, as rows of facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import Cell
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import CohortFacts, SlideFacts
from pathgui.core.slides.region_choice import named


def region_facts(slide: SlideFacts) -> list[tuple[str, Cell]]:
    """Which classes of regions were evaluated and left out; nothing where there were none."""
    found = slide.region_classes
    if found is None:
        return []
    return [
        (say("Regions of"), Cell(named(found.used) if found.used else say("the whole slide"))),
        (say("Regions left out"), Cell(named(found.left_out))),
    ]


def of_cohort(cohort: CohortFacts, done: Sequence[SlideFacts]) -> list[tuple[str, Cell]]:
    """What was asked for of labeled regions, and what of it slides had; by class, how many."""
    choice = cohort.region_choice
    if choice is None:
        return []
    classes = [each.region_classes for each in done if each.region_classes is not None]
    used = Counter(kind for each in classes for kind in each.used)
    out = Counter(kind for each in classes for kind in each.left_out)
    if not (choice or used or out):
        return []
    whole = sum(each.tiles_region is None for each in done)
    return [
        (say("Classes of labeled regions asked for"), Cell(choice.said)),
        (say("Regions evaluated (slides)"), Cell(_counted(used))),
        (say("Regions left out (slides)"), Cell(_counted(out))),
        (say("Slides evaluated whole"), Cell(fmt.count(whole))),
    ]


def _counted(kinds: Counter[str]) -> str:
    return "; ".join(f"{kind} ({n})" for kind, n in sorted(kinds.items())) or "none"
