"""A reference set is built from a manifest."""

from __future__ import annotations

import csv
from types import SimpleNamespace

from pathgui.core.reference.build import build_reference
from pathgui.core.reference.leakage import (
    own_tiles,
)
from tests.material import make_reference


def slide(name, content="", **properties):
    from pathlib import Path

    return SimpleNamespace(path=Path(name), content_id=content, properties=properties)


def left_out(reference, of):
    return {each.slide: each.reason for each in own_tiles(reference, of).left_out}


def test_content_ids_of_slides_are_taken_from_the_manifest(tmp_path):
    make_reference(tmp_path)
    manifest = tmp_path / "manifest.csv"
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["slide_content_id"] = "ab" * 32 if row["slide_id"] == "Lakeside-1" else ""
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    reference = build_reference(manifest, tmp_path / "ids.pgref").reference
    assert left_out(reference, slide("renamed.svs", "ab" * 32)) == {"Lakeside-1": "content"}
