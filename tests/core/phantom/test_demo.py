"""The demo material as files: whole or not there at all, and readable by everybody else."""

import csv
import shutil
from pathlib import Path

import numpy as np
import openslide
import pytest
from PIL import Image

from pathgui.core.errors import PathguiError
from pathgui.core.phantom.demo import Demo, make_demo
from pathgui.core.phantom.optics import CENTER_NAMES
from pathgui.core.phantom.slide import SlideTruth
from pathgui.core.phantom.tissues import TISSUES
from pathgui.core.progress import Cancelled, Event, Progress

SMALL = {"n_slides": 1, "n_tiles": 1, "slide_size_px": (800, 672)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo(tmp_path_factory.mktemp("demo") / "phantom", center_effect=0.4, **SMALL)


def test_the_manifest_names_every_tile_with_its_tissue_center_slide_and_scale(demo):
    with demo.manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == len(CENTER_NAMES) * len(TISSUES)
    assert {(r["center"], r["tissue"]) for r in rows} == {
        (center, tissue) for center in CENTER_NAMES for tissue in TISSUES
    }
    assert {r["mpp"] for r in rows} == {"0.5"}
    for row in rows:
        with Image.open(demo.manifest.parent / row["path"]) as image:
            assert (image.format, image.size) == ("JPEG", (224, 224))


def test_openslide_opens_the_slide_with_its_levels_and_scale(demo):
    with openslide.OpenSlide(demo.slide) as slide:
        assert slide.dimensions == (800, 672)
        assert slide.level_count == 5
        np.testing.assert_allclose(slide.level_downsamples, [1, 2, 4, 8, 16], rtol=0.01)
        assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(0.5)
        assert float(slide.properties["openslide.mpp-y"]) == pytest.approx(0.5)


def test_every_level_shows_the_same_picture(demo):
    with openslide.OpenSlide(demo.slide) as slide:
        fine = slide.read_region((0, 0), 0, slide.dimensions).convert("RGB")
        for level in range(1, slide.level_count):
            size = slide.level_dimensions[level]
            seen = slide.read_region((0, 0), level, size).convert("RGB")
            expected = np.asarray(fine.resize(size, Image.Resampling.BOX), float)
            # What JPEG may change; a picture shifted by one pixel differs by more.
            assert np.abs(np.asarray(seen, float) - expected).mean() < 0.15 * expected.std()


def test_the_truth_says_where_glass_is(demo):
    truth = SlideTruth.load(demo.truth)
    assert truth.center == demo.center == CENTER_NAMES[0]
    assert truth.tissues == TISSUES
    assert set(np.unique(truth.labels)) == {-1, *range(len(TISSUES))}
    with openslide.OpenSlide(demo.slide) as slide:
        picture = slide.read_region((0, 0), 3, slide.level_dimensions[3]).convert("RGB")
    light = np.asarray(picture.convert("L"), float)
    labels = truth.labels[: light.shape[0], : light.shape[1]]
    dense = np.isin(labels, [TISSUES.index(t) for t in TISSUES if t != "adipose tissue"])
    assert light[labels == -1].mean() > 225
    assert light[dense].mean() < 180


def test_complete_material_is_used_again_and_other_material_replaced(demo, tmp_path):
    folder = tmp_path / "phantom"
    shutil.copytree(demo.folder, folder)
    before = (folder / "demo.json").stat().st_mtime_ns
    again = make_demo(folder, center_effect=0.4, **SMALL)
    assert (folder / "demo.json").stat().st_mtime_ns == before
    assert again.version == demo.version

    other = make_demo(folder, center_effect=0.0, **SMALL)
    assert other.version != demo.version
    assert (folder / "demo.json").stat().st_mtime_ns != before
    assert [p.name for p in tmp_path.iterdir()] == ["phantom"]


def test_material_with_a_file_cut_short_is_made_again(demo, tmp_path):
    folder = tmp_path / "phantom"
    shutil.copytree(demo.folder, folder)
    whole = demo.slide.read_bytes()
    (folder / demo.slide.name).write_bytes(whole[: len(whole) // 2])

    mended = make_demo(folder, center_effect=0.4, **SMALL)

    with openslide.OpenSlide(mended.slide) as slide:
        assert slide.dimensions == (800, 672)


@pytest.mark.parametrize(
    "stage",
    [
        "Drawing the demo reference set",
        "Drawing the demo slide",
        "Scanning the demo slide",
        "Writing the demo slide",
    ],
)
def test_cancelling_leaves_nothing_behind(tmp_path, stage):
    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_demo(tmp_path / "phantom", report=stop, **SMALL)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    folder = tmp_path / "phantom"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(PathguiError, match=r"phantom holds something other.*Choose an empty"):
        make_demo(folder, **SMALL)

    assert [p.name for p in folder.iterdir()] == ["thesis.txt"]


def test_the_same_seed_makes_the_same_files(demo, tmp_path):
    twin = make_demo(tmp_path / "phantom", center_effect=0.4, **SMALL)

    def contents(folder: Path) -> dict[str, bytes]:
        return {
            str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()
        }

    ours, theirs = contents(twin.folder), contents(demo.folder)
    assert ours.keys() == theirs.keys()
    for name in ours:
        if not name.endswith(".npz"):  # a zip file holds the time
            assert ours[name] == theirs[name], name
