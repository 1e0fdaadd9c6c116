"""A slide is never judged by its own tiles, whatever they are called."""

from __future__ import annotations

import csv
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import ReferenceSetError
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import Notice
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.leakage import (
    ONLY_NAMES,
    equal_pixels,
    own_tiles,
    slides_with_equal_pixels,
)
from pathgui.core.reference.same_slide import slide_key
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate, plan_slide
from tests.core.slide_factory import write_slide
from tests.material import make_reference

UUID = "F6E9A5DF-D8FB-45CF-B4BD-C6B76294C291"
TCGA = "TCGA-3C-AALI-01Z-00-DX1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Slide 7.svs", "slide 7"),
        (f"slide7.{UUID}.svs", "SLIDE7"),
        (f"{TCGA}.{UUID}.svs", TCGA),
        (f"{TCGA}.{UUID}", f"{TCGA.lower()}.tif"),
        ("a.ome.tiff", "A"),
        ("S23.001.svs", "s23.001"),
        ("1.2.840.10008.5", "1.2.840.10008.5.dcm"),
        ("Ko\u0308ln 3", "Köln 3.ndpi"),
        (" a ", "a"),
    ],
)
def test_spellings_of_one_slide_are_one(one, other):
    assert slide_key(one) == slide_key(other)


def slide(name, content="", **properties):
    from pathlib import Path

    return SimpleNamespace(path=Path(name), content_id=content, properties=properties)


def labeled(slides, patients=None, contents=()):
    """A reference set of one tile for each slide named."""
    n = len(slides)
    patient = None if patients is None else np.array(patients)
    labels = TileLabels(np.array(["t"] * n), np.array(["c"] * n), np.array(slides), patient)
    return SimpleNamespace(labels=labels, slide_contents=tuple(contents))


def left_out(reference, of):
    return {each.slide: each.reason for each in own_tiles(reference, of).left_out}


def test_a_file_of_the_gdc_is_not_judged_by_its_own_tiles_nor_by_its_patients():
    reference = labeled([TCGA, "TCGA-3C-AALI-01A-02-TS2", "TCGA-3C-AALJ-01Z-00-DX1", TCGA])
    found = own_tiles(reference, slide(f"/data/{TCGA}.{UUID}.svs"))
    assert found.rows.tolist() == [True, True, False, True]
    assert left_out(reference, slide(f"{TCGA}.{UUID}.svs")) == {
        TCGA: "name",
        "TCGA-3C-AALI-01A-02-TS2": "patient",
    }
    assert f"{TCGA} (2 tiles: same name)" in found.sentence
    assert "TS2 (1 tile: same patient)" in found.sentence


def test_the_patient_of_the_slides_tiles_is_found_however_it_is_spelled():
    reference = labeled(["A", "B", "C", "D"], ["p1", "P1 ", "p2", ""])
    assert left_out(reference, slide("a.svs")) == {"A": "name", "B": "patient"}
    assert left_out(reference, slide("d.svs")) == {"D": "name"}  # no patient is not one patient


def test_a_renamed_file_is_known_by_its_content():
    reference = labeled(["A", "B"], contents=["abc", ""])
    assert left_out(reference, slide("renamed.svs", "abc")) == {"A": "content"}
    assert not own_tiles(reference, slide("renamed.svs", "other")).rows.any()


def test_a_dicom_slide_is_known_by_what_its_header_says():
    reference = labeled(["1.2.3", "S19-1", "1.2", "X"], ["", "", "", "Pat7"])
    of = slide(
        "/export/0001.dcm",
        **{
            "dicom.SeriesInstanceUID": "1.2.3",
            "dicom.ContainerIdentifier": "S19-1",
            "dicom.PatientID": "PAT7",
        },
    )
    assert left_out(reference, of) == {"1.2.3": "name", "S19-1": "name", "X": "patient"}


def test_spellings_of_one_slide_are_one_group_within_a_set_too():
    groups = labeled(["S1.svs", "s1", "S2", "S2.001"]).labels.groups
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 3
    groups = labeled(["1", "2", "3"], ["TCGA-3C-AALI-01Z", "tcga-3c-aali", " "]).labels.groups
    assert groups[0] == groups[1] != groups[2]


# ---- equal pixels


