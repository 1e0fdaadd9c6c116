"""Two encoders on the same slides."""

from __future__ import annotations

import base64
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from msgspec import structs

from pathgui.core.measurement import index as index_sections
from pathgui.core.measurement.comparison import compare
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import Resamples
from pathgui.core.measurement.sample import prepare, select
from pathgui.core.measurement.slide_deletion import without_slides
from pathgui.core.reference.labels import TileLabels

CELLS = [(t, c, s) for t in "AB" for c in "XY" for s in range(6)]


def labels(tiles=4):
    columns = zip(*((t, c, f"{t}{c}{s}") for t, c, s in CELLS), strict=True)
    return TileLabels(*(np.repeat(column, tiles) for column in columns))


def encoder(tissue_effect, center_effect, seed=0):
    """Embeddings of the same tiles by an encoder that sees so much of tissue and of center."""
    rng = np.random.default_rng(seed)
    given = labels()
    values = rng.standard_normal((len(given), 12))
    values[:, 0] += tissue_effect * np.where(given.tissue == "A", 1, -1)
    values[:, 1] += center_effect * np.where(given.center == "X", 1, -1)
    return values


@pytest.fixture(scope="module")
def measured():
    return {
        name: measure(encoder(*effects), labels(), k=5)
        for name, effects in {
            "tissue": (3.0, 0.2, 1),
            "tissue too": (3.0, 0.2, 2),
            "center": (0.2, 3.0, 3),
        }.items()
    }


def test_encoders_that_see_different_things_differ(measured):
    (group,) = compare(measured).groups
    by_pair = {(d.one, d.other): d for d in group.differences}
    apart = by_pair["tissue", "center"]
    assert apart.p_holm < 0.001
    assert 0 < apart.low < apart.difference
    alike = by_pair["tissue", "tissue too"]
    assert alike.p_holm > 0.05
    assert alike.low < 0 < alike.high
    assert group.letters == {"tissue": "a", "tissue too": "a", "center": "b"}


def test_a_copy_does_not_differ_from_its_original(measured):
    (group,) = compare({"one": measured["tissue"], "copy": measured["tissue"]}).groups
    assert group.differences[0].p_holm == 1
    assert group.letters == {"one": "a", "copy": "a"}


def test_pairing_takes_out_what_slides_have_in_common(measured):
    """The same embeddings but for a little noise: the difference varies less than either."""
    values = encoder(1.0, 1.0, 4)
    close = values + 0.05 * np.random.default_rng(0).standard_normal(values.shape)
    pair = {"one": measure(values, labels(), k=5), "other": measure(close, labels(), k=5)}
    (group,) = compare(pair).groups
    width = group.differences[0].high - group.differences[0].low
    alone = pair["one"].robustness_index
    assert width < 0.7 * (alone.high - alone.low)


def test_the_correction_grows_with_the_number_of_pairs(measured):
    two = compare({name: measured[name] for name in ("tissue", "center")}).groups[0]
    three = compare(measured).groups[0]
    pair = next(d for d in three.differences if (d.one, d.other) == ("tissue", "center"))
    assert pair.p == two.differences[0].p
    assert pair.p_holm >= two.differences[0].p_holm


def test_other_tiles_are_not_compared(measured):
    fewer = np.arange(len(labels()) - 4)
    other = measure(encoder(1.0, 1.0)[fewer], labels().take(fewer), k=5)
    compared = compare({"all": measured["tissue"], "fewer": other})
    assert [group.encoders for group in compared.groups] == [["all"], ["fewer"]]


def test_other_slides_in_a_table_of_the_same_shape_are_not_compared(measured):
    given = labels()
    renamed = replace(given, slide=np.char.add("other-", given.slide))
    patient = np.char.add("patient of ", given.slide)  # each slide one patient: the same groups
    of_patients = replace(given, patient=patient)
    of_others = replace(given, patient=np.char.add("other ", patient))
    quick = {"k": 5, "probes": False, "geometry": False}
    compared = compare(
        {
            "here": measured["tissue"],
            "again": measure(encoder(3.0, 0.2, 1), labels(), **quick),
            "there": measure(encoder(3.0, 0.2, 1), renamed, **quick),
            "patients": measure(encoder(3.0, 0.2, 1), of_patients, **quick),
            "others": measure(encoder(3.0, 0.2, 1), of_others, **quick),
        }
    )
    assert [group.encoders for group in compared.groups] == [
        ["here", "again"],
        ["there"],
        ["patients"],
        ["others"],
    ]


