"""Which reference tiles lie nearest to a tile, and what that says."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.explore.neighborhood import (
    Explorer,
    KeptNeighbors,
    KnownTiles,
    TileId,
    from_arrow,
    kept,
    kept_depth,
    kinds_of,
    to_arrow,
)
from pathgui.core.metrics.neighbors.search import Neighbors

NAN = float("nan")


def neighbors(rows):
    rows = np.array(rows, np.int32)
    distances = np.where(rows < 0, np.nan, 0.1 * (1 + np.arange(rows.shape[1])))
    return KeptNeighbors(rows, distances.astype(np.float32))


@pytest.fixture
def known():
    """Tissues a, a, b, b at centers X, Y, X, Y."""
    return KnownTiles(
        names=("0.png", "1.png", "2.png", "3.png"),
        files=tuple(f"images/{i}.png" for i in range(4)),
        slides=("s0", "s1", "s2", "s3"),
        tissue=np.array([0, 0, 1, 1], np.int16),
        center=np.array([0, 1, 0, 1], np.int16),
        places_l0=np.array([[0, 0], [512, 1024], [NAN, NAN], [7.5, 8]]),
        neighbors={"enc": neighbors([[2, 1, 3], [0, 3, 2], [0, 3, -1], [-1, -1, -1]])},
    )


def explorer(known, **given):
    return Explorer(
        known,
        {"enc": neighbors([[0, 1, 2], [2, 2, 1], [-1, -1, -1]])},
        k={"enc": 2},
        predicted_tissue={"enc": np.array([0, 0, -1], np.int16)},
        predicted_center={"enc": np.array([1, 0, -1], np.int16)},
        **given,
    )


def test_kinds_compare_tissue_and_center(known):
    kinds = kinds_of(np.array([[0, 1, 2, 3, -1]]), np.array([0]), np.array([0]), known)
    assert kinds.tolist() == [[0, 1, 2, 3, -1]]  # SS, SO, OS, OO, none


def test_a_reference_tile_is_compared_by_its_own_labels(known):
    found = explorer(known).neighborhood("enc", TileId("reference", 0))
    assert [(each.row, each.kind, each.counts) for each in found.neighbors] == [
        (2, "OS", True),
        (1, "SO", True),
        (3, "OO", False),
    ]
    assert found.counts == {"SS": 0, "SO": 1, "OS": 1, "OO": 0}
    assert [each.distance for each in found.neighbors] == pytest.approx([0.1, 0.2, 0.3])


def test_a_tile_of_the_slide_is_compared_by_what_the_encoder_says_where_nothing_is_given(known):
    found = explorer(known).neighborhood("enc", TileId("slide", 0))
    assert (found.tissue, found.center) == (0, 1)
    assert [each.kind for each in found.neighbors] == ["SO", "SS", "OO"]


def test_what_is_given_for_the_slide_goes_before_what_the_encoder_says(known):
    found = explorer(known, given_center=0).neighborhood("enc", TileId("slide", 0))
    assert [each.kind for each in found.neighbors] == ["SS", "SO", "OS"]
    found = explorer(known, given_center=0, given_tissue=1).neighborhood("enc", TileId("slide", 0))
    assert [each.kind for each in found.neighbors] == ["OS", "OO", "SS"]


def test_a_center_that_the_reference_set_has_not_is_shared_by_none(known):
    found = explorer(known, given_center=-1).neighborhood("enc", TileId("slide", 0))
    assert [each.kind for each in found.neighbors] == ["SO", "SO", "OO"]


def test_tiles_without_neighbors_have_no_neighborhood(known):
    asked = explorer(known)
    assert asked.neighborhood("enc", TileId("slide", 2)) is None  # unreadable
    assert asked.neighborhood("enc", TileId("reference", 3)) is None
    assert asked.neighborhood("enc", TileId("slide", 99)) is None
    assert asked.neighborhood("other", TileId("slide", 0)) is None


def test_fewer_neighbors_than_asked_for_are_those_there_are(known):
    found = explorer(known).neighborhood("enc", TileId("reference", 2))
    assert [each.row for each in found.neighbors] == [0, 3]


def test_tiles_that_follow_the_center_come_strongest_first(known):
    assert explorer(known).following("enc", "slide") == [TileId("slide", 1)]
    more = KnownTiles(
        known.names, known.files, known.slides, known.tissue, known.center, known.places_l0,
        {"enc": neighbors([[1, 2], [3, 0], [0, 0], [1, 1]])},
    )  # fmt: skip
    found = explorer(more).following("enc", "reference")
    # 0: one SO, one OS. 1: one OS, one SO. 2 and 3: two OS each.
    assert found == [TileId("reference", 2), TileId("reference", 3)]


def test_only_neighbors_that_count_make_a_tile_follow_the_center(known):
    asked = Explorer(
        known,
        {"enc": neighbors([[1, 2, 2, 2]])},
        k={"enc": 1},
        predicted_tissue={"enc": np.array([0], np.int16)},
        predicted_center={"enc": np.array([0], np.int16)},
    )
    assert asked.following("enc", "slide") == []


def test_neighbors_are_kept_as_rows_of_the_whole_reference_set():
    found = Neighbors(np.array([[0, 2], [1, -1]]), np.array([[0.1, 0.2], [0.3, np.inf]]))
    made = kept(found, 3, rows=np.array([4, 7, 9]), of=np.array([0, 2]), n=4)
    assert made.rows.tolist() == [[4, 9, -1], [-1] * 3, [7, -1, -1], [-1] * 3]
    assert made.distances[2, 0] == np.float32(0.3)
    assert np.isnan(made.distances[2, 1])


def test_enough_is_kept_to_look_at_and_not_more_than_one_can_look_at():
    assert kept_depth(1, 1000) == 10
    assert kept_depth(61, 1000) == 61
    assert kept_depth(500, 1000) == 100
    assert kept_depth(10, 4) == 4


def test_what_is_written_reads_back(known):
    table = to_arrow(known, ["a", "b"], ["X", "Y"])
    assert table.column("tissue").to_pylist() == ["a", "a", "b", "b"]
    assert table.column("x_l0").to_pylist() == [0, 512, None, 7.5]
    assert table.schema.field("enc.neighbors").type.list_size == 3
    back = from_arrow(table, ["enc", "never made"], ["a", "b"], ["X", "Y"])
    assert (back.names, back.files, back.slides) == (known.names, known.files, known.slides)
    assert np.array_equal(back.tissue, known.tissue)
    assert np.array_equal(back.center, known.center)
    assert np.array_equal(back.places_l0, known.places_l0, equal_nan=True)
    assert list(back.neighbors) == ["enc"]
    assert np.array_equal(back.neighbors["enc"].rows, known.neighbors["enc"].rows)
    assert np.array_equal(
        back.neighbors["enc"].distances, known.neighbors["enc"].distances, equal_nan=True
    )
