"""How far a whole evaluation is, part by part: reference set, slide, measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress
from pathgui.gui.jobs.run_clock import Expected

MEASURING = 0.1  # of a run, where no estimate says how long it takes
SAVED = (Part.SAVING, Part.REPORT)


@dataclass(frozen=True)
class PartShare:
    """One part of a run."""

    title: str
    weight: float  # share of the whole run, 0..1
    done: float  # of this part, 0..1


class RunParts:
    """Counts what each encoder has embedded. No part of it ever goes back."""

    def __init__(
        self, encoders: Sequence[str], n_reference: int, expected: Expected, *, with_slide: bool
    ) -> None:
        self._encoders = tuple(encoders)
        self._n_reference = n_reference
        self._n_slide = expected.n_slide if with_slide else 0
        self._with_slide = with_slide
        self._expected = expected
        self._embedded: dict[Part, dict[str, float]] = {
            part: dict.fromkeys(self._encoders, 0.0) for part in (Part.REFERENCE_SET, Part.SLIDE)
        }
        self._measured = 0.0

    def plan_slide(self, n_tiles: int) -> None:
        """The slide's tiles are known."""
        self._n_slide = n_tiles

    def update(self, event: Progress, seconds_left: float | None = None) -> None:
        """Take in an event, and the time that is left of the whole run, if it is known."""
        of_part = self._embedded.get(event.part) if event.part is not None else None
        if of_part is not None and event.total:
            for name in event.encoders or self._encoders[:1]:
                if name in of_part:
                    of_part[name] = max(of_part[name], min(1.0, event.done / event.total))
        if event.part is Part.SLIDE:  # its encoders are through with the reference set
            self._embedded[Part.REFERENCE_SET] |= dict.fromkeys(event.encoders, 1.0)
        if event.part in SAVED:
            for each in self._embedded.values():
                each.update(dict.fromkeys(each, 1.0))
            self._measured = 1.0
        after = sum(self._expected.after.values())
        if self._all_embedded and seconds_left is not None and after > 0:
            self._measured = max(self._measured, 1.0 - min(1.0, seconds_left / after))

    @property
    def _all_embedded(self) -> bool:
        parts = (Part.REFERENCE_SET, Part.SLIDE) if self._with_slide else (Part.REFERENCE_SET,)
        return all(min(self._embedded[part].values(), default=1.0) >= 1.0 for part in parts)

    @property
    def shares(self) -> tuple[PartShare, ...]:
        """The parts in the order in which they begin; their weights add up to 1."""
        embedding = sum(self._expected.embedding.values())
        after = sum(self._expected.after.values())
        measuring = after / (embedding + after) if embedding and after else MEASURING
        tiles = max(1, self._n_reference + self._n_slide)
        parts = [(say("Reference set"), self._n_reference, Part.REFERENCE_SET)]
        if self._with_slide:
            parts.append((say("Slide"), self._n_slide, Part.SLIDE))
        count = max(1, len(self._encoders))
        shares = [
            PartShare(
                title,
                (1 - measuring) * n / tiles,
                sum(self._embedded[part].values()) / count,
            )
            for title, n, part in parts
        ]
        return *shares, PartShare(say("Measuring"), measuring, self._measured)
