"""The tiles to look at, as a folder of pictures."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from pathgui.core.appraisal.appraisal import appraise, appraise_encoder
from pathgui.core.appraisal.overlap import Training
from pathgui.core.appraisal.pictures import PAGE, TABLE, write_pictures
from pathgui.core.errors import ReferenceSetError
from tests.material import make_reference


@pytest.fixture
def found(tmp_path):
    reference = make_reference(tmp_path / "set", tiles=8)
    values = 10 + 0.1 * np.random.default_rng(0).standard_normal((len(reference), 16))
    values[5] = -values[5]
    one = appraise_encoder(
        reference,
        values,
        np.ones(len(reference), bool),
        name="made",
        title="Made <b>up</b>",
        training=Training("", [], "unverified"),
        with_power=False,
    )
    return reference, appraise(reference, [one])


def test_each_tile_is_a_picture_on_a_page_and_a_row_of_a_table(found, tmp_path):
    reference, appraisal = found
    folder = tmp_path / "tiles to look at"
    assert write_pictures(reference, appraisal, folder) == 1
    (row,) = csv.DictReader((folder / TABLE).read_text(encoding="utf-8").splitlines())
    assert (row["tile"], row["picture"]) == (reference.tiles[5], "001-row-5.png")
    original = (reference.folder / reference.files[5]).read_bytes()
    assert (folder / row["picture"]).read_bytes() == original
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert '<img src="001-row-5.png">' in page
    assert "Made &lt;b&gt;up" in page


def test_a_picture_that_is_gone_is_said(found, tmp_path):
    reference, appraisal = found
    (reference.folder / reference.files[5]).unlink()
    with pytest.raises(ReferenceSetError, match="could not be written"):
        write_pictures(reference, appraisal, tmp_path / "out")
