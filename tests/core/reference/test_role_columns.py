"""Any column of a reference set can play the center or the tissue, if it can."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import ReferenceInfo, ReferenceSet, ReferenceTiles
from pathgui.core.reference.role_columns import (
    PREPARED,
    candidates,
    factor_columns,
    further_centers,
    in_roles,
    left_out_text,
)
from pathgui.core.reference.roles import RoleColumns

TISSUE = ["stroma", "stroma", "tumor", "tumor"] * 2
CENTER = ["A"] * 4 + ["B"] * 4
SLIDE = ["1", "2", "1", "2", "3", "4", "3", "4"]
SCANNER = ["GT", "P", "GT", "P"] * 2


def of(**columns: list[str]) -> ReferenceSet:
    """A set of 8 tiles on 4 slides, with further columns."""
    text = {name: np.array(values) for name, values in
            {"tissue": TISSUE, "center": CENTER, "slide": SLIDE}.items()}  # fmt: skip
    names = tuple(f"images/{i}.png" for i in range(8))
    digests = tuple(f"{i:064x}" for i in range(8))
    info = ReferenceInfo(1, "small", "1", "", "", "", 100.0, "0" * 64, 0)
    table = pa.table({"center": CENTER, "tissue": TISSUE, **columns})
    return ReferenceSet(
        Path(), info, TileLabels(**text), names, names, None, digests, (), table
    )  # fmt: skip


def test_the_column_that_is_named_takes_the_place_of_the_center():
    played = in_roles(of(Scanner=SCANNER), ["scanner"])  # however it is spelled
    assert played.centers == ["GT", "P"]
    assert played.labels.center.tolist() == SCANNER
    assert (played.columns.center, played.columns.tissue) == ("Scanner", "tissue")
    assert played.table().tolist() == [[2, 2], [2, 2]]
    assert played.slide_table().tolist() == [[2, 2], [2, 2]]
    assert len(played) == 8
    assert left_out_text(played) == ""


def test_without_a_column_and_with_its_own_the_set_is_as_it_was():
    own = of(scanner=SCANNER)
    assert in_roles(own) is own
    assert in_roles(own, ["center"], "tissue") is own
    played = in_roles(own, ["scanner"])
    assert in_roles(played, ["scanner"]) is played
    assert in_roles(played) is own


def test_a_column_plays_the_tissue_and_may_differ_within_a_slide():
    played = in_roles(of(grade=["low", "high"] * 4), tissue="grade")
    assert played.tissues == ["high", "low"]
    assert played.centers == ["A", "B"]


def test_tiles_of_which_the_column_says_nothing_are_left_out_and_counted():
    own = of(scanner=["GT", "n/a", "GT", "", "P", "P", "P", "P"], batch=list("xyxyxyxy"))
    played = in_roles(own, ["scanner", "batch"])
    assert (len(played), played.left_out) == (6, 2)
    assert played.files == tuple(f"images/{i}.png" for i in (0, 2, 4, 5, 6, 7))
    assert further_centers(played, ["scanner", "batch"])["batch"].tolist() == list("xxxyxy")
    assert left_out_text(played) == (
        "2 of 8 tiles of the reference set are left out: the set does not say of which scanner, "
        "or of which tissue, they are."
    )


def test_a_part_of_a_set_takes_no_embeddings_that_were_kept_by_the_rows_of_the_whole():
    own = of(scanner=["", "P", "", "P", "GT", "P", "GT", "P"])
    part = ReferenceTiles(in_roles(own, ["scanner"]))
    assert part.content_key != ReferenceTiles(own).content_key
    assert part.identity().formerly == ""
    assert ReferenceTiles(own).identity().formerly != ""


@pytest.mark.parametrize(
    ("centers", "tissue", "columns", "said"),
    [
        (["scaner"], "", {"scanner": SCANNER}, "no column 'scaner'. Did you mean 'scanner'? It "
         "has: center, tissue, scanner"),
        (["slide"], "", {"scanner": SCANNER}, "says which tile a row is of, so it cannot play the "
         "center. Columns that may are: center, tissue, scanner"),
        (["scanner"], "", {"scanner": ["GT"] * 8}, "all tiles have the same value in it, 'GT'. "
         "Columns that can are: center"),
        (["scanner"], "", {"scanner": [""] * 8}, "says nothing of any tile"),
        (["pen"], "", {"pen": ["no", "no", "yes", *["no"] * 5]}, "several values on 1 of 4 "
         "slides, as 1 (no, yes), and a slide can have but one"),
        (["block"], "", {"block": SLIDE}, "another value on each slide"),
        (["scanner", "Scanner"], "", {"scanner": SCANNER}, "named twice"),
        (["tissue"], "", {}, "cannot play both"),
        (["scanner"], "scanner", {"scanner": SCANNER}, "cannot play both"),
        ([], "grade", {"grade": ["low"] * 8}, "cannot play the tissue: all tiles have the same"),
        (["scanner"], "grade", {"scanner": [*["GT"] * 4, "P", "", "P", ""],
         "grade": [*[""] * 5, "low", "", "high"]}, "has both a scanner and a grade"),
    ],
)  # fmt: skip
def test_a_column_that_cannot_play_its_role_is_refused_in_a_sentence(
    centers, tissue, columns, said
):
    with pytest.raises(ReferenceSetError, match=re.escape(said)):
        in_roles(of(**columns), centers, tissue)


def test_candidates_are_all_columns_each_with_what_it_cannot_play():
    columns = {"scanner": SCANNER, "grade": ["a", "b"] * 4, "pen": list("nnynnnnn")}
    found = {each.name: each for each in candidates(of(**columns, lot=["7"] * 8))}
    assert list(found) == ["center", "tissue", "scanner", "grade", "pen", "lot"]
    assert not found["scanner"].no_center
    assert found["scanner"].values == ("GT", "P")
    assert "several values" in found["pen"].no_center
    assert not found["pen"].no_tissue
    assert "same value" in found["lot"].no_center
    assert "same value" in found["lot"].no_tissue


def test_the_column_that_a_cohort_gave_the_center_is_its_name():
    """A set drawn with ``--role center=scanner`` has scanners in its column center."""
    own = of(hospital=CENTER)
    own = replace(own, labels=replace(own.labels, columns=RoleColumns("scanner")))
    assert in_roles(own, ["scanner"]) is own
    assert in_roles(own, ["center"]) is own
    assert in_roles(own, ["hospital"]).columns.center == "hospital"
    assert [each.name for each in candidates(own)] == ["scanner", "tissue", "hospital"]
    with pytest.raises(ReferenceSetError) as refused:
        in_roles(own, ["center", "scanner"])  # one column under two names
    assert "'center' and 'scanner' mean that column" in str(refused.value)
    assert "beside it one of these: hospital." in str(refused.value)


def test_factors_are_the_center_what_is_named_and_what_sets_usually_have():
    year = ["2021", "2024"] * 4
    own = of(Scanner=SCANNER, stain=["HE"] * 8, batch=["a", "b"] * 2 + ["b", "a"] * 2, year=year,
             Klinik=CENTER)  # fmt: skip
    found = factor_columns(own)
    # One stain alone tells nothing apart; nobody asked for the Klinik.
    assert list(found) == ["center", "Scanner", "batch", "year"]
    assert found["Scanner"].tolist() == SCANNER
    assert list(factor_columns(own, wanted=PREPARED)) == ["center", "Scanner", "batch"]
    named = ["scanner", "Klinik"]
    assert list(factor_columns(in_roles(own, named), named)) == [
        "Scanner", "Klinik", "center", "batch", "year"
    ]  # fmt: skip


def test_a_column_with_several_values_on_a_slide_is_no_factor():
    torn = ["a", "a", "b", "a"] * 2
    assert list(factor_columns(of(batch=torn))) == ["center"]
    assert list(factor_columns(of(batch=["a", "", "", ""] + ["b"] * 4))) == ["center", "batch"]
