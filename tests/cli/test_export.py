"""``pathgui export``: what is written, and what is said where nothing can be."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import h5py
import pyarrow.parquet as pq
import pytest
import tifffile
from PIL import Image

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.runs.run_files import RUN_FILE, save_evaluation
from tests.core.slide_factory import tissue_picture, write_slide
from tests.material import make_reference
from tests.run_factory import make_evaluation


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A run of one encoder, in the folder where the program is called."""
    monkeypatch.chdir(tmp_path)
    save_evaluation(make_evaluation(1), tmp_path / "case 7.pgrun")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("csv",), "case 7.csv"),
        (("parquet", "--tiles"), "case 7-tiles.parquet"),
        (("geojson", "--layer", "center"), "case 7-center.geojson"),
        (("ome-tiff",), "case 7-tissue.ome.tif"),
        (("h5ad",), "case 7.h5ad"),
    ],
)
def test_a_file_is_named_after_the_run_and_told_on_stdout(here, capsys, words, name):
    assert run(["export", "case 7.pgrun", "--format", *words]) == EXIT_DONE
    assert capsys.readouterr().out.strip() == name
    assert (here / name).stat().st_size


def test_inside_the_run_the_file_is_named_after_it_too(here, monkeypatch, capsys):
    monkeypatch.chdir(here / "case 7.pgrun")
    assert run(["export", ".", "--format", "csv"]) == EXIT_DONE
    assert capsys.readouterr().out.strip() == "case 7.csv"


def test_what_is_written_is_what_the_format_promises(here):
    for form in ("csv", "parquet", "geojson", "ome-tiff", "h5ad"):
        assert run(["export", "case 7.pgrun", "--format", form]) == EXIT_DONE
    assert (here / "case 7.csv").read_text(encoding="utf-8").startswith("encoder,name,value,text\n")
    assert pq.read_table(here / "case 7.parquet").column_names == (
        ["encoder", "name", "value", "text"]
    )
    assert json.loads((here / "case 7-tissue.geojson").read_text())["type"] == "FeatureCollection"
    with tifffile.TiffFile(here / "case 7-tissue.ome.tif") as tif:
        assert tif.is_ome
    with h5py.File(here / "case 7.h5ad") as file:
        assert file.attrs["encoding-type"] == "anndata"


def test_a_file_that_is_there_is_replaced_only_when_asked(here, capsys):
    words = ["export", "case 7.pgrun", "--format", "csv", "--out", "t.csv"]
    (here / "t.csv").write_text("mine")
    assert run(words) == EXIT_INPUT
    assert "t.csv exists. Choose another name, or replace it with --overwrite." in (
        " ".join(capsys.readouterr().err.split())
    )
    assert (here / "t.csv").read_text() == "mine"
    assert run([*words, "--overwrite"]) == EXIT_DONE
    assert (here / "t.csv").read_text(encoding="utf-8").startswith("encoder")


def test_the_files_of_the_run_itself_are_never_replaced(here, capsys):
    tiles = here / "case 7.pgrun" / "tiles.parquet"
    before = tiles.read_bytes()
    words = ["export", "case 7.pgrun", "--format", "parquet", "--out", str(tiles), "--overwrite"]
    assert run(words) == EXIT_INPUT
    assert "is a file of case 7.pgrun itself" in " ".join(capsys.readouterr().err.split())
    assert tiles.read_bytes() == before