def tissue(seed, px=256):
    """A picture with structure at all scales, unlike any of another seed."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(60, 240, (16, 16, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((px, px), Image.Resampling.BICUBIC), np.float64)
    return (smooth + rng.normal(0, 12, (px, px, 3))).clip(0, 255).astype(np.uint8)


def test_pictures_are_equal_but_for_resizing_and_compression(tmp_path):
    picture = Image.fromarray(tissue(0))
    picture.save(tmp_path / "a.jpg", quality=70)
    small = np.asarray(picture.resize((128, 128), Image.Resampling.BICUBIC))
    for other in (np.asarray(Image.open(tmp_path / "a.jpg")), small):
        assert equal_pixels(np.asarray(picture), other)
    assert not equal_pixels(np.asarray(picture), tissue(1))
    assert not equal_pixels(np.asarray(picture), np.roll(tissue(0), 64, axis=1))


def test_blank_pictures_are_never_equal():
    glass = np.full((64, 64, 3), 243, np.uint8)
    assert not equal_pixels(glass, glass)
    noisy = (glass + np.random.default_rng(0).normal(0, 4, glass.shape)).clip(0, 255)
    assert not equal_pixels(noisy.astype(np.uint8), noisy.astype(np.uint8))


def test_only_the_nearest_pairs_are_looked_at_and_each_slide_once():
    class Read:
        def __init__(self):
            self.seen = []

        def read(self, index, min_px):
            self.seen.append(index)
            return tissue(index % 3)

    own, other = Read(), Read()
    pairs = [(3, 0), (4, 1), (6, 0), *[(5, 4)] * 100]
    names = np.array(["A", "B", "C", "D", "E"])
    assert slides_with_equal_pixels(pairs, own, other, names) == ["A", "B"]
    assert own.seen[:2] == [3, 4]
    assert len(own.seen) == 31  # of 32; (6, 0) is of a slide that is found already


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """A slide of which every tile is tissue, and a set with its tiles under another name."""
    folder = tmp_path_factory.mktemp("leak")
    edge = 224
    tiles = {(x, y): tissue(100 + x + 4 * y, edge) for x in range(4) for y in range(3)}
    level_0 = np.concatenate(
        [np.concatenate([tiles[x, y] for x in range(4)], axis=1) for y in range(3)]
    )
    path = write_slide(folder / "patient 7.tif", level_0)
    reference = make_reference(folder / "made", tiles=2)
    manifest = folder / "made" / "manifest.csv"
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows = [row | {"mpp": "1.75"} for row in rows]  # 64 px show 112 µm
    for number, picture in enumerate(list(tiles.values())[:6]):
        Image.fromarray(picture).save(folder / "made" / f"own-{number}.png")
        rows.append(
            rows[0]
            | {"path": f"own-{number}.png", "slide_id": "other name", "patient_id": "Q"}
            | {"mpp": "0.5", "tissue": ["stroma", "tumor"][number % 2]}
        )
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    shutil.rmtree(reference.folder)
    return path, build_reference(manifest, reference.folder).reference


def test_tiles_with_the_slides_pixels_under_another_name_are_found_and_left_out(material, tmp_path):
    path, reference = material
    told = []
    with open_slide(path) as opened:
        request = ask(
            reference,
            ("color-statistics", "efficientnet-lite0"),
            opened,
            maps=False,
            keep_names=True,
        )
        run = evaluate(request, store=EmbeddingStore(tmp_path), report=told.append).run
    (found,) = run.slide.left_out
    assert (found.slide, found.tiles, found.reason) == ("other name", 6, "pixels")
    assert any("other name (6 tiles: same pixels)" in e.text for e in told if isinstance(e, Notice))
    for result in run.encoders:
        assert result.slide.n_tiles == 12


def test_color_statistics_never_suggest(material, tmp_path):
    path, reference = material
    with open_slide(path) as opened:
        request = ask(reference, ("color-statistics",), opened, maps=False)
        run = evaluate(request, store=EmbeddingStore(tmp_path)).run
    assert run.slide.left_out == []
    assert ONLY_NAMES in [event.text for event in run.events]


def test_where_all_slides_of_the_set_are_the_slide_itself_nothing_is_judged(material):
    path, reference = material
    with open_slide(path) as opened:
        request = ask(reference, ("efficientnet-lite0",), opened)
        plan = plan_slide(request, MatchedImports([]), lambda event: None)
        assert plan.without(["other name"], reference).admissible.sum() == len(reference) - 6
        with pytest.raises(ReferenceSetError, match="nothing is left to compare with"):
            plan.without(np.unique(reference.labels.slide).tolist(), reference)
