"""Answers in a table: what is taken, what is left out and named, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.answers import NONE, OTHER
from pathgui.core.classifier.table import read_answers
from pathgui.core.errors import ClassifierError
from tests.core.classifier.sets import reference, table

SET = reference()
N = len(SET)
NORMAL, TUMOR = 0, 1


def every(*cells):
    """A row for each tile, the same cells in each."""
    return [(f"t{at}", *cells) for at in range(N)]


def read(folder, heading, *rows, columns=(), meanings=None, sep=","):
    return read_answers(table(folder, heading, *rows, sep=sep), SET, columns, meanings)


def said(found):
    return " ".join(found.answers.notices)


def test_a_column_of_classes_is_found_by_its_usual_name(tmp_path):
    found = read(tmp_path, "tile,Predicted,other", *every("Tumor", 1))
    assert (found.source, found.columns) == ("classes", ("Predicted",))
    assert found.answers.codes.tolist() == [TUMOR] * N
    assert found.answers.probabilities is None


def test_a_column_that_is_named_counts_even_if_it_is_called_as_a_role(tmp_path):
    found = read(tmp_path, "tile,tissue,predicted", *every("normal", "tumor"), columns=["tissue"])
    assert found.answers.codes.tolist() == [NORMAL] * N


@pytest.mark.parametrize(
    "heading", ["tile,normal,tumor", "tile,p_Normal,p_Tumor", "tile,normal probability,P(tumor)"]
)
def test_probabilities_are_found_by_the_names_of_classes(tmp_path, heading):
    found = read(tmp_path, heading, *every(0.25, 0.75))
    assert found.source == "probabilities"
    assert found.answers.codes.tolist() == [TUMOR] * N
    np.testing.assert_allclose(found.answers.probabilities, [[0.25, 0.75]] * N)


def test_decimal_commas_are_read(tmp_path):
    found = read(tmp_path, "tile;p_normal;p_tumor", *every("0,9", "0,1"), sep=";")
    np.testing.assert_allclose(found.answers.probabilities, [[0.9, 0.1]] * N)


def test_one_probability_of_one_of_two_tissues_is_enough(tmp_path):
    found = read(tmp_path, "tile,score", *every(0.8), columns=["score=tumor"])
    np.testing.assert_allclose(found.answers.probabilities, [[0.2, 0.8]] * N)


def test_numbers_can_be_classes_if_it_is_said_which(tmp_path):
    rows = every(1)
    found = read(tmp_path, "tile,y", *rows, columns=["y"], meanings={"0": "normal", "1": "tumor"})
    assert found.answers.codes.tolist() == [TUMOR] * N


def test_columns_can_be_told_which_class_they_are_of(tmp_path):
    columns = ["c0=normal", "c1=tumor", "c2=mud"]
    found = read(tmp_path, "tile,c0,c1,c2", *every(0.1, 0.2, 0.7), columns=columns,
                 meanings={"mud": ""})  # fmt: skip
    assert found.answers.codes.tolist() == [OTHER] * N
    assert found.answers.known == ("normal", "tumor")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("nan", 0.1), "p_normal is empty"),
        (("", 0.1), "p_normal is empty"),
        (("inf", 0.1), 'p_normal is "inf", no number'),
        (("high", 0.1), 'p_normal is "high", no number'),
        ((1.2, -0.2), "p_normal is 1.2, and not within 0 and 1"),
        ((0.5, 0.4), "its probabilities sum to 0.900 and not to 1"),
    ],
)
def test_a_row_without_an_honest_answer_is_left_out_and_named_and_the_others_stay(
    tmp_path, cells, why
):
    rows = every(0.3, 0.7)
    rows[4] = ("t4", *cells)
    found = read(tmp_path, "tile,p_normal,p_tumor", *rows, columns=["p_normal", "p_tumor"])
    assert found.answers.there.sum() == N - 1
    assert found.answers.codes[4] == NONE
    assert f"1 row was left out, since it holds no answer that can be judged. Row 5: {why}" in said(
        found
    )


def test_probabilities_that_were_rounded_still_sum_to_one(tmp_path):
    found = read(tmp_path, "tile,normal,tumor", *every(0.33, 0.665))
    assert found.answers.there.all()


def test_rows_of_no_tile_are_left_out_and_named(tmp_path):
    rows = [*every("tumor"), ("zz", "tumor"), ("yy", "normal")]
    found = read(tmp_path, "tile,predicted", *rows)
    assert found.answers.there.all()
    assert f"2 rows are of no tile of the reference set and were left out: row {N + 1}" in said(
        found
    )


def test_doubled_rows_count_once_where_they_agree_and_not_where_they_differ(tmp_path):
    rows = [*every("tumor"), ("t1", "tumor"), ("t2", "normal")]
    found = read(tmp_path, "tile,predicted", *rows)
    assert found.answers.codes[1] == TUMOR
    assert found.answers.codes[2] == NONE
    assert "1 tile was left out, since two rows answer it differently: rows 3 and 14." in said(
        found
    )
    assert "1 tile stands in several rows that say the same" in said(found)


def test_a_class_that_is_no_tissue_is_refused_at_its_row(tmp_path):
    rows = every("tumor")
    rows[3] = ("t3", "Tumour")
    with pytest.raises(ClassifierError, match=r'answers.csv, row 4: the class "Tumour" is none'):
        read(tmp_path, "tile,predicted", *rows)


def test_a_tissue_that_is_never_answered_is_named(tmp_path):
    assert "It never answers normal" in said(read(tmp_path, "tile,predicted", *every("tumor")))


@pytest.mark.parametrize(
    ("heading", "columns", "why"),
    [
        ("tile,a,b", [], "no column that is known to hold answers.*one of tile, a, b"),
        ("tile,a,b", ["c"], "has no column c"),
        ("tile,a,b", ["a=normal", "a=tumor"], "named twice"),
        ("tile,a,b", ["a=normal", "b=normal"], "Two columns hold probabilities of normal"),
        ("tile,a,b", ["a", "b"], 'Column a: the class "a" is none'),
        ("tile,normal,p_normal", [], "Several columns"),
    ],
)
def test_columns_that_cannot_be_meant_are_refused(tmp_path, heading, columns, why):
    with pytest.raises(ClassifierError, match=why):
        read(tmp_path, heading, *every(0.5, 0.5), columns=columns)


def test_a_table_without_any_honest_answer_is_refused_with_its_first_row(tmp_path):
    with pytest.raises(ClassifierError, match=r"can be judged\. Row 1: .*sum to 1\.4"):
        read(tmp_path, "tile,normal,tumor", *every(0.7, 0.7))


def test_answers_of_slides_are_one_a_slide(tmp_path):
    found = read(tmp_path, "slide,predicted", ("s0", "tumor"), ("s3", "normal"))
    assert found.unit == "slide"
    assert found.answers.codes.tolist() == [TUMOR, NONE, NONE, NORMAL, NONE, NONE]
