"""Maps of embeddings."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.explore import maps
from pathgui.core.explore.maps import TileMap, balanced_sample, from_arrow, map_reference, to_arrow
from pathgui.core.progress import Cancelled


def blobs(n=240, groups=4, d=32, seed=0):
    """Embeddings in ``groups`` clear groups, and which group each is in."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(groups, d)) * 3
    group = np.arange(n) % groups
    return (middles[group] + rng.normal(size=(n, d))).astype(np.float32), group


def nearest_group(points, among, group):
    distances = np.linalg.norm(points[:, None] - among[None], axis=2)
    return group[distances.argmin(axis=1)]


@pytest.fixture(scope="module")
def laid_out():
    values, group = blobs()
    made = map_reference(values, group, seed=1, jobs=1)
    assert made is not None
    return made, values, group


def test_groups_that_lie_apart_lie_apart_on_the_map(laid_out):
    made, _, group = laid_out
    middles = np.array([made.positions[group == each].mean(axis=0) for each in range(4)])
    assert (nearest_group(made.positions, middles, np.arange(4)) == group).mean() > 0.98


def test_the_same_seed_gives_the_same_map(laid_out):
    made, values, group = laid_out
    again = map_reference(values, group, seed=1, jobs=1)
    assert again is not None
    assert np.array_equal(made.positions, again.positions)


def test_further_tiles_find_their_group_and_leave_the_map_as_it_is(laid_out):
    made, _, group = laid_out
    before = made.positions.copy()
    rng = np.random.default_rng(0)
    new, new_group = blobs(seed=0)
    placed = made.place(new[:60] + rng.normal(0, 0.1, (60, 32)).astype(np.float32))
    assert placed.shape == (60, 2)
    assert (nearest_group(placed, before, group) == new_group[:60]).mean() > 0.95
    assert np.array_equal(made.positions, before)


def test_where_a_tile_is_placed_does_not_depend_on_the_others(laid_out, monkeypatch):
    made, values, _ = laid_out
    together = made.place(values[:50] + 0.1)
    monkeypatch.setattr(maps, "_PLACED_AT_ONCE", 7)
    assert np.allclose(made.place(values[:50] + 0.1), together, atol=1e-4)
    assert np.allclose(made.place(values[40:50] + 0.1), together[40:], atol=1e-4)


def test_placing_no_tiles_gives_no_positions(laid_out):
    made, values, _ = laid_out
    assert made.place(values[:0]).shape == (0, 2)


def test_it_says_how_many_neighbors_it_keeps(laid_out):
    made, _, _ = laid_out
    shuffled = made.positions.copy()
    np.random.default_rng(0).shuffle(shuffled)
    kept, made.positions = made.neighbors_kept(), shuffled
    by_chance = made.neighbors_kept()
    assert 0.2 < kept <= 1
    assert by_chance < 0.15  # 10 of 239


def test_it_reports_and_can_be_stopped():
    values, group = blobs()
    events = []
    map_reference(values, group, report=events.append, jobs=1)
    assert [events[0].done, events[-1].done] == [0, 750]
    assert len({event.total for event in events}) == 1

    def stop(event):
        if event.done >= 100:
            raise Cancelled

    with pytest.raises(Cancelled):
        map_reference(values, group, report=stop, jobs=1)


def test_embeddings_without_direction_are_left_out():
    values, group = blobs()
    values[3], values[5, 2] = 0, np.nan
    made = map_reference(values, group, jobs=1)
    assert made is not None
    assert set(range(240)) - set(made.rows.tolist()) == {3, 5}
    assert np.isfinite(made.positions).all()


@pytest.mark.parametrize(("n", "d"), [(12, 3), (30, 2), (10, 64)])
def test_a_few_tiles_and_few_dimensions_are_enough(n, d):
    rng = np.random.default_rng(0)
    made = map_reference(rng.normal(size=(n, d)).astype(np.float32), np.arange(n), jobs=1)
    assert made is not None
    assert np.isfinite(made.positions).all()


def test_one_number_an_embedding_makes_no_map():
    values = np.random.default_rng(0).normal(size=(40, 1)).astype(np.float32)
    assert map_reference(values, np.arange(40), jobs=1) is None


def test_copies_of_one_tile_do_not_break_it():
    values, group = blobs(n=8)
    made = map_reference(np.repeat(values, 10, axis=0), np.repeat(group, 10), jobs=1)
    assert made is not None
    assert np.isfinite(made.positions).all()


def test_nine_tiles_are_no_map():
    values, group = blobs(n=9)
    assert map_reference(values, group) is None


def test_a_sample_is_even_over_slides_as_far_as_they_have_tiles():
    slides = np.repeat(np.array(["long", "short", "middle"]), [1000, 3, 40])
    rows = balanced_sample(slides, 60, seed=0)
    names, counts = np.unique(slides[rows], return_counts=True)
    tally = dict(zip(names.tolist(), counts.tolist(), strict=True))
    assert tally["short"] == 3
    assert abs(tally["long"] - tally["middle"]) <= 1
    assert sum(tally.values()) == 60
    assert np.array_equal(rows, np.unique(rows))


def test_a_sample_is_drawn_from_all_of_a_slide_and_by_the_seed():
    slides = np.zeros(10_000)
    rows = balanced_sample(slides, 500, seed=0)
    assert abs(rows.mean() - 5_000) < 500
    assert np.array_equal(rows, balanced_sample(slides, 500, seed=0))
    assert not np.array_equal(rows, balanced_sample(slides, 500, seed=1))


def test_larger_sets_are_sampled():
    values, group = blobs()
    made = map_reference(values, group, most=100, jobs=1)
    assert made is not None
    assert len(made.rows) == 100
    assert np.bincount(group[made.rows]).tolist() == [25, 25, 25, 25]


def test_a_table_of_maps_reads_back_and_can_be_read_by_itself():
    rng = np.random.default_rng(0)

    def made(rows, slide_rows):
        return TileMap(
            np.array(rows, np.int32),
            rng.normal(size=(len(rows), 2)).astype(np.float32),
            np.array(slide_rows, np.int32),
            rng.normal(size=(len(slide_rows), 2)).astype(np.float32),
        )

    kept = {"one": made([0, 2], [5, 6, 7]), "other": made([1], [])}
    table = to_arrow(kept, ["a", "b", "c"], ["X", "Y", "Z"], ["s1", "s2", "s3"], "slide-9")
    assert table.column("tissue").to_pylist() == ["a", "c", None, None, None, "b"]
    assert table.column("center").to_pylist() == ["X", "Z", None, None, None, "Y"]
    assert table.column("slide").to_pylist() == ["s1", "s3", *["slide-9"] * 3, "s2"]
    back = from_arrow(table)
    assert list(back) == ["one", "other"]
    for name, each in kept.items():
        for field in ("rows", "positions", "slide_rows", "slide_positions"):
            assert np.array_equal(getattr(back[name], field), getattr(each, field))
            assert getattr(back[name], field).dtype == getattr(each, field).dtype
