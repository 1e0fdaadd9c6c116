"""Which of the tiles that were found become the set: a subset, or a sample by seed."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pathgui.core.cohort.sampling.drawing import Choice, draw_tiles
from pathgui.core.errors import ReferenceSetError, first_few
from pathgui.core.language.texts import say
from pathgui.core.reference.manifest import Row
from pathgui.core.reference.sampling_plan import SamplingPlan


@dataclass(frozen=True)
class TileChoice:
    """What is wanted of the tiles."""

    subset: str = ""  # the value of the column subset; "": all
    most: int | None = None  # tiles in all; None: all
    seed: int = 0

    def check(self) -> None:
        """Raise ReferenceSetError if nothing can be chosen so."""
        if self.most is not None and self.most < 1:
            raise ReferenceSetError(
                say("The most tiles must be 1 or more, not {most}.", most=self.most)
            )
        if self.seed < 0:
            raise ReferenceSetError(say("The seed must be 0 or more, not {seed}.", seed=self.seed))


def choose(rows: Sequence[Row], choice: TileChoice) -> list[Row]:
    """The rows that are wanted, in their order; of those that are refused none.

    A sample has as many tiles of each tissue-center pair as of any other, as far as they go, and
    within a pair patients and slides take turns (:func:`draw_tiles`). Where tiles have a ``pair``,
    whole pairs are drawn instead, so that what belongs together stays together. The same seed
    draws the same tiles.

    Raises
    ------
    ReferenceSetError
        If no tile has the subset.
    """
    kept = [row for row in rows if not row.reason]
    if choice.subset:
        there = sorted({row.values.get("subset", "") for row in rows} - {""})
        kept = [row for row in kept if row.values.get("subset") == choice.subset]
        if not kept:
            has = (
                say("There are: {there}.", there=first_few(there, 12))
                if there
                else say("No tile has a subset.")
            )
            raise ReferenceSetError(
                say("No tile is of the subset {subset}. {has}", subset=choice.subset, has=has)
            )
    if choice.most is None or choice.most >= len(kept):
        return kept
    if any(row.values.get("pair") for row in kept):
        drawn = _whole_pairs(kept, choice.most, choice.seed)
    else:
        drawn = _balanced(kept, choice.most, choice.seed)
    return [row for row in kept if row.number in drawn]


def _whole_pairs(rows: Sequence[Row], most: int, seed: int) -> set[int]:
    """Numbers of the tiles of so many pairs, those on the most slides first."""
    of_pair: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        of_pair[row.values.get("pair", "")].append(row.number)
    of_pair.pop("", None)
    names = sorted(of_pair)
    random.Random(seed).shuffle(names)
    names.sort(key=lambda name: -len(of_pair[name]))
    drawn: set[int] = set()
    for name in names:
        if len(drawn) + len(of_pair[name]) > most:
            break
        drawn.update(of_pair[name])
    if not drawn:
        raise ReferenceSetError(
            say(
                "The smallest whole group of tiles that belong together has {n} "
                "tiles, and {most} are wanted at most. Ask for more.",
                n=len(of_pair[names[0]]),
                most=most,
            )
        )
    return drawn


def _balanced(rows: Sequence[Row], most: int, seed: int) -> set[int]:
    """Numbers of at most so many tiles, evenly over tissue-center pairs, patients and slides."""
    groups: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for row in rows:
        values = row.values
        patient = values.get("patient_id") or values["slide_id"]
        groups[values["slide_id"], patient, values["center"], values["tissue"]].append(row.number)
    choices = [
        Choice(*key, np.zeros((len(numbers), 2), np.int64), 0) for key, numbers in groups.items()
    ]
    of_pair = Counter((row.values["tissue"], row.values["center"]) for row in rows)
    a_pair = _share(list(of_pair.values()), most)
    plan = SamplingPlan(tiles_a_slide=len(rows), tiles_a_pair=a_pair, seed=seed)
    drawn: set[int] = set()
    for numbers, taken in zip(groups.values(), draw_tiles(choices, plan), strict=True):
        drawn.update(numbers[at] for at in taken.tolist())
    return drawn


def _share(sizes: Sequence[int], most: int) -> int:
    """The most that each may give so that all together give at most ``most``; 1 at least.

    >>> _share([2, 10, 10], 12)
    5
    """
    low, high = 1, max(sizes)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, middle) for size in sizes) <= most:
            low = middle
        else:
            high = middle - 1
    return low