def test_an_encoder_without_an_index_is_named(measured):
    without = replace(measured["tissue"], deletions=None)
    assert compare({"none": without}).left_out == ["none"]


def with_index(measured, value, without):
    """The measurement with another index, and other indices without each slide."""
    given = base64.b64encode(np.asarray(without, "<f8").tobytes()).decode()
    return replace(
        measured,
        robustness_index=structs.replace(measured.robustness_index, value=value),
        deletions=replace(measured.deletions, robustness_index=given),
    )


def of_an_earlier_version(measured, value, replicates):
    """The measurement as it was recorded with the replicates of a bootstrap."""
    given = base64.b64encode(np.asarray(replicates, "<f4").tobytes()).decode()
    return replace(
        measured,
        robustness_index=structs.replace(measured.robustness_index, value=value),
        deletions=None,
        resamples=Resamples("draws", given),
        intervals="bootstrap",
    )


def test_indices_of_0_and_1_without_any_slide_differ_as_surely_as_all_slides_say(measured):
    names = [f"encoder {number}" for number in range(60)]
    one = measured["tissue"]
    every = {name: with_index(one, 1.0, np.ones(24)) for name in names}
    every["other"] = with_index(one, 0.0, np.zeros(24))
    (group,) = compare(every).groups
    apart = [d for d in group.differences if d.other == "other"]
    assert {d.p for d in apart} == {2.0**-23}
    assert {d.z for d in apart} == {None}
    assert group.letters == dict.fromkeys(names, "a") | {"other": "b"}


def test_no_p_is_0_however_far_two_encoders_lie_apart(measured):
    rng = np.random.default_rng(0)
    far = {
        str(value): with_index(measured["tissue"], value, value + 1e-9 * rng.standard_normal(24))
        for value in (0.1, 0.9)
    }
    (group,) = compare(far).groups
    assert abs(group.differences[0].z) > 1000
    assert 0 < group.differences[0].p_holm < 1e-9
    assert group.letters == {"0.9": "a", "0.1": "b"}


def test_encoders_that_both_see_nothing_seldom_get_letters_of_their_own():
    """Three slides a cell, the same tissue, center and slides, and noise of each encoder."""
    rounds, apart = 120, 0
    cells = [(t, c, s) for t in "AB" for c in "XY" for s in range(3)]
    columns = zip(*((t, c, f"{t}{c}{s}") for t, c, s in cells), strict=True)
    given = TileLabels(*(np.repeat(column, 4) for column in columns))
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        slides = np.repeat(rng.standard_normal((12, 8)), 4, axis=0)
        pair = {}
        for name in ("one", "other"):
            values = slides + rng.standard_normal(slides.shape)
            pair[name] = with_deletions(values, given, 5)
        (group,) = compare(pair).groups
        apart += group.letters["one"] != group.letters["other"]
    assert apart / rounds <= 0.07


def with_deletions(values, given, k):
    """Only what a comparison looks at."""
    selected = select(values, given, "drop").rows
    material, _ = prepare(values, given, selected, k, 0)
    without = without_slides(material, None)
    index, _ = index_sections.robustness(material, without)
    return SimpleNamespace(
        robustness_index=index,
        deletions=index_sections.deletions_of(material, without),
        resamples=None,
    )


def test_measurements_of_earlier_versions_are_compared_by_their_replicates(measured):
    rng = np.random.default_rng(0)
    noise = 0.01 * rng.standard_normal(1000)
    old = {
        "high": of_an_earlier_version(measured["tissue"], 0.9, 0.9 + noise),
        "low": of_an_earlier_version(measured["tissue"], 0.1, 0.1 - noise),
        "all": of_an_earlier_version(measured["tissue"], 1.0, np.ones(1000)),
        "none": of_an_earlier_version(measured["tissue"], 0.0, np.zeros(1000)),
    }
    (group,) = compare(old).groups
    by_pair = {(d.one, d.other): d for d in group.differences}
    assert by_pair["high", "low"].z == pytest.approx(0.8 / 0.02, rel=0.1)
    assert by_pair["all", "none"].p == 1 / 1001
    assert len(set(group.letters.values())) == 4


def test_a_measurement_of_an_earlier_version_is_not_compared_with_one_of_today(measured):
    old = of_an_earlier_version(measured["tissue"], 0.5, np.full(1000, 0.5))
    compared = compare({"old": old, "new": measured["tissue"]})
    assert [group.encoders for group in compared.groups] == [["old"], ["new"]]
