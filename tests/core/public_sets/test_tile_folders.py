"""What levels of folders mean is proposed, and taken only by the user's word."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layout import Wishes
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.public_sets.tile_folders import NotAccepted
from tests.published import write_pictures

YES = Wishes(accepted=True)
NAMES = {
    "class/center/name": "{tissue}/{center}/{slide}_{tile:04d}.png",
    "center/class/name": "{center}/{tissue}/{slide}-{tile}.png",
    "center/slide/class": "{center}/{slide}/{tissue}/{tile}.png",
    "class/center/slide": "data/{tissue}/{center}/{slide}/{tile}.png",
}


def names_of(form):
    return [
        form.format(tissue=tissue, center=center, slide=f"S{center[-1]}{slide}", tile=tile)
        for center in ("hospital A", "hospital B")
        for slide in range(3)
        for tissue in ("tumor", "normal")
        for tile in range(2)
    ]


def imported(tmp_path, wishes):
    found, where = read_tiles([tmp_path / "tiles"], wishes=wishes)
    return import_tiles(found, where, tmp_path / "made.pgref")


@pytest.mark.parametrize("form", list(NAMES.values()), ids=list(NAMES))
def test_usual_trees_are_proposed_right_and_taken_with_yes(tmp_path, form):
    write_pictures(tmp_path / "tiles", names_of(form))
    with pytest.raises(NotAccepted, match="Take it so with --yes"):
        imported(tmp_path, Wishes())
    reference = imported(tmp_path, YES).reference
    assert reference.centers == ["hospital A", "hospital B"]
    assert reference.tissues == ["normal", "tumor"]
    assert len(set(reference.labels.slide)) == 6
    assert len(reference) == 24


def test_the_word_of_the_user_comes_first(tmp_path):
    write_pictures(tmp_path / "tiles", [f"{a}/{b}/x{i}_{i}.png" for a in ("p", "q")
                                        for b in ("r", "s") for i in range(3)])  # fmt: skip
    with pytest.raises(NotAccepted, match="Nothing says the tissue and the center") as caught:
        imported(tmp_path, YES)
    assert "folder 1: 2 names (p, q)." in caught.value.lines
    chosen = {"center": "folder 2", "tissue": "Folder 1", "slide_id": "file"}
    made = imported(tmp_path, Wishes(columns=chosen))
    assert made.reference.centers == ["r", "s"]
    assert made.reference.tissues == ["p", "q"]
    assert len(set(made.reference.labels.slide)) == 12
    assert "every number is too good" in made.reference.info.description
    with pytest.raises(ReferenceSetError, match="no source folder 7"):
        imported(tmp_path, Wishes(columns={"center": "folder 7"}))
    with pytest.raises(ReferenceSetError, match="not hospital"):
        imported(tmp_path, Wishes(columns={"hospital": "folder 1"}))


def test_barcodes_tell_slides_and_patients(tmp_path):
    names = [
        f"tumor/{site}/TCGA-AA-000{i}-01Z/{t}.png"
        for i, site in enumerate(("north lab", "south lab"))
        for t in range(2)
    ]
    names += [name.replace("tumor", "stroma") for name in names]
    write_pictures(tmp_path / "tiles", names)
    reference = imported(tmp_path, YES).reference
    assert set(reference.labels.patient) == {"TCGA-AA-0000", "TCGA-AA-0001"}


def test_pictures_at_another_depth_are_refused(tmp_path):
    names = [*names_of(NAMES["class/center/slide"]), "data/readme picture.png"]
    write_pictures(tmp_path / "tiles", names)
    made = imported(tmp_path, YES)
    assert [each.reason for each in made.refused] == [
        "readme picture.png lies 0 folders deep, others 3"
    ]
    assert len(made.reference) == 24
