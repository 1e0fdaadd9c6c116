"""What changed between two runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.measurement.measurable import measurable
from pathgui.core.measurement.measure import measure
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.reference.same_slide import LeftOut
from pathgui.core.results.readings import Reading
from pathgui.core.results.run_diff import diff_runs, independent_interval
from tests.run_factory import make_evaluation


def changed(evaluation, **fields):
    return replace(evaluation, run=replace(evaluation.run, id="another", **fields))


def test_the_same_run_has_no_changes_and_differences_of_nothing():
    evaluation = make_evaluation(2, in_depth=True)
    found = diff_runs(evaluation, evaluation)
    assert found.changes == []
    assert found.cautions == ["These are the same run."]
    assert {number.difference for number in found.numbers} == {0.0}
    assert all(each.same_tissue == each.same_center == 1.0 for each in found.tiles)


def test_every_fact_that_changed_is_named_with_both_values():
    before = make_evaluation(2)
    run = before.run
    first = run.encoders[0]
    after = changed(
        before,
        pathgui="0.2.0",
        reference=replace(run.reference, sha256="aa" * 32, n_tiles=run.reference.n_tiles + 1),
        slide=replace(run.slide, mpp=0.5, objective=None),
        settings=replace(run.settings, seed=7),
        environment={**run.environment, "torch": "3.0.0", "driver": "1"},
        encoders=[
            replace(first, encoder=replace(first.encoder, weights_sha256="bb" * 32)),
            run.encoders[1],
        ],
    )
    found = {(c.part, c.name): (c.before, c.after) for c in diff_runs(before, after).changes}
    assert found == {
        ("Reference set", "sha256"): (run.reference.sha256, "aa" * 32),
        ("Reference set", "n tiles"): (
            f"{run.reference.n_tiles:,}", f"{run.reference.n_tiles + 1:,}",
        ),
        ("Slide", "mpp"): ("0.25", "0.5"),
        ("Slide", "objective"): ("40", ""),
        ("Settings", "seed"): ("0", "7"),
        ("Versions", "pathgui"): ("0.1.0", "0.2.0"),
        ("Versions", "torch"): ("2.9.0", "3.0.0"),
        ("Versions", "driver"): ("", "1"),
        ("Color statistics", "weights sha256"): ("", "bb" * 32),
    }  # fmt: skip
    cautions = " ".join(diff_runs(before, after).cautions)
    assert "reference sets differ" in cautions
    assert "seeds differ" in cautions
    assert "weights are not the same" in cautions


def test_facts_that_are_records_are_told_in_words():
    before = make_evaluation(1)
    run = before.run
    labels = TileLabels(*(np.array(list(row)) for row in ("ABAB", "XXYY", "1234")))
    found = measurable(labels, edge_um=112)
    away = [LeftOut("one", 3, "name"), LeftOut("other", 1, "pixels")]
    after = changed(
        before,
        reference=replace(run.reference, measurable=found),
        slide=replace(run.slide, left_out=away),
    )
    told = {each.name: each.after for each in diff_runs(before, after).changes}
    assert told["measurable"] == found.sentence
    assert told["left out"] == "; ".join(each.words for each in away)
    assert not [text for text in told.values() if "=" in text]


def test_encoders_that_only_one_run_has_are_named():
    found = diff_runs(make_evaluation(1), make_evaluation(3))
    assert found.only_before == []
    assert found.only_after == ["EfficientNet-Lite0", "SHELL"]


def test_a_slide_in_one_run_alone_is_told_fact_by_fact():
    found = diff_runs(make_evaluation(1, slide=False), make_evaluation(1))
    slide = {c.name: (c.before, c.after) for c in found.changes if c.part == "Slide"}
    assert slide["format"] == ("", "aperio")
    assert found.tiles == []


def measured(seed, shift=0.0, tissues=2):
    """Real measurements of made-up embeddings; the labels are the same for every seed."""
    rng = np.random.default_rng(seed)
    tissue = np.tile(np.repeat([f"t{i}" for i in range(tissues)], 24), 3)
    center = np.repeat(["A", "B", "C"], 24 * tissues)
    slide = np.array(
        [f"{c}{t}{i % 6}" for i, (c, t) in enumerate(zip(center, tissue, strict=True))]
    )
    values = rng.normal(size=(len(tissue), 8))
    values[:, 0] += (tissue == "t0") * (1.0 + shift)
    values[:, 1] += (center == "A") * 1.5
    return measure(values, TileLabels(tissue, center, slide, None), k=5, probes=False)


def with_measurement(evaluation, measurement):
    result = replace(evaluation.run.encoders[0], reference=measurement)
    return changed(evaluation, encoders=[result])


def test_runs_that_drew_the_same_slides_have_a_paired_interval():
    base = make_evaluation(1)
    found = diff_runs(
        with_measurement(base, measured(1)), with_measurement(base, measured(1, shift=2.0))
    )
    index = next(n for n in found.numbers if n.measure == "robustness_index")
    assert index.basis == "paired"
    assert index.low < index.difference < index.high
    assert index.apart
    assert index.difference == pytest.approx(index.after.value - index.before.value)
    back = diff_runs(
        with_measurement(base, measured(1, shift=2.0)), with_measurement(base, measured(1))
    )
    index_back = next(n for n in back.numbers if n.measure == "robustness_index")
    assert (index_back.low, index_back.high) == pytest.approx((-index.high, -index.low))


def test_runs_on_other_tiles_have_an_unpaired_interval():
    base = make_evaluation(1)
    found = diff_runs(
        with_measurement(base, measured(1)), with_measurement(base, measured(1, tissues=3))
    )
    index = next(n for n in found.numbers if n.measure == "robustness_index")
    assert index.basis == "unpaired"
    assert (index.low, index.high) == independent_interval(index.before, index.after)


def test_at_different_k_what_counts_neighbors_has_no_difference_and_the_rest_has():
    base = make_evaluation(1)
    first = base.run.encoders[0]
    other = changed(
        base, encoders=[replace(first, reference=replace(first.reference, k=first.reference.k + 2))]
    )
    found = diff_runs(base, other)
    by_measure = {number.measure: number for number in found.numbers}
    index = by_measure["robustness_index"]
    assert (index.difference, index.low, index.basis) == (None, None, "different k")
    assert index.before is not None
    assert by_measure["tissue_probe"].difference == 0
    assert any("k is 11 before and 13 after" in caution for caution in found.cautions)


def test_a_number_that_one_run_cannot_give_has_no_difference():
    found = diff_runs(make_evaluation(1, assessable=False), make_evaluation(1))
    index = next(n for n in found.numbers if n.measure == "robustness_index")
    assert (index.before, index.difference, index.low, index.apart) == (None, None, None, None)


def test_independent_intervals_are_wider_than_either_and_hold_the_difference():
    low, high = independent_interval(Reading(0.4, 0.35, 0.47), Reading(0.6, 0.52, 0.66))
    assert low < 0.2 < high
    assert high - low > 0.14
    assert independent_interval(Reading(0.4), Reading(0.6, 0.5, 0.7)) == (None, None)


def test_tiles_of_the_same_slide_are_matched_by_place_and_by_name():
    before = make_evaluation(1)
    tiles = before.tiles
    keep = np.arange(len(tiles.cells))[::-2]  # half of them, in another order
    pick = {
        field: {name: values[keep] for name, values in getattr(tiles, field).items()}
        for field in ("tissue", "tissue_probability", "center", "center_probability",
                      "distance", "outside", "kinds")
    }  # fmt: skip
    turned = before.run.reference.centers[::-1]
    last = len(turned) - 1
    pick["center"] = {
        name: np.where(values < 0, -1, last - values).astype(np.int16)
        for name, values in pick["center"].items()
    }
    after = replace(
        changed(before, reference=replace(before.run.reference, centers=turned)),
        tiles=replace(tiles, cells=tiles.cells[keep], readable=tiles.readable[keep], **pick),
    )
    found = diff_runs(before, after).tiles[0]
    assert found.tiles == int(tiles.readable[keep].sum())
    assert (found.same_tissue, found.same_center) == (1.0, 1.0)


def test_another_slide_has_no_tiles_in_common():
    before = make_evaluation(1)
    after = changed(before, slide=replace(before.run.slide, content_id="00" * 32))
    assert diff_runs(before, after).tiles == []


def test_runs_of_different_columns_have_no_difference_and_say_so():
    before = make_evaluation(1)
    run, columns = before.run, RoleColumns("scanner")
    encoders = [
        replace(each, reference=replace(each.reference, columns=columns)) for each in run.encoders
    ]
    run = replace(run, reference=replace(run.reference, columns=columns), encoders=encoders)
    found = diff_runs(before, replace(before, run=run))
    assert any("tissue and center, the later one tissue and scanner" in c for c in found.cautions)
    assert {each.basis for each in found.numbers} == {"different columns"}
    assert {each.difference for each in found.numbers} == {None}
    assert found.tiles == []
    same = diff_runs(replace(before, run=run), replace(before, run=run))
    assert same.columns == columns
    assert any("Scanner accuracy" in each.title for each in same.numbers)


def test_facts_are_called_in_words_and_checksums_by_their_beginning() -> None:
    before = make_evaluation(1)
    after = replace(
        before,
        run=replace(
            before.run,
            reference=replace(before.run.reference, sha256="ab" * 32, n_tiles=7),
        ),
    )
    changes = {each.name: each for each in diff_runs(before, after).changes}
    assert changes["n tiles"].title == "tiles"
    assert changes["sha256"].title == "checksum of the set"
    assert changes["sha256"].shown[1] == "abababababab…"
    assert changes["sha256"].after == "ab" * 32


def test_a_long_table_is_told_by_its_sum_and_a_change_that_leaves_the_sum_is_found() -> None:
    before = make_evaluation(1)
    table = [[100 + row, *[1000] * 20] for row in range(12)]
    other = [[100 + row, *[1000] * 20] for row in range(12)]
    other[11][19], other[11][20] = 900, 1100
    runs = [
        replace(before, run=replace(before.run, reference=replace(before.run.reference, **facts)))
        for facts in ({"tissue_by_center": table}, {"tissue_by_center": other})
    ]
    (change,) = diff_runs(*runs).changes
    assert change.title == "tiles of each tissue (row) at each center"
    assert change.before == "12 × 21 pairs, 0 empty, 241,266 in all"
    assert change.after == f"{change.before}, others"
    assert diff_runs(runs[0], runs[0]).changes == []
