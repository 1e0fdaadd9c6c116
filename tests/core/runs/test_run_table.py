import csv
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import RecordError
from pathgui.core.results.judging import judge
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.run_table import run_rows, write_run_table
from tests.run_factory import make_evaluation


def values(run):
    return {(row.encoder, row.name): row.value for row in run_rows(run)}


def test_every_number_is_there_under_its_path_in_the_record():
    run = make_evaluation(2, given_center=True).run
    found = values(run)
    first = run.encoders[0]
    name = first.encoder.name
    index = first.reference.robustness_index
    assert found[name, "reference.robustness_index.value"] == index.value
    assert found[name, "reference.counts.OS"] == first.reference.counts.OS
    assert found[name, "slide.tissue.counts.1"] == first.slide.tissue.counts[1]
    assert found[name, "seconds.slide"] == first.seconds["slide"]
    assert found[name, "encoder.dim"] == first.encoder.dim
    assert {key[0] for key in found} - {""} == {each.encoder.name for each in run.encoders}


def test_what_is_of_the_run_as_a_whole_is_there_too():
    run = make_evaluation(2, in_depth=True).run
    demand = Criterion("robustness_index", "at least", 0.5)
    judged = judge([demand], run.encoders, run.failures, frozen_at=run.started)
    found = values(replace(run, criteria=judged))
    pair = run.comparison.groups[0].differences[0]
    assert found["", "comparison.groups.0.differences.0.low"] == pair.low
    assert found["", "agreement.0.tissue.kappa"] == run.agreement[0].tissue.kappa
    assert found["", "criteria.items.0.criterion.threshold"] == 0.5
    value = run.encoders[1].reference.robustness_index.value
    assert found["", "criteria.items.0.judgements.1.value"] == value


def test_what_is_not_assessable_has_its_reason():
    run = make_evaluation(1, assessable=False).run
    row = next(r for r in run_rows(run) if r.name == "reference.robustness_index")
    assert row.value is None
    assert "one center" in row.text


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_csv_and_parquet_hold_the_same_to_the_last_digit(tmp_path, suffix):
    run = make_evaluation(2, in_depth=True).run
    path = tmp_path / f"table{suffix}"
    write_run_table(run, path)
    if suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            read = [
                (row["encoder"], row["name"], float(row["value"]) if row["value"] else None)
                for row in csv.DictReader(file)
            ]
    else:
        read = [(r["encoder"], r["name"], r["value"]) for r in pq.read_table(path).to_pylist()]
    assert read == [(row.encoder, row.name, row.value) for row in run_rows(run)]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match="could not be written"):
        write_run_table(make_evaluation(1).run, tmp_path / "file" / "table.csv")
