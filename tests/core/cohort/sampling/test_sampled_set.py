"""A sample becomes a reference set: whole or not at all, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import tifffile

from pathgui.core.cohort.opened import Cohort, with_role
from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.cohort.sampling.sampled_set import write_sample
from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.set_writing import Described
from pathgui.core.reference.tile_files import read_tile
from pathgui.core.slides.slide import open_slide
from tests.core.cohort.sampling.study import SMALL, area, box, row, slide, study
from tests.core.slide_factory import noise, write_slide


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def test_the_same_cohort_plan_and_seed_give_the_same_bytes(tmp_path):
    regions = {"A": [area("Tumor", box(0, 0, 300, 300)), area("Stroma", box(300, 0, 512, 512))]}
    opened = study(tmp_path, row("A"), row("B", "South", tissue="Tumor"), regions=regions)
    plan = replace(SMALL, tiles_a_slide=7, seed=3)
    made = []
    for name in ("one", "other"):
        out = tmp_path / name / "S.pgref"
        write_sample(plan_sample(opened, plan), out)
        made.append(content(out))
    assert made[0] == made[1]
    assert len(made[0]) == 14 + 2
    write_sample(plan_sample(opened, replace(plan, seed=4)), tmp_path / "third" / "S.pgref")
    assert content(tmp_path / "third" / "S.pgref") != made[0]


def test_how_many_threads_cut_the_tiles_changes_no_byte(tmp_path):
    opened = study(tmp_path, row("A", tissue="T"), row("B", "South", tissue="T"))
    write_slide(tmp_path / "B.tif", np.tile(noise(128, 128, 5), (4, 4, 1)))  # with twins
    sample = plan_sample(opened, replace(SMALL, tiles_a_slide=60))
    made = []
    for workers in (1, 2, 5):
        out = tmp_path / f"{workers}" / "S.pgref"
        faults = write_sample(sample, out, workers=workers).faults
        made.append((content(out), faults))
    assert made[0] == made[1] == made[2]


def test_the_set_holds_what_the_plan_promised_and_all_that_the_row_says(tmp_path):
    opened = study(
        tmp_path,
        row("A", patient_id="P1", scanner="S1", **{"Stain batch": "7", "pair": "x", "x": "own"}),
        row("B", "South", tissue="Tumor"),
        regions={"A": [area("Tumor", box(10, 20, 138, 148))]},
    )
    sample = plan_sample(opened, SMALL)
    described = Described("Ours", "2", "biopsies", "CC0", "us")
    made = write_sample(sample, tmp_path / "S.pgref", described).reference
    info = made.info
    assert (info.name, info.version, info.description, info.licence, info.citation) == (
        "Ours", "2", "biopsies", "CC0", "us",
    )  # fmt: skip
    assert info.edge_um == 32
    assert info.sampled is not None
    assert info.sampled.plan == SMALL
    assert (info.sampled.cohort, info.sampled.center) == ("C", "center")
    for name in ("tissue", "center", "slide", "patient"):
        assert getattr(made.labels, name).tolist() == getattr(sample.labels, name).tolist()
    assert made.labels.pair is None  # the slides' pair is not one of tiles
    assert made.places_l0[:4].tolist() == [[10, 20], [74, 20], [10, 84], [74, 84]]
    with open_slide(tmp_path / "A.tif") as opened_slide:
        assert made.slide_contents[0] == opened_slide.content_id
        level = opened_slide.read((74, 84), 0, (64, 64))
    assert np.array_equal(read_tile(made.folder / made.files[3]), level)
    first = pq.read_table(made.folder / "tiles.parquet").slice(0, 1).to_pylist()[0]
    assert first["mpp"] == 0.5
    further = {"scanner": "S1", "Stain batch": "7", "pair (slides.csv)": "x",
               "x (slides.csv)": "own", "tissue (slides.csv)": "",
               "file (slides.csv)": "../A.tif", "patient_id": "P1"}  # fmt: skip
    assert first.items() >= further.items()


def test_the_column_that_was_the_center_and_the_one_called_so_are_both_kept(tmp_path):
    opened = study(tmp_path, row("A", "North", tissue="T", scanner="S1"))
    opened.save(with_role(Cohort(opened.cohort.info, opened.cohort.slides), "center", "scanner"))
    made = write_sample(plan_sample(opened, SMALL), tmp_path / "S.pgref").reference
    assert made.centers == ["S1"]
    first = pq.read_table(made.folder / "tiles.parquet").slice(0, 1).to_pylist()[0]
    assert (first["scanner"], first["center (slides.csv)"]) == ("S1", "North")
    assert made.info.sampled.center == "scanner"


def test_tiles_of_finer_slides_are_made_smaller_and_say_their_scale(tmp_path):
    slide(tmp_path / "A.tif", mpp=0.2427)
    plan = replace(SMALL, tiles_a_slide=2)
    made = write_sample(plan_sample(study(tmp_path, row("A", tissue="T")), plan),
                        tmp_path / "S.pgref").reference  # fmt: skip
    assert read_tile(made.folder / made.files[0]).shape == (64, 64, 3)
    mpp = pq.read_table(made.folder / "tiles.parquet").column("mpp").to_pylist()[0]
    assert mpp == pytest.approx(132 * 0.2427 / 64)
    assert mpp * 64 == pytest.approx(32, abs=0.2427 / 2)


def test_a_slide_that_changes_meanwhile_is_named_and_the_rest_is_taken(tmp_path):
    opened = study(tmp_path, row("A", tissue="T"), row("B", "South", tissue="T"),
                   row("C", "West", tissue="T"))  # fmt: skip
    sample = plan_sample(opened, replace(SMALL, tiles_a_slide=3))
    slide(tmp_path / "A.tif", 99)
    (tmp_path / "C.tif").unlink()
    made = write_sample(sample, tmp_path / "S.pgref")
    assert [fault.row for fault in made.faults] == [1, 3]
    assert "row 1 (A): its file was changed" in str(made.faults[0])
    assert "There is no file" in str(made.faults[1])
    assert set(made.reference.labels.slide) == {"B"}


def test_a_set_of_nothing_is_not_written(tmp_path):
    sample = plan_sample(study(tmp_path, row("A", tissue="T")), SMALL)
    (tmp_path / "A.tif").unlink()
    with pytest.raises(ReferenceSetError, match=r"No tile could be cut: row 1 \(A\)"):
        write_sample(sample, tmp_path / "S.pgref")
    assert not (tmp_path / "S.pgref").exists()


def test_the_same_picture_is_taken_once(tmp_path):
    block = noise(64, 64)
    write_slide(tmp_path / "A.tif", np.tile(block, (4, 4, 1)))
    made = write_sample(plan_sample(study(tmp_path, row("A", tissue="T")), SMALL),
                        tmp_path / "S.pgref")  # fmt: skip
    assert len(made.reference) == 1
    assert "15 of its 16 tiles left out: the same picture as another" in str(made.faults[0])


def test_a_damaged_place_costs_its_tiles_alone(tmp_path):
    path = write_slide(tmp_path / "A.tif", noise(512, 512), compression="jpeg")
    with tifffile.TiffFile(path) as tif:
        offset, count = tif.pages[0].dataoffsets[1], tif.pages[0].databytecounts[1]
    content_of_file = bytearray(path.read_bytes())
    content_of_file[offset : offset + count] = bytes(count)
    path.write_bytes(content_of_file)
    sample = plan_sample(study(tmp_path, row("A", tissue="T")), replace(SMALL, tiles_a_slide=64))
    made = write_sample(sample, tmp_path / "S.pgref")
    assert len(sample) == 64
    assert len(made.reference) == 48
    lost = (made.reference.places_l0[:, 0] >= 256) & (made.reference.places_l0[:, 1] < 256)
    assert not lost.any()
    assert "16 of its 64 tiles left out: cannot be decoded" in str(made.faults[0])


def test_stopping_leaves_nothing_and_an_earlier_set_as_it_was(tmp_path):
    sample = plan_sample(study(tmp_path, row("A", tissue="T")), SMALL)
    write_sample(sample, tmp_path / "S.pgref")
    before, there = content(tmp_path / "S.pgref"), sorted(tmp_path.iterdir())

    def stop(event):
        if isinstance(event, Progress) and event.done >= 5:
            raise Cancelled

    for out in ("S.pgref", "T.pgref"):
        with pytest.raises(Cancelled):
            write_sample(sample, tmp_path / out, report=stop)
    assert sorted(tmp_path.iterdir()) == there
    assert content(tmp_path / "S.pgref") == before


def test_progress_counts_every_tile(tmp_path):
    sample = plan_sample(study(tmp_path, row("A", tissue="T")), SMALL)
    events = []
    write_sample(sample, tmp_path / "S.pgref", report=events.append)
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == len(sample) == events[-1].total


def test_a_set_that_is_there_is_replaced_only_where_that_was_agreed(tmp_path):
    sample = plan_sample(study(tmp_path, row("A", tissue="T")), SMALL)
    write_sample(sample, tmp_path / "S.pgref")
    with pytest.raises(ReferenceSetError, match="it stays"):
        write_sample(sample, tmp_path / "S.pgref", replacing=None)
    assert len(load_reference(tmp_path / "S.pgref")) == len(sample)
