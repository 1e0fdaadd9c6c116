"""Published tiles become a set as a stream: one picture at a time, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Cancelled, Notice, Progress
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layout import About, FoundTiles
from pathgui.core.public_sets.tile_choice import TileChoice
from pathgui.core.reference.manifest import Row, TooManyRefused
from pathgui.core.reference.set_writing import Described
from tests.published import picture


def found_tiles(n=12, pictures=None):
    rows = [
        Row(i + 1, {"tile": str(i), "slide_id": f"s{i % 4}", "center": "AB"[i % 2],
                    "tissue": "tn"[i // 2 % 2], "stain": "H"}, Path("f"), mpp=0.5)
        for i in range(n)
    ]  # fmt: skip

    def stream(wanted):
        for row in rows:
            if row.number in wanted:
                yield row, (pictures or {}).get(row.number) or picture(row.number)

    return FoundTiles(
        rows, stream, ["Read so."], ("stain",), about=About("X", "CC-BY-4.0", "Us, 2026")
    )


def test_the_set_keeps_license_citation_and_further_columns(tmp_path):
    said = []
    made = import_tiles(found_tiles(), Path("here"), tmp_path / "Ü b.pgref", report=said.append)
    info = made.reference.info
    assert (info.name, info.licence, info.citation) == ("Ü b", "CC-BY-4.0", "Us, 2026")
    assert info.description == "Read so."
    assert info.edge_um == 4.0
    assert said[0] == Notice("Read so.")
    steps = [each for each in said if isinstance(each, Progress)]
    assert (steps[-1].done, steps[-1].total) == (12, 12)
    own = import_tiles(
        found_tiles(), Path("h"), tmp_path / "n.pgref", described=Described("N", "2", "D")
    )
    assert (own.reference.info.name, own.reference.info.version) == ("N", "2")
    assert own.reference.info.description == "D"


def test_tiles_of_another_field_of_view_are_refused_and_leave_no_file(tmp_path):
    made = import_tiles(
        found_tiles(40, {7: picture(7, side=16)}), Path("here"), tmp_path / "a.pgref"
    )
    assert [(each.row, each.reason) for each in made.refused] == [
        (7, "shows 8 µm a side, while most tiles show 4 µm")
    ]
    assert len(list((made.reference.folder / "images").iterdir())) == len(made.reference) == 39


def test_what_is_lost_of_a_sample_is_judged_by_the_sample(tmp_path):
    broken = dict.fromkeys(range(1, 41, 4), b"broken")
    with pytest.raises(TooManyRefused, match="cannot be used"):
        import_tiles(found_tiles(40, broken), Path("here"), tmp_path / "a.pgref")
    made = import_tiles(
        found_tiles(40, broken),
        Path("here"),
        tmp_path / "a.pgref",
        choice=TileChoice(most=8),
        allow_missing=True,
    )
    assert len(made.reference) + len(made.refused) == 8


def test_cancelling_leaves_nothing(tmp_path):
    def stop(event):
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        import_tiles(found_tiles(), Path("here"), tmp_path / "a.pgref", report=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_ends_early_is_no_silent_loss(tmp_path):
    found = found_tiles()
    whole = found.pictures
    found.pictures = lambda wanted: (each for each in list(whole(wanted))[:11])
    made = import_tiles(found, Path("here"), tmp_path / "a.pgref")
    assert [each.reason for each in made.refused] == ["the picture of 11 is missing"]


def test_nothing_found_is_said(tmp_path):
    with pytest.raises(ReferenceSetError):
        import_tiles(found_tiles(0), Path("here"), tmp_path / "a.pgref")
