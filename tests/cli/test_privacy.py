"""What leaves the desk holds no name of a patient and no folder of this computer."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.reference.pseudonyms import Pseudonyms, load_key
from pathgui.core.reference.reference_set import ReferenceTiles, load_reference
from pathgui.core.runs.kept_runs import pack_run
from pathgui.core.runs.run_files import load_evaluation
from pathgui.folders import config_dir
from tests.looking import files_with, texts
from tests.material import make_reference

NUMBER = "H-2019-0047113"  # of the patient whose slide is evaluated
OTHERS = [f"Doe_Jane_19{year}0203" for year in range(50, 56)]


@pytest.fixture
def desk(tmp_path, slide_path):
    """A folder named for a patient: a slide, and a reference set from a manifest of full paths."""
    folder = tmp_path / "Smith Anna 19610203"
    folder.mkdir()
    slide = shutil.copy(slide_path, folder / f"{NUMBER}.tif")
    centers = [f"{center}-{n}" for center in ("Lakeside", "Northfield") for n in range(3)]
    names = dict(zip(centers, OTHERS, strict=True))
    make_reference(folder / "made", slide_names=names)
    with (folder / "made" / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["path"] = str(folder / "made" / row["path"])
    with (folder / "full.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    reference = folder / "colors.pgref"
    assert run(["reference", "build", str(folder / "full.csv"), "--out", str(reference)]) == 0
    return folder, Path(slide), reference


def evaluate(desk, out, *more):
    _, slide, reference = desk
    words = ["evaluate", str(slide), "--reference", str(reference), "--out", str(out)]
    words += ["--encoder", "color-statistics", "--encoder", "uni", "--device", "cpu"]
    return run([*words, "--sweep", "none", *more])


def secrets_of(desk):
    folder = desk[0]
    return [str(Path.home()), str(folder), folder.name, NUMBER, *OTHERS, "patient of"]


def test_no_file_that_a_run_leads_to_holds_a_name_or_a_folder(desk, tmp_path):
    place = tmp_path / "given away"
    out = place / "a.pgrun"
    assert evaluate(desk, out, "--embeddings", str(place / "features")) == EXIT_DONE
    assert run(["report", str(out)]) == EXIT_DONE
    assert run(["report", str(out), "--out", str(place / "page.html")]) == EXIT_DONE
    assert run(["report", str(out), "--out", str(place / "named.pdf"), "--file-names"]) == EXIT_DONE
    pack_run(out, place / "a.zip")
    words = ["export", str(out), "--encoder", "color-statistics"]
    for form, name in (
        ("csv", "n.csv"), ("geojson", "t.geojson"), ("ome-tiff", "t.ome.tif"), ("h5ad", "t.h5ad"),
    ):  # fmt: skip
        assert run([*words, "--format", form, "--out", str(place / name)]) == EXIT_DONE
    kinds = {path.suffix for path in place.rglob("*")}
    assert {".json", ".parquet", ".png", ".pdf", ".html", ".zip", ".h5"} <= kinds
    assert files_with(place, *secrets_of(desk)) == set()


def test_pseudonyms_are_the_same_in_every_run_and_the_run_opens(desk, tmp_path):
    for name in ("a.pgrun", "b.pgrun"):
        assert evaluate(desk, tmp_path / name, "--no-maps") == EXIT_DONE
    one, two = (load_evaluation(tmp_path / name) for name in ("a.pgrun", "b.pgrun"))
    assert one.known.slides == two.known.slides
    assert len(set(one.known.slides)) == len(OTHERS)
    assert all(name.startswith("slide-") for name in one.known.slides)
    assert len(set(one.known.names)) == len(one.known)
    assert one.run.slide.file_name == f"{one.run.slide.pseudonym}.tif"
    assert one.run.settings.keep_names is False
    assert load_reference(desk[2]).labels.slide[0] in OTHERS  # the set keeps its own


def test_a_reference_set_is_packed_without_names_and_still_tells_slides_apart(desk, tmp_path):
    place = tmp_path / "given away"
    place.mkdir()
    words = ["reference", "pack", str(desk[2]), "--out"]
    assert run([*words, str(place / "a.zip"), "--pseudonymous"]) == EXIT_DONE
    assert files_with(place, *secrets_of(desk)) == set()
    with zipfile.ZipFile(place / "a.zip") as archive:
        archive.extractall(place)
    packed, own = load_reference(place / desk[2].name), load_reference(desk[2])
    assert packed.tissues == own.tissues
    assert (packed.table() == own.table()).all()
    assert len(set(packed.labels.slide)) == len(set(packed.labels.patient)) == len(OTHERS)
    tiles = [each(3, 16) for each in (ReferenceTiles(packed).read, ReferenceTiles(own).read)]
    assert (tiles[0] == tiles[1]).all()
    assert run([*words, str(tmp_path / "named.zip")]) == EXIT_DONE
    assert files_with(tmp_path / "named.zip", OTHERS[0])
    assert run([*words, str(tmp_path / "named.zip")]) == EXIT_INPUT


def test_on_the_desk_the_slide_s_own_name_is_known(desk, tmp_path, capsys):
    assert evaluate(desk, tmp_path / "a.pgrun", "--no-maps") == EXIT_DONE
    capsys.readouterr()
    assert run(["runs", str(tmp_path)]) == EXIT_DONE
    assert NUMBER[:6] in "".join(capsys.readouterr().out.split())
    book = config_dir() / "slide-names.json"
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    os.utime(desk[1], (1, 1))
    assert run(["runs", str(tmp_path), "--slides", str(desk[0])]) == EXIT_DONE
    assert "written again" in capsys.readouterr().out


def test_names_are_kept_on_request_but_no_folder(desk, tmp_path):
    out = tmp_path / "given away" / "a.pgrun"
    assert evaluate(desk, out, "--keep-names", "--no-maps") == EXIT_DONE
    kept = load_evaluation(out)
    assert kept.run.slide.file_name == f"{NUMBER}.tif"
    assert set(kept.known.slides) == set(OTHERS)
    assert f"evaluate {NUMBER}.tif" in kept.run.command
    assert "--keep-names" in kept.run.command
    folder = desk[0]
    assert files_with(out, str(Path.home()), str(folder), folder.name) == set()


def test_the_key_is_the_user_s_alone_and_only_with_it_a_pseudonym_is_found():
    path = config_dir() / "pseudonym.key"
    key = load_key(path)
    assert load_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    mine, theirs = Pseudonyms(key, "a"), Pseudonyms(b"", "a")
    assert mine.slide(NUMBER) != theirs.slide(NUMBER)
    assert mine.slide(NUMBER) != mine.patient(NUMBER)
    assert mine.slide(NUMBER) == Pseudonyms(key, "a").slide(NUMBER)


def test_a_search_finds_what_is_hidden_in_archives_tables_and_pictures(tmp_path):
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", NUMBER, zip=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=about)
    table = pa.table({"slide": [NUMBER] * 3})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    pq.write_table(
        pa.table({"x": [1]}).replace_schema_metadata({"from": NUMBER}), tmp_path / "b.parquet"
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.png", "inside.png")
    assert len(files_with(tmp_path, NUMBER)) == 4
    assert any(NUMBER in text for text in texts("a", (tmp_path / "a.zip").read_bytes()))
