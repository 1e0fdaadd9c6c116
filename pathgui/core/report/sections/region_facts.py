"""Which classes of regions were evaluated and which were left out, as rows of facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import Cell
from pathgui.core.results import formatting as fmt
from pathgui.core.results.tissue_share import left_out_of_slides, tissue_left_out_said
from pathgui.core.runs.record import CohortFacts, SlideFacts
from pathgui.core.slides.region_choice import named


def region_facts(slide: SlideFacts) -> list[tuple[str, Cell]]:
    """Which classes of regions were evaluated and left out, and how much tissue that leaves out."""
    found, rows = slide.region_classes, []
    if found is not None:
        used = named(found.used) if found.used else say("the whole slide")
        rows = [
            (say("Regions of"), Cell(used)),
            (say("Regions left out"), Cell(named(found.left_out))),
        ]
    return [*rows, *((say("Tissue left out"), Cell(text)) for text in tissue_left_out_said(slide))]


def of_cohort(cohort: CohortFacts, done: Sequence[SlideFacts]) -> list[tuple[str, Cell]]:
    """What was asked for of labeled regions, and what of it slides had; by class, how many."""
    choice, left = cohort.region_choice, left_out_of_slides(done)
    tissue = [(say("Tissue left out"), Cell(left))] if left else []
    if choice is None:
        return tissue
    classes = [each.region_classes for each in done if each.region_classes is not None]
    used = Counter(kind for each in classes for kind in each.used)
    out = Counter(kind for each in classes for kind in each.left_out)
    if not (choice or used or out):
        return tissue
    whole = sum(each.tiles_region is None for each in done)
    return [
        (say("Classes of labeled regions asked for"), Cell(choice.said)),
        (say("Regions evaluated (slides)"), Cell(_counted(used))),
        (say("Regions left out (slides)"), Cell(_counted(out))),
        (say("Slides evaluated whole"), Cell(fmt.count(whole))),
        *tissue,
    ]


def _counted(kinds: Counter[str]) -> str:
    return "; ".join(f"{kind} ({n})" for kind, n in sorted(kinds.items())) or "none"
