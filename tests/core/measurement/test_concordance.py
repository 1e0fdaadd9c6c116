"""Paired tiles are split by what the two slides differ in: scanner, stain, both."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.concordance import Told, concordances, values_of_slides
from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.paired_tiles import all_pair_scores, matched_tiles
from pathgui.core.metrics.results import PairedTiles
from pathgui.core.reference.labels import TileLabels

SCANNERS, STAINS, TILES, DIM = 2, 2, 8, 24


def drawn(pieces, scanner=0.3, stain=1.2, noise=0.2, seed=0):
    """Each piece of tissue on a slide of each scanner and stain; embeddings as unit vectors."""
    rng = np.random.default_rng(seed)
    of_scanner, of_stain = (s * rng.standard_normal((2, DIM)) for s in (scanner, stain))
    values, slide, pair, names = [], [], [], []
    for piece in range(pieces):
        truth = rng.standard_normal((TILES, DIM))
        for a in range(SCANNERS):
            for b in range(STAINS):
                values.append(
                    truth + of_scanner[a] + of_stain[b] + noise * rng.standard_normal(truth.shape)
                )
                slide += [len(names)] * TILES
                pair += [f"{piece}-{i}" for i in range(TILES)]
                names.append((f"scanner {a}", f"stain {b}"))
    unit = np.concatenate(values)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit, np.array(slide), np.array(pair), names


def found_in(pieces, calls=None, **effects):
    unit, slide, pair, names = drawn(pieces, **effects)
    matched, _, _ = matched_tiles(pair, slide, np.random.default_rng(0))
    told = {
        column: {i: name[place] for i, name in enumerate(names)}
        for place, column in enumerate(("scanner", "stain"))
    }
    return concordances(matched, all_pair_scores(unit, matched), Told(told, calls))


def test_pairs_are_split_by_scanner_by_stain_and_by_both():
    by_scanner, by_stain, by_both = found_in(8)
    assert [each.differ for each in (by_scanner, by_stain, by_both)] == [
        ["scanner"], ["stain"], ["scanner", "stain"],
    ]  # fmt: skip
    assert [each.n_slide_pairs for each in (by_scanner, by_stain, by_both)] == [16, 16, 16]
    assert (by_scanner.n_pieces, by_scanner.n_slides, by_scanner.n_pairs) == (8, 32, 16 * TILES)
    assert by_scanner.cosine.value > by_stain.cosine.value
    assert by_scanner.found_first.value > by_stain.found_first.value > by_stain.first_by_chance
    assert by_stain.first_by_chance == pytest.approx(1 / (2 * TILES - 1))
    for each in (by_scanner, by_stain, by_both):
        assert each.left_out == "pieces"
        assert each.cosine.interval.low < each.cosine.value < each.cosine.interval.high
        assert each.same_tissue is None


def test_of_one_piece_of_tissue_slides_are_left_out_and_few_of_them_give_no_interval():
    by_scanner, *_ = found_in(1)
    assert (by_scanner.left_out, by_scanner.n_slide_pairs) == ("slides", 2)
    assert by_scanner.cosine.interval.low is None
    assert "too few" in by_scanner.cosine.interval.reason


def test_the_interval_is_that_of_the_mean_over_pieces():
    """By hand: with one pair a piece, the jackknife of a mean is its standard error."""
    unit, slide, pair, names = drawn(9)
    kept = np.isin(slide % 4, (0, 2))  # one stain: the two scanners alone
    matched, _, _ = matched_tiles(pair[kept], slide[kept], np.random.default_rng(0))
    scores = all_pair_scores(unit[kept], matched)
    told = Told({"scanner": {i: name[0] for i, name in enumerate(names)}})
    (found,) = concordances(matched, scores, told)
    each = np.array([score.cosine for score in scores])
    reach = 2.306004 * each.std(ddof=1) / 3  # Student's t with 8 degrees of freedom
    assert found.cosine.value == pytest.approx(each.mean())
    assert found.cosine.interval.high == pytest.approx(each.mean() + reach, abs=1e-6)


def test_the_same_tissue_is_counted_with_what_chance_gives():
    calls = np.tile(np.repeat([0, 1], TILES // 2), 8 * 4)
    by_scanner, *_ = found_in(8, calls)
    assert by_scanner.same_tissue.value == 1
    assert by_scanner.same_tissue.interval.low < 1
    assert by_scanner.same_tissue_by_chance == pytest.approx(0.5)
    lost = calls.copy()
    lost[: TILES // 2] = -1  # a tile that no probe could be asked of does not count
    assert found_in(8, lost)[0].same_tissue.value == 1


def test_a_slide_of_which_a_column_says_nothing_or_two_things_is_not_split():
    slides = np.array([0, 0, 1, 1, 2])
    values = np.array(["a", "b", "a", "", ""])
    assert values_of_slides(slides, values) == {0: "", 1: "a"}
    unit, slide, pair, names = drawn(2)
    matched, _, _ = matched_tiles(pair, slide, np.random.default_rng(0))
    told = Told({"scanner": {i: name[0] for i, name in enumerate(names) if i}})
    found = concordances(matched, all_pair_scores(unit, matched), told)
    assert sum(each.n_slide_pairs for each in found) == 12 - 3


def test_a_set_with_pairs_is_measured_with_its_scanners_and_stains_apart():
    unit, slide, pair, names = drawn(6)
    scanner, stain = np.array(names)[slide].T
    tissue = np.where(np.arange(len(slide)) % TILES < TILES // 2, "tumor", "stroma")
    labels = TileLabels(
        tissue, scanner, slide.astype(str), patient=(slide // 4).astype(str), pair=pair
    )
    measured = measure(
        unit, labels, k=5, shortcut="none", factors={"scanner": scanner, "stain": stain}
    )
    pairs = measured.geometry.pairs
    assert isinstance(pairs, PairedTiles)
    assert pairs.factors == ["scanner", "stain"]
    assert [each.differ for each in pairs.by_difference][-1] == ["scanner", "stain"]
    assert pairs.by_difference[0].same_tissue is not None
    assert measure(unit, labels, k=5, shortcut="none").geometry.pairs.factors == ["center"]
