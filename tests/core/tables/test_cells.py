"""What a cell says."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.tables.cells import decimal_mark, label_column, number, spelling_notice


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ([" Tumor", "Tumor\u00a0", "Tumor\u200b", "\ufeffTumor"], ["Tumor"] * 4),
        (["New  York", "New\tYork"], ["New York"] * 2),
        (["Ko\u0308ln", "K\u00f6ln"], ["K\u00f6ln"] * 2),
        (["NA", "n/a", "-", "", " NaN ", "None", "<NA>", "#N/A", "–", None], [""] * 10),
        (["1.0", "2.0", "NA"], ["1", "2", ""]),
        (["1.0", "2.5"], ["1", "2.5"]),
        (["1.0", "a"], ["1.0", "a"]),
        (["007", "7"], ["007", "7"]),
        ([1.0, float("nan"), 12345678901.0], ["1", "", "12345678901"]),
        (np.array([1.0, 2.5]), ["1", "2.5"]),
        ([b"K\xc3\xb6ln", True, 3], ["K\u00f6ln", "True", "3"]),
    ],
)
def test_labels_lose_what_nobody_meant_and_keep_the_rest(written, labels):
    assert label_column(written) == labels


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("0.25", ".", 0.25),
        ("0,25", ",", 0.25),
        ("1.024", ",", 1024),
        ("1,024", ".", 1024),
        ("0.125", ",", 0.125),
        ("1.024,5", ",", 1024.5),
        ("1e-1", ".", 0.1),
        ("1_0", ".", None),
        ("", ".", None),
        ("0,5,5", ",", None),
        ("half", ".", None),
    ],
)
def test_numbers_are_read_with_either_mark(text, decimal, value):
    assert number(text, decimal) == value


@pytest.mark.parametrize(
    ("column", "separator", "mark"),
    [
        (["0.5", "1"], ",", "."),
        (["0,5"], ",", ","),
        (["12,345", "1,024"], ",", "."),
        (["12,345", "1,02"], ",", ","),
        (["12,345"], ";", ","),
        ([], ";", "."),
    ],
)
def test_the_decimal_mark_is_that_of_the_whole_table(column, separator, mark):
    assert decimal_mark([column], separator) == mark


def test_spellings_are_named_once():
    written = ["Tumor", "Fibro\u0308s", "Fibr\u00f6s", "tumor ", "tumor", "TUMOR", "Stroma"]
    notice = spelling_notice({"tissue": (written, label_column(written))})
    assert 'Tissue: "Fibr\u00f6s" stands there in several spellings' in notice
    assert '"TUMOR" and "Tumor" and "tumor" differ only in case' in notice
    assert "Stroma" not in notice
    assert spelling_notice({"tissue": (["a", "b"], ["a", "b"])}) == ""
