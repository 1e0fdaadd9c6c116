import csv

import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import RecordError
from pathgui.core.run_table import run_rows, write_run_table
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
    assert {key[0] for key in found} == {each.encoder.name for each in run.encoders}


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
