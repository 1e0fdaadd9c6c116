"""How far embeddings moved, and what was answered."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.what_if.alterations import STAIN, Alteration
from pathgui.core.what_if.effects import mean_of, tissues_apart, what_if
from pathgui.core.what_if.results import WhatIf

# The first feature is the tissue, the second one the center.
N = 64
CELLS = np.stack(np.meshgrid(np.arange(8) * 4, np.arange(8) * 4), -1).reshape(-1, 2)
BEFORE = np.column_stack([np.repeat([0.0, 1.0], N // 2), np.zeros(N)])
TO_TISSUE, TO_CENTER = np.eye(2)
ULM, BONN = Alteration(STAIN, center="Ulm"), Alteration(STAIN, center="Bonn")
BLUR, MORE = Alteration("blur", 0.5), Alteration("blur", 2.0)


def tissue_of(values):
    return np.where(values[:, 0] > 0.5, "tumor", "stroma")


def center_of(values):
    return np.where(values[:, 1] > 0.5, "Ulm", "Bonn")


def asked(after, before=BEFORE, **given):
    return what_if(
        before,
        after,
        CELLS,
        apart=2.0,
        tissue_of=tissue_of,
        center_of=center_of,
        n_centers=2,
        tissue_accuracy=0.9,
        center_accuracy=NotAssessable("one slide"),
        **given,
    )


def test_what_moves_along_the_center_alone_is_followed_and_flips_no_tissue():
    found = asked({ULM: BEFORE + TO_CENTER, BONN: BEFORE})
    ulm, bonn = found.centers
    assert (ulm.moved.value, ulm.flipped.value, ulm.named_before, ulm.named) == (0.5, 0, 0, 1)
    assert ulm.followed.value == 1
    assert (bonn.moved.value, bonn.named_before, bonn.named, bonn.followed.value) == (0, 1, 1, 0)
    assert (found.moved.value, found.flipped.value, found.followed.value) == (0.25, 0, 0.5)
    assert found.tiles.followed == [1] * N
    assert found.tiles.moved == [0.25] * N
    assert (found.n_tiles, found.n_squares) == (N, 16)


def test_what_moves_along_the_tissue_flips_those_tiles_and_their_share_has_an_interval():
    after = BEFORE.copy()
    after[:16, 0] = 1.0
    found = asked({ULM: after})
    assert found.flipped.value == 0.25
    assert 0 <= found.flipped.low < 0.25 < found.flipped.high < 0.6
    assert found.tiles.flipped == [1] * 16 + [0] * 48
    assert found.centers[0].followed.value == 0


def test_the_slides_own_center_is_a_control_and_does_not_count_in_the_means():
    found = asked({ULM: BEFORE + TO_CENTER, BONN: BEFORE + TO_TISSUE}, own_center="Bonn")
    assert [each.center for each in found.centers] == ["Ulm", "Bonn"]
    assert (found.moved.value, found.flipped.value, found.followed.value) == (0.5, 0, 1)
    alone = asked({BONN: BEFORE + TO_TISSUE}, own_center="Bonn")
    assert alone.flipped.value == 0.5


def test_a_curve_has_its_strengths_in_order_and_no_stain_no_means():
    found = asked({MORE: BEFORE + 0.6 * TO_TISSUE, BLUR: BEFORE})
    assert [curve.kind for curve in found.curves] == ["blur"]
    points = found.curves[0].points
    assert [point.strength for point in points] == [0.5, 2.0]
    assert [round(point.moved.value, 6) for point in points] == [0.0, 0.3]
    assert [point.flipped.value for point in points] == [0.0, 0.5]
    assert (found.centers, found.moved, found.tiles) == ([], None, None)


def test_a_tile_that_cannot_be_read_in_one_alteration_is_left_out_of_all():
    after = BEFORE.copy()
    after[0] = np.nan
    found = asked({ULM: after, BONN: BEFORE})
    assert found.n_tiles == N - 1
    assert found.notices[0].startswith("1 of 64 tiles")
    nothing = asked({ULM: np.full_like(BEFORE, np.nan)})
    assert isinstance(nothing, NotAssessable)


def test_without_a_distance_between_tissues_nothing_can_be_said():
    for apart in (0.0, float("nan")):
        found = what_if(
            BEFORE, {ULM: BEFORE}, CELLS, apart=apart, tissue_of=tissue_of, center_of=center_of,
            n_centers=2, tissue_accuracy=1.0, center_accuracy=1.0,
        )  # fmt: skip
        assert isinstance(found, NotAssessable)


def test_tissues_are_apart_as_their_means_are_within_centers():
    values = np.array([[0, 0], [0, 2], [3, 1], [10, 0], [13, 0]], float)
    tissue, center = np.array(list("aabab")), np.array(list("XXXYY"))
    assert tissues_apart(values, tissue, center) == 3.0
    assert np.isnan(tissues_apart(values, np.array(["a"] * 5), center))


@pytest.mark.parametrize(("value", "least"), [(0.0, 0.0), (1.0, 0.0), (0.0, -1.0), (1.0, -1.0)])
def test_a_share_of_none_or_all_is_not_said_to_be_certain(value, least):
    squares = np.repeat(np.arange(10), 4)
    found = mean_of(np.full(40, value), squares, 0, least)
    assert found.value == value
    assert max(least, value - 0.26) <= found.low <= value <= found.high <= 1
    assert found.high - found.low > 0.25
    one_square = mean_of(np.full(4, value), np.zeros(4, int), 0, least)
    assert (one_square.low, one_square.high) == (None, None)


def test_numbers_follow_the_seed_alone():
    rng = np.random.default_rng(1)
    after = {ULM: BEFORE + rng.normal(0, 0.5, BEFORE.shape)}
    first, again = asked(after, seed=4), asked(after, seed=4)
    assert isinstance(first, WhatIf)
    assert first == again
