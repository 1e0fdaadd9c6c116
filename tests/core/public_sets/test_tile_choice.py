"""A sample is balanced over tissue-center pairs, keeps pairs whole, and is the seed's."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.tile_choice import TileChoice, choose
from pathgui.core.reference.manifest import Row


def rows_of(counts, slides=2, **more):
    rows = []
    for (tissue, center), n in counts.items():
        for i in range(n):
            values = {"tissue": tissue, "center": center, "slide_id": f"{center}{i % slides}"}
            rows.append(Row(len(rows) + 1, values | more, Path("f")))
    return rows


def test_a_sample_is_balanced_over_pairs_and_slides():
    counts = {("t", "A"): 50, ("n", "A"): 50, ("t", "B"): 50, ("n", "B"): 4}
    rows = rows_of(counts)
    rows[0].refuse("broken")
    drawn = choose(rows, TileChoice(most=40))
    found = Counter((row.values["tissue"], row.values["center"]) for row in drawn)
    assert found == {("t", "A"): 12, ("n", "A"): 12, ("t", "B"): 12, ("n", "B"): 4}
    slides = Counter((row.values["slide_id"], row.values["tissue"]) for row in drawn)
    assert slides["A0", "t"] == slides["A1", "t"] == 6
    assert rows[0] not in drawn
    assert [row.number for row in drawn] == sorted(row.number for row in drawn)


def test_the_same_seed_draws_the_same_tiles_and_another_draws_others():
    rows = rows_of({("t", "A"): 40, ("t", "B"): 40})
    first = choose(rows, TileChoice(most=10))
    assert choose(rows, TileChoice(most=10)) == first
    assert choose(rows, TileChoice(most=10, seed=1)) != first


def test_tiles_of_a_pair_stay_together():
    rows = [
        Row(10 * place + scanner, {"pair": f"{place}", "slide_id": f"s{scanner}"}, Path("f"))
        for place in range(8)
        for scanner in range(5)
    ]
    drawn = choose(rows, TileChoice(most=17))
    assert len(drawn) == 15
    assert set(Counter(row.values["pair"] for row in drawn).values()) == {5}
    with pytest.raises(ReferenceSetError, match="belong together has 5 tiles, and 3 are wanted"):
        choose(rows, TileChoice(most=3))


@pytest.mark.parametrize("choice", [TileChoice(most=0), TileChoice(seed=-1)])
def test_a_choice_that_makes_no_sense_is_refused(choice):
    with pytest.raises(ReferenceSetError, match="must be"):
        choice.check()