def test_what_is_no_run_is_damaged_or_has_no_slide_is_said(here, capsys):
    def told(*words):
        assert run(["export", *words]) == EXIT_INPUT
        return " ".join(capsys.readouterr().err.split())

    assert "nowhere.pgrun does not exist" in told("nowhere.pgrun", "--format", "csv")
    save_evaluation(make_evaluation(1, slide=False), here / "set.pgrun")
    assert "reference set alone" in told("set.pgrun", "--format", "h5ad")
    assert "leave out --slide" in told("set.pgrun", "--format", "csv", "--slide", "a.svs")
    (here / "case 7.pgrun" / "tiles.parquet").write_bytes(b"PAR1")
    assert "cannot be read" in told("case 7.pgrun", "--format", "geojson")
    (here / "case 7.pgrun" / RUN_FILE).write_bytes(b"{")
    assert "is not JSON" in told("case 7.pgrun", "--format", "csv")
    assert not list(here.glob("*.geojson"))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("csv", "--layer", "tissue"), "geojson and ome-tiff"),
        (("h5ad", "--tiles"), "csv and parquet"),
        (("geojson", "--layer", "cells"), "There is no layer cells"),
        (("csv", "--out", "t.xlsx"), "t.xlsx does not"),
        (("csv", "--size", "640x480"), "only png takes it"),
        (("png",), "a png shows the slide; name it"),
        (("png", "--slide", "a.svs", "--view", "1, 2"), "it needs --size"),
        (("png", "--slide", "a.svs", "--size", "640"), "WIDTHxHEIGHT expected"),
        (("png", "--slide", "a.svs", "--size", "9x99999"), "WIDTHxHEIGHT expected"),
        (("png", "--slide", "none.svs"), "none.svs"),
        (("csv", "--encoder", "uni2-h"), "no encoder uni2-h. It has color-statistics"),
        (("csv", "--out", "folder.csv"), "is a folder"),
        (("csv", "--out", "file/t.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(here, capsys, words, why):
    (here / "folder.csv").mkdir()
    (here / "file").write_text("in the way")
    before = sorted(here.rglob("*"))
    assert run(["export", "case 7.pgrun", "--format", *words]) == EXIT_INPUT
    assert why in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("form", ["csv", "geojson", "ome-tiff", "h5ad"])
def test_a_full_disk_is_said_and_leaves_nothing_half_written(here, capsys, monkeypatch, form):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert run(["export", "case 7.pgrun", "--format", form, "--out", f"t{SUFFIX[form]}"]) == (
        EXIT_INPUT
    )
    assert "No space left on device" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in here.iterdir()] == ["case 7.pgrun"]


SUFFIX = {"csv": ".csv", "geojson": ".geojson", "ome-tiff": ".ome.tif", "h5ad": ".h5ad"}


def test_the_embeddings_of_the_slide_come_with_it_and_another_slide_is_refused(
    slide_path, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    reference = make_reference(tmp_path / "set").folder
    words = ["evaluate", str(slide_path), "--reference", str(reference), "--sweep", "none"]
    words += ["--encoder", "color-statistics", "--device", "cpu", "--out", "a.pgrun"]
    assert run(words) == EXIT_DONE
    words = ["export", "a.pgrun", "--format", "h5ad", "--device", "cpu"]
    assert run([*words, "--slide", str(slide_path)]) == EXIT_DONE
    with h5py.File("a.h5ad") as file:
        n = json.loads((tmp_path / "a.pgrun" / RUN_FILE).read_text())["slide"]["tiles_used"]
        assert file["X"].shape[0] == n
        assert "X_tsne_color-statistics" in file["obsm"]
    other = tmp_path / "other.tif"
    write_slide(other, tissue_picture(1024, 1024)[0])
    capsys.readouterr()
    assert run([*words, "--overwrite", "--slide", str(other)]) == EXIT_INPUT
    assert "is not the one of this run" in " ".join(capsys.readouterr().err.split())


def test_a_picture_is_drawn_without_a_display(slide_path, tmp_path):
    """In a process of its own: this one may have a window already."""
    folder = tmp_path / "a.pgrun"
    reference = make_reference(tmp_path / "set").folder
    words = ["evaluate", str(slide_path), "--reference", str(reference), "--sweep", "none"]
    words += ["--encoder", "color-statistics", "--device", "cpu", "--no-maps"]
    assert run([*words, "--out", str(folder)]) == EXIT_DONE
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in gone}

    def draw(*more: str) -> subprocess.CompletedProcess[str]:
        words = ["export", str(folder), "--format", "png", "--slide", str(slide_path), *more]
        return subprocess.run(
            [sys.executable, "-m", "pathgui", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = draw("--size", "640x480", "--view", "700, 450 @ 10x")
    assert (done.returncode, done.stdout.strip()) == (EXIT_DONE, "a-tissue-view.png"), done.stderr
    with Image.open(tmp_path / "a-tissue-view.png") as picture:
        assert picture.size == (640, 480)
        assert len(picture.getcolors(1 << 20)) > 100
    done = draw("--size", "640x480", "--view", "in the middle", "--overwrite")
    assert done.returncode == EXIT_INPUT
    assert "There is no place 'in the middle'" in " ".join(done.stderr.split())
    done = draw("--layer", "agreement")
    assert done.returncode == EXIT_INPUT
    assert "has no layer agreement" in " ".join(done.stderr.split())
