"""A slide of a run on a cohort is shown and exported as that of a run of one slide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.errors import RecordError
from pathgui.core.results.tile_layers import TileLayers
from pathgui.core.runs.record import EncoderFailure
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.slides_of_run import (
    SLIDES_FOLDER,
    done_slides,
    evaluation_of,
    nearest_rows,
    run_of_slide,
    write_slide_files,
)
from tests.cohort_run_factory import make_cohort_run, save_cohort_run


def test_a_cohort_run_comes_back_with_all_its_slides(tmp_path):
    saved = save_cohort_run(tmp_path / "a.pgrun", n_slides=3)
    found = load_evaluation(tmp_path / "a.pgrun")
    assert found.run == saved.run
    assert found.tiles is None
    assert [slide.slide_id for slide in done_slides(found.run)] == ["S-01", "S-02", "S-03"]


def test_a_slide_of_it_is_an_evaluation_of_one_slide(tmp_path):
    save_cohort_run(tmp_path / "a.pgrun", n_slides=2)
    _, one = make_cohort_run(2)
    cohort = load_evaluation(tmp_path / "a.pgrun")
    found = evaluation_of(tmp_path / "a.pgrun", cohort, "S-02")
    slide = cohort.run.slides[1]
    assert found.run.slide == slide.slide
    assert found.run.cohort is None
    assert found.run.slides == []
    assert [each.slide for each in found.run.encoders] == [each.slide for each in slide.encoders]
    assert found.run.encoders[0].reference == cohort.run.encoders[0].reference
    assert found.run.encoders[0].seconds == {
        **cohort.run.encoders[0].seconds,
        **slide.encoders[0].seconds,
    }
    assert found.tiles is not None
    assert one.tiles is not None
    for name, answers in one.tiles.tissue.items():
        assert np.array_equal(found.tiles.tissue[name], answers)
    assert TileLayers.of(found) is not None


def test_of_each_tile_the_row_of_its_nearest_reference_tile_comes_back_alone(tmp_path):
    slide = save_cohort_run(tmp_path / "a.pgrun", n_slides=1).run.slides[0]
    assert nearest_rows(tmp_path / "a.pgrun", slide) == {}  # an earlier run, without neighbors
    _, one = make_cohort_run(1)
    assert one.tiles is not None
    name, n = slide.encoders[1].encoder, len(one.tiles.readable)
    rows = np.stack([np.arange(n) - 1, np.arange(n)], axis=1).astype(np.int32)
    tiles = replace(
        one.tiles,
        neighbors={name: rows},
        neighbor_distance={name: np.zeros(rows.shape, np.float32)},
    )
    files = tmp_path / "a.pgrun" / SLIDES_FOLDER / slide.folder
    write_slide_files(replace(one, tiles=tiles), files)
    found = nearest_rows(tmp_path / "a.pgrun", slide)
    assert list(found) == [name]
    assert np.array_equal(found[name], rows[:, 0])
    (files / "tiles.parquet").write_bytes(b"PAR1")
    assert nearest_rows(tmp_path / "a.pgrun", slide) == {}


def test_an_encoder_that_could_not_run_on_a_slide_is_among_its_failures():
    cohort, _ = make_cohort_run(1)
    slide, failure = cohort.run.slides[0], EncoderFailure("shell", "SHELL", "It is too large.")
    slide.failures.append(failure)
    del slide.encoders[1]
    run = run_of_slide(cohort.run, slide)
    assert [each.encoder.name for each in run.encoders] == [slide.encoders[0].encoder]
    assert run.failures == [failure]


@pytest.mark.parametrize(
    ("name", "said"),
    [("S-03", "was not evaluated: S-07.svs does not say"), ("S-9", "no slide S-9. It has S-01, ")],
)
def test_a_slide_that_is_not_there_or_failed_is_refused_in_words(tmp_path, name, said):
    cohort, _ = make_cohort_run(2)
    with pytest.raises(RecordError, match=said):
        evaluation_of(tmp_path, cohort, name)


def test_damaged_files_of_a_slide_are_refused_and_the_others_open(tmp_path):
    cohort = save_cohort_run(tmp_path / "a.pgrun", n_slides=2)
    broken = tmp_path / "a.pgrun" / SLIDES_FOLDER / cohort.run.slides[0].folder
    (broken / "tiles.parquet").write_bytes(b"PAR1")
    with pytest.raises(RecordError, match=r"slide S-01 .* cannot be read"):
        evaluation_of(tmp_path / "a.pgrun", cohort, "S-01")
    assert evaluation_of(tmp_path / "a.pgrun", cohort, "S-02").tiles is not None
