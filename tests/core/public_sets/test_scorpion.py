"""Folders of the same samples on several scanners become pairs, wherever the scanner is named."""

from __future__ import annotations

import pytest

from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from tests.published import write_pictures

SCANNERS = ("AT2", "DP200", "GT450", "P1000", "Philips")


@pytest.mark.parametrize(
    "name",
    ["slide_{0}/sample_{1}/{2}.png", "{2}/slide_{0}/sample_{1}.png", "slide_{0}/{2}/{1}.jpg"],
)
def test_scanner_sample_and_slide_are_told_by_the_path(tmp_path, name):
    names = [name.format(a, b, scanner) for a in (1, 2) for b in (1, 2, 3) for scanner in SCANNERS]
    write_pictures(tmp_path / "SCORPION Ü", names)
    found, where = read_tiles([tmp_path / "SCORPION Ü"])
    made = import_tiles(found, where, tmp_path / "made.pgref")
    assert made.refused == ()
    reference = made.reference
    assert reference.centers == sorted(SCANNERS)
    assert len(set(reference.labels.pair)) == 6
    assert len(set(reference.labels.slide)) == 10
    assert set(reference.labels.patient) == {"slide_1", "slide_2"}
    assert "5 scanners" in reference.info.description


def test_a_picture_that_names_no_scanner_is_refused(tmp_path):
    names = [f"slide_{a}/sample_{b}/{scanner}.png" for a in range(4) for b in range(2)
             for scanner in SCANNERS]  # fmt: skip
    write_pictures(tmp_path / "s", [*names, "slide_1/sample_9/overview.png"])
    found, where = read_tiles([tmp_path / "s"])
    made = import_tiles(found, where, tmp_path / "made.pgref")
    assert [each.reason for each in made.refused] == [
        "slide_1/sample_9/overview.png names no scanner"
    ]
