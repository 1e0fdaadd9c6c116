"""How wide intervals will be; tests/benchmarks/power.py has the whole comparison."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from pathgui.core.appraisal import power as module
from pathgui.core.appraisal.power import Power, index_of, power
from pathgui.core.measurement.design_limits import codes
from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled
from tests.core.appraisal.making import full_rows, reference_of

D = 16


def drawn(slides, seed, rows=None, strength=0.5):
    labels = reference_of(rows or full_rows(slides, 5)).labels
    tissue, center = codes(labels)
    fixed, rng = np.random.default_rng(5), np.random.default_rng(seed)
    values = strength * fixed.standard_normal((3, D))[tissue]
    values += strength * fixed.standard_normal((3, D))[center]
    values += 0.5 * rng.standard_normal((len(labels), D))[labels.groups]
    return (values + rng.standard_normal(values.shape)).astype(np.float32), labels


quick = partial(power, k=7, sets=6)


def test_the_index_and_its_interval_are_those_of_a_run():
    values, labels = drawn(4, 0)
    found = measure(values, labels, k=7, probes=False, geometry=False).robustness_index
    index, bounds = index_of(values, *codes(labels), labels.groups, 7)
    assert (index, bounds.low, bounds.high) == (found.value, found.low, found.high)


def test_expected_widths_are_those_of_fresh_sets():
    seen = {}
    for slides in (4, 8):
        widths = []
        for seed in range(20):
            values, labels = drawn(slides, 100 + seed)
            _, bounds = index_of(values, *codes(labels), labels.groups, 7)
            widths.append(bounds.high - bounds.low)
        seen[slides] = np.median(widths)
    told = [quick(*drawn(4, seed)).expected for seed in range(3)]
    for at, slides in enumerate((4, 8)):
        width = np.median([each[at].width for each in told])
        assert width == pytest.approx(seen[slides], rel=0.25)


def test_more_slides_narrow_the_interval_and_it_says_how_many_halve_it():
    found = quick(*drawn(4, 0))
    widths = [each.width for each in found.expected]
    assert widths[0] > widths[1] > widths[2]
    assert [each.slides for each in found.expected] == [16, 32, 64]
    assert all(each.low <= each.width <= each.high for each in found.expected)
    assert found.halved_slides == sum(each.need for each in found.halved_by) > 32
    assert {each.have for each in found.halved_by} == {4}
    assert found == quick(*drawn(4, 0))


def test_cells_with_few_slides_are_raised_first():
    rows = [row for row in full_rows(8, 3) if row[:2] != ("tumor", "South") or row[2][-1] in "01"]
    found = quick(*drawn(0, 0, rows))
    need = {(each.tissue, each.center): (each.have, each.need) for each in found.halved_by}
    assert need["tumor", "South"][0] == 2
    assert need["stroma", "North"][0] == 8
    assert all(then >= now for now, then in need.values())


def test_many_tiles_are_drawn_in_part_and_widths_are_those_of_all(monkeypatch):
    values, labels = drawn(0, 0, full_rows(4, 16))
    whole = power(values, labels, k=12, sets=12)
    monkeypatch.setattr(module, "MOST_TILES", 512)
    part = power(values, labels, k=12, sets=12)
    assert (whole.tiles_share, part.tiles_share) == (1.0, 0.5)
    for one, other in zip(part.expected, whole.expected, strict=True):
        assert one.width == pytest.approx(other.width, rel=0.25)
    assert part.value == whole.value


def test_without_a_k_it_is_the_one_that_a_run_of_this_encoder_would_take():
    values, labels = drawn(3, 0)
    own = measure(values, labels, probes=False, geometry=False).k
    assert power(values, labels, sets=2).k == own


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("t", "X", f"S{n}") for n in range(8)], "all tiles are from one center"),
        (full_rows(1, 6), "each tissue has one slide at each center"),
    ],
)
def test_what_cannot_be_told_says_why(rows, why):
    found = quick(*drawn(0, 0, rows))
    assert isinstance(found, NotAssessable)
    assert why in found.reason


def test_too_few_slides_for_an_interval_say_so_and_more_give_one():
    rows = [
        (tissue, center, f"{center}-{number}")
        for center in ("North", "South")
        for number in range(2)
        for tissue in ("stroma", "tumor")
        for _ in range(6)
    ]
    found = quick(*drawn(0, 2, rows))
    assert isinstance(found, Power)
    assert (found.low, found.expected[0].width, found.halved_slides) == (None, None, None)
    assert found.expected[2].width is not None
    assert "no interval" in found.why_not_halved


def test_it_can_be_stopped():
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        quick(*drawn(3, 0), report=stop)
