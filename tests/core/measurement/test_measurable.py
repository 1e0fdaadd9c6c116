"""What a reference set can measure, told before anything is embedded."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.measurement.measurable import INDEX, SCALE, Measurable, measurable
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.json_records import from_json, to_json
from tests.shared_data import shared


def labels_of(rows):
    return TileLabels(*(np.array(column) for column in zip(*rows, strict=True)))


def table(cells, tiles=3):
    """Labels with slides of one tissue; cells: {(tissue, center): slides}."""
    return labels_of(
        [
            (tissue, center, f"{tissue}{center}{number}")
            for (tissue, center), slides in cells.items()
            for number in range(slides)
            for _ in range(tiles)
        ]
    )


def states(found):
    return {each.what: each.state for each in found.abilities}


def ability(found, what):
    return next(each for each in found.abilities if each.what == what)


FULL = {(t, c): 8 for t in "AB" for c in "XY"}
FEW = {(t, c): 2 for t in "AB" for c in "XY"}


def test_a_full_set_can_measure_everything():
    found = measurable(table(FULL), edge_um=112)
    assert set(states(found).values()) == {"yes"}
    assert found.sentence == "This set can measure everything."
    assert (found.n_tiles, found.n_used, found.left_out, found.obstacle) == (96, 96, [], None)
    assert re.fullmatch(r"Intervals will rest on \d+ slides( or patients)?\.", found.rests_on)


@pytest.mark.parametrize(
    ("cells", "why", "remedy"),
    [
        ({("A", "X"): 4, ("B", "X"): 4}, "one center", "a second center"),
        ({("A", "X"): 4, ("A", "Y"): 4}, "one tissue", "a second tissue"),
        ({("A", "X"): 4, ("B", "Y"): 4}, "cannot be told apart", "the same two centers"),
    ],
)
def test_what_bars_the_index_is_named_with_its_remedy(cells, why, remedy):
    found = measurable(table(cells), edge_um=112)
    assert found.obstacle.state == "no"
    assert why in found.obstacle.detail
    assert remedy in found.obstacle.remedy
    assert found.n_used == 0
    assert INDEX in found.sentence


@pytest.mark.parametrize(
    "name",
    ["all-same", "imbalanced-4", "one-slide-per-center", "one-slide-a-center-noise", "six-tiles",
     "noise-40centers"],
)  # fmt: skip
def test_what_is_said_before_is_what_comes_out(name):
    """Labels alone foretell it, but for embeddings that are all alike."""
    file = labeled(read_external(shared("faults", "embeddings", f"{name}.npz")))
    values = np.random.default_rng(0).standard_normal((len(file.labels), 8))
    found = measurable(file.labels)
    measured = measure(values, file.labels, k=1)
    assert (found.obstacle is None) == isinstance(measured.robustness_index, RobustnessIndex)
    if found.obstacle is not None:
        reason = measured.robustness_index.reason.removeprefix("Not assessable: ")
        assert reason.lower() in found.obstacle.detail.lower()
    for what, value in (
        ("Tests by exchanging centers", measured.centers_exchanged),
        ("Tests by exchanging tissues", measured.tissues_exchanged),
        ("Pairs of tissues at pairs of centers, clusters", measured.squares),
        ("Tissue at new slides", measured.probe.tissue_balanced_accuracy),
        ("Center at new slides", measured.probe.center_balanced_accuracy),
        ("Center at new slides", measured.knn.center_balanced_accuracy),
        ("Shortcut sweep (APD)", measured.shortcut),
    ):
        if ability(found, what).state == "no":
            assert isinstance(value, NotAssessable), what
    for what in ("Tissue at new slides", "Center at new slides"):
        if ability(found, what).state == "yes":
            value = getattr(measured.probe, f"{what.split()[0].lower()}_balanced_accuracy")
            assert isinstance(value, float)


def test_few_tiles_and_unequal_labels_are_said_before_and_after():
    for name, words in (("six-tiles", "only 6 tiles"), ("imbalanced-4", "t1 (4)")):
        file = labeled(read_external(shared("faults", "embeddings", f"{name}.npz")))
        before = ability(measurable(file.labels), INDEX).text
        measured = measure(file.values, file.labels, k=1, probes=False, geometry=False)
        assert words in before
        assert any(words in notice for notice in measured.notices)
    assert any("unequal" in notice for notice in measured.notices)
    assert not [n for n in measure(np.eye(96), table(FULL), k=3).notices if "unequal" in n]


def test_tiles_that_are_left_out_are_counted_with_the_reason():
    rows = table(FULL | {("C", "X"): 2, ("A", "Z"): 1})
    rows.tissue[0] = ""
    found = measurable(rows, edge_um=112)
    assert found.left_out == [
        "1 of 105 tiles are left out: tissue, center or slide is missing.",
        "9 of 104 tiles are left out: 6 of tissues that one center alone has (C); 3 of centers "
        "with one tissue (Z).",
    ]
    assert found.n_used == 95
    assert measurable(rows, edge_um=112, single_cells="keep").n_used == 104


def test_few_slides_limit_the_interval_and_one_is_named():
    cells = FULL | {("B", "Y"): 2}
    found = measurable(table(cells), edge_um=112)
    index = ability(found, INDEX)
    assert index.state == "limited"
    assert "B at Y has 2 slides" in index.detail
    assert found.sentence.startswith("This set cannot measure: Shortcut sweep (APD). Limited: ")
    enough = measurable(table(FULL | {("B", "Y"): 4}), edge_um=112)
    assert enough.sentence == f"This set can measure everything; limited: {INDEX}."
    assert ability(found, "Shortcut sweep (APD)").state == "no"


def test_four_slides_are_said_to_be_too_few_for_an_interval():
    one_a_cell = table({(t, c): 1 for t in "AB" for c in "XY"})
    both = labels_of([(t, c, f"{c}{i}") for t in "AB" for c in "XY" for i in "12"] * 3)
    for labels in (one_a_cell, both):
        index = ability(measurable(labels, edge_um=112), INDEX)
        assert "4 slides are too few for an interval" in index.detail
        assert "8 slides of each tissue" in index.remedy
    enough = ability(measurable(table({(t, c): 2 for t in "AB" for c in "XY"})), INDEX)
    assert "too few for an interval" not in enough.detail


def test_a_set_without_scale_reads_no_slide():
    assert ability(measurable(table(FULL)), SCALE).state == "no"


def test_tests_whose_p_cannot_be_small_are_foretold():
    """One slide a cell: the centers of two slides of each tissue can be dealt out in 2 x 2 ways."""
    labels = table(dict.fromkeys(FEW, 1), tiles=10)
    values = np.random.default_rng(0).standard_normal((len(labels), 8))
    measured = measure(values, labels, k=3, probes=False, geometry=False)
    found = measurable(labels, edge_um=112)
    for what, value in (
        ("centers", measured.centers_exchanged),
        ("tissues", measured.tissues_exchanged),
    ):
        said = ability(found, f"Tests by exchanging {what}")
        assert said.state == "no"
        assert "in only 4 ways, so p cannot be below 0.5" in said.detail
        assert isinstance(value, NotAssessable)
    assert {s for w, s in states(measurable(table(FULL))).items() if "exchang" in w} == {"yes"}


def test_too_few_slides_to_know_a_center_by_are_foretold():
    said = ability(measurable(table(FEW), edge_um=112), SCALE)
    assert said.state == "limited"
    assert "the set has 8 slides, and at least 20 are needed" in said.detail
    alone = labels_of([(t, "X", "one") for t in "AB" for _ in range(6)])
    assert "far from every reference tile" in ability(measurable(alone, edge_um=112), SCALE).detail


def test_pairs_are_not_promised_where_there_is_no_index():
    one_slide_a_center = labels_of([(t, c, c) for t in "AB" for c in "XYZ" for _ in range(6)])
    said = ability(measurable(one_slide_a_center), "Pairs of tissues at pairs of centers, clusters")
    assert said.state == "limited"
    assert "Clusters alone" in said.detail


def test_tiles_without_one_kind_of_neighbor_are_counted():
    """Center Z has one slide with both tissues: its tiles can have no OS neighbor."""
    rows = [(t, c, f"{t}{c}{i}") for t in "AB" for c in "XY" for i in range(8) for _ in range(3)]
    rows += [(t, "Z", "one") for t in "AB" for _ in range(6)]
    found = measurable(labels_of(rows), edge_um=112)
    assert "12 of 108 tiles can have no OS neighbor" in ability(found, INDEX).detail


def test_labels_that_are_all_missing_measure_nothing():
    empty = np.array(["", ""])
    found = measurable(TileLabels(empty, empty, empty))
    assert [each.state for each in found.abilities] == ["no"]


def test_it_is_kept_and_read_again():
    found = measurable(table({("A", "X"): 1, ("B", "X"): 1}))
    assert from_json(Measurable, to_json(found)) == found


def test_what_is_missing_for_a_square_or_the_sweep_is_counted_and_named():
    found = measurable(table({("A", "X"): 2, ("B", "X"): 5, ("A", "Y"): 3, ("C", "Y"): 1}))
    squares = ability(found, "Pairs of tissues at pairs of centers, clusters")
    assert squares.remedy == "Add 1 slide of B at Y."
    sweep = ability(measurable(table({**FEW, ("A", "X"): 5})), "Shortcut sweep (APD)")
    assert sweep.remedy == "Add 1 slide of A at Y and 1 slide of B at X and 1 slide of B at Y."
    assert all(each.remedy for each in found.having("no"))
