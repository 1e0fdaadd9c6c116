"""The table of tiles: blank with a reason where nothing is known, and readable from before."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq

from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.runs.tile_columns import FAR, NO_KNOWN_CENTER
from tests.run_factory import earlier, make_evaluation


def test_a_tile_outside_has_no_probability_of_tissue_but_a_reason(tmp_path):
    evaluation = make_evaluation(1)
    name = next(iter(evaluation.tiles.tissue))
    near = np.flatnonzero(~evaluation.tiles.far[name])[:4]
    evaluation.tiles.no_known_center[name][near] = True
    evaluation.tiles.outside[name][near] = True
    evaluation.tiles.tissue_probability[name][near] = np.nan
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    rows = pq.read_table(tmp_path / "a.pgrun" / "tiles.parquet").to_pylist()
    reasons = {row[f"{name}.outside_reason"] for row in rows}
    assert reasons == {None, FAR, NO_KNOWN_CENTER}
    for row in rows:
        blank = row[f"{name}.tissue_probability"] is None
        assert blank == (row[f"{name}.outside_reason"] is not None) == row[f"{name}.outside"]


def test_the_center_of_the_nearest_tile_is_a_column_of_its_own(tmp_path):
    evaluation = make_evaluation(1)
    name = next(iter(evaluation.tiles.tissue))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    table = pq.read_table(tmp_path / "a.pgrun" / "tiles.parquet")
    nearest = table.column(f"{name}.nearest_center").to_pylist()
    probe = table.column(f"{name}.center").to_pylist()
    assert set(nearest) <= {*evaluation.run.reference.centers, None}
    assert nearest != probe


def test_a_table_of_an_earlier_version_opens_and_gives_no_reasons(tmp_path):
    evaluation = earlier(make_evaluation(2))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    table = pq.read_table(tmp_path / "a.pgrun" / "tiles.parquet")
    assert not any("reason" in name or "nearest_center" in name for name in table.column_names)
    back = load_evaluation(tmp_path / "a.pgrun").tiles
    name = next(iter(back.tissue))
    row = int(np.flatnonzero(back.outside[name])[0])
    assert back.why_outside(name, row) == ""
    assert not back.far
    assert np.isfinite(back.tissue_probability[name]).all()


def test_both_reasons_are_given_where_both_hold():
    tiles = make_evaluation(1).tiles
    name = next(iter(tiles.tissue))
    row = int(np.flatnonzero(tiles.far[name])[0])
    tiles.no_known_center[name][row] = True
    assert tiles.why_outside(name, row) == f"{FAR}; {NO_KNOWN_CENTER}"
