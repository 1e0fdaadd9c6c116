"""What is asked of an encoder, and whether it is met."""

from __future__ import annotations

import pytest

from pathgui.core.errors import CriteriaError
from pathgui.core.results.measures import MEASURES
from pathgui.core.runs.criteria import Criterion, load_criteria, save_criteria

METRICS = [each.key for each in MEASURES]
NOW = "2026-11-24T09:00:00+01:00"


def demand(metric="robustness_index", comparison="at least", threshold=0.7, **others):
    return Criterion(metric, comparison, threshold, **others)


FILE = """
who = "A. Rossi"

[[criterion]]
metric = "robustness_index"
at_least = 0.8
by = "interval"
encoder = "shell"
reason = "as low as the classifier was tested with"

[[criterion]]
metric = "center_probe"
below = 1
who = "B. Šmíd"
set_at = 2026-11-01T10:00:00+01:00
"""


def test_a_file_of_criteria_is_read(tmp_path):
    (tmp_path / "c.toml").write_text(FILE, encoding="utf-8")
    one, other = load_criteria(tmp_path / "c.toml", metrics=METRICS, set_at=NOW)
    assert one == Criterion(
        "robustness_index", "at least", 0.8, "shell", "interval",
        "as low as the classifier was tested with", "A. Rossi", NOW,
    )  # fmt: skip
    assert (other.comparison, other.threshold, other.who) == ("below", 1.0, "B. Šmíd")
    assert other.set_at == "2026-11-01T10:00:00+01:00"


def test_what_is_saved_is_what_is_read_again(tmp_path):
    criteria = (
        demand(threshold=0.85, by="interval", reason='He said "no\\"\n中 😀 \x7f', who="Ž. K."),
        demand("croma_tail", "above", -0.125, encoder="uni2-h"),
    )
    save_criteria(criteria, tmp_path / "c.toml")
    read = load_criteria(tmp_path / "c.toml", metrics=METRICS, set_at="")
    assert read == criteria


def test_criteria_are_set_for_one_k_and_kept_with_it(tmp_path):
    criteria = (demand(k=11), demand("support", threshold=0.2, k=11))
    save_criteria(criteria, tmp_path / "c.toml")
    assert (tmp_path / "c.toml").read_text(encoding="utf-8").startswith("k = 11\n")
    assert load_criteria(tmp_path / "c.toml", metrics=METRICS, set_at="") == criteria
    mixed = (demand(k=11), demand("support", threshold=0.2))
    save_criteria(mixed, tmp_path / "d.toml")
    assert load_criteria(tmp_path / "d.toml", metrics=METRICS, set_at="") == mixed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("k=0\n[[criterion]]\nmetric='support'\nabove=1", "k must be a whole number from 1"),
        ("k=true\n[[criterion]]\nmetric='support'\nabove=1", "k must be a whole number from 1"),
        ("[[criterion]]\nmetric='support'\nabove=1\nk=1.5", "criterion 1: k must be a whole"),
        (
            "k=5\n[[criterion]]\nmetric='support'\nabove=1\n"
            "[[criterion]]\nmetric='mari'\nabove=0\nk=7",
            "different k: 5, 7",
        ),
        ("x = [", "is not TOML"),
        ("who = 'me'", "holds no criterion"),
        ("[[criterion]]\nmetric='beauty'\nabove=1", "no metric 'beauty'.*robustness_index"),
        ("[[criterion]]\nmetric='support'", "exactly one of at_least"),
        ("[[criterion]]\nmetric='support'\nabove=1\nbelow=2", "exactly one of at_least"),
        ("[[criterion]]\nmetric='support'\nabove='a'", "above must be a number"),
        ("[[criterion]]\nmetric='support'\nabove=true", "above must be a number"),
        ("[[criterion]]\nmetric='support'\nabove=nan", "above must be a number"),
        ("[[criterion]]\nmetric='support'\nabove=1\nby='luck'", "by must be"),
        ("[[criterion]]\nmetric='support'\nabove=1\nmood='good'", "mood is not known"),
        ("[[criterion]]\nmetric='support'\nabove=1\nreason=1", "reason must be text"),
        ("mood='good'\n[[criterion]]\nmetric='support'\nabove=1", "mood is not known"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_the_place(tmp_path, text, says):
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CriteriaError, match=says) as raised:
        load_criteria(path, metrics=METRICS, set_at=NOW)
    assert "c.toml" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CriteriaError, match=r"none\.toml cannot be read"):
        load_criteria(tmp_path / "none.toml", metrics=METRICS, set_at=NOW)
