"""What labels alone rule out, and what would make it possible."""

from __future__ import annotations

import numpy as np

from pathgui.core.measurement.design_limits import (
    identifiable,
    obstacle_to_index,
    single,
    sizes_to_mention,
)
from pathgui.core.reference.labels import TileLabels


def labels(*rows):
    tissue, center, slide = (np.array(column) for column in zip(*rows, strict=True))
    return TileLabels(tissue, center, slide)


def square(slides=2):
    return [
        (tissue, center, f"{center}{tissue}{slide}")
        for tissue in "TN"
        for center in "AB"
        for slide in range(slides)
    ]


def obstacle(rows):
    given = labels(*rows)
    return obstacle_to_index(given, identifiable(given, "drop")[0])


def test_two_tissues_at_two_centers_on_several_slides_are_no_obstacle():
    assert obstacle(square()) is None


def test_one_center_or_one_tissue_tells_nothing_and_says_what_to_add():
    assert "one center" in obstacle([row for row in square() if row[1] == "A"]).reason
    found = obstacle([row for row in square() if row[0] == "T"])
    assert "one tissue" in found.reason
    assert "second tissue" in found.remedy


def test_tissue_that_is_determined_by_center_cannot_be_told_from_it():
    found = obstacle([("T", "A", "1"), ("T", "A", "2"), ("N", "B", "3"), ("N", "B", "4")])
    assert "cannot be told apart" in found.reason


def test_one_slide_a_center_would_give_one_for_every_encoder():
    found = obstacle([(tissue, center, center) for tissue in "TN" for center in "AB"])
    assert "index would be 1 for every encoder" in found.reason


def test_one_slide_a_tissue_would_give_zero_for_every_encoder():
    found = obstacle([(tissue, center, tissue) for tissue in "TN" for center in "AB"])
    assert "index would be 0 for every encoder" in found.reason


def test_one_slide_in_all_has_no_neighbors():
    found = obstacle([(tissue, center, "1") for tissue in "TN" for center in "AB"])
    assert "none has an admissible neighbor" in found.reason


def test_a_tissue_of_one_center_is_left_out_by_name_or_kept():
    given = labels(*square(), ("rare", "A", "9"))
    assert single(given) == (["rare"], [])
    rows, tissues, centers = identifiable(given, "drop")
    assert (rows.tolist(), tissues, centers) == (list(range(8)), ["rare"], [])
    assert len(identifiable(given, "keep")[0]) == 9


def test_few_and_unequal_tiles_are_mentioned():
    assert "only 8 tiles" in sizes_to_mention(labels(*square()))[0]
    many = square() * 20 + [("rare", "A", "9"), ("rare", "B", "8")]
    said = " ".join(sizes_to_mention(labels(*many)))
    assert "Few tiles of a tissue: rare (2)" in said
    assert "Tissues are unequal" in said
    assert sizes_to_mention(labels(*square() * 10)) == []
