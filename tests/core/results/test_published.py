"""What others have published, and what is said of it."""

from __future__ import annotations

import csv

import pytest

from pathgui.core.results.published import headline, published
from pathgui.core.results.summary import summary_rows
from tests.known import encoders
from tests.run_factory import make_evaluation
from tests.shared_data import shared

KNOWN = [each.name for each in encoders() if published(each.name)]


def test_every_entry_is_of_an_encoder_that_the_program_knows():
    from pathgui.core.results import published as module

    assert set(module._table()) == set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_every_value_lies_where_it_can_and_says_its_source(name):
    for each in published(name):
        assert each.values
        assert "arXiv:" in each.source.citation
        for key, value in each.values.items():
            low = -1 if key in ("croma", "croma_tail", "apd_in", "apd_out") else 0
            assert low <= value <= 1


def test_the_mean_over_sets_comes_first_and_nothing_is_made_up():
    first = headline("virchow2")
    assert first is not None
    assert (first.values["ri"], first.source.title) == (0.861, "PathoROB")
    assert headline("color-statistics") is None


def test_the_summary_marks_published_values_as_published():
    rows = {row.encoder: row.cells["published"] for row in summary_rows(make_evaluation(5).run)}
    assert rows["virchow2"].text == "0.861 (PathoROB)"
    assert rows["virchow2"].note.startswith("Published, on other tiles and at another k:")
    assert rows["shell"].text == "–"


def test_pathorob_is_cited_as_it_was_printed():
    first = headline("virchow2")
    assert "Nat Commun 17:5218, 2026" in first.source.citation


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("uni2-h", "UNI2-h"),
        ("mascaret", "Mascaret"),
        ("phaet", "Phaet"),
        ("genbio-pathfm", "GenBio-PathFM"),
        ("prost40m", "Prost40M"),
        ("rudolfv2", "RudolfV-2"),
        ("rudolfv2-b", "RudolfV-2-B"),
        ("rudolfv2-s", "RudolfV-2-S"),
    ],
)
@pytest.mark.parametrize(
    ("data", "file"),
    [("Camelyon", "camelyon"), ("TCGA 4x4", "tcga-4x4"), ("Tolkach ESCA", "tolkach-esca")],
)
def test_the_values_are_those_of_the_source(name, model, data, file):
    with (shared("reference") / "croma" / f"{file}.csv").open(newline="") as opened:
        row = next(each for each in csv.DictReader(opened) if each["model"] == model)
    ours = next(
        each for each in published(name) if each.source.title == "croma" and each.data == data
    )
    assert ours.values["croma"] == round(float(row["croma"]), 3)
    assert ours.values["ri"] == round(float(row["ri"]), 3)
    assert ours.values["croma_tail"] == round(float(row["croma_ltm10"]), 3)
    assert ours.values["support"] == round(float(row["support"]), 3)
