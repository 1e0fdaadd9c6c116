"""What a cohort holds: slides of each tissue at each center, by the columns in their roles."""

from __future__ import annotations

from pathgui.core.cohort.labeled_regions import add_regions
from pathgui.core.cohort.opened import with_role
from pathgui.core.cohort.overview import overview_of
from pathgui.core.slides.region_files import Area
from tests.core.cohort.making import SQUARE, opened, slide


def test_regions_tell_tissues_and_without_them_the_table_does(tmp_path):
    slide(tmp_path / "A.tif")
    rows = [
        {"slide_id": "A", "file": "../A.tif", "center": "North", "patient_id": "P1", "tissue": "x"},
        {"slide_id": "B", "center": "South", "patient_id": "p1", "tissue": "Tumor", "scanner": "S"},
        {"slide_id": "C"},
    ]
    with opened(tmp_path / "C.pgcohort", *rows) as found:
        areas = [Area((SQUARE,), kind) for kind in ("Tumor", "Stroma", "Ignore*")]
        add_regions(found.folder / "regions", "A", areas)
        (found.folder / "regions" / "C.geojson").write_text("broken")
        seen = overview_of(found)
        found.save(with_role(found.cohort, "center", "scanner"))
        by_scanner = overview_of(found)
    assert (seen.name, seen.found, seen.patients) == ("C", 1, 1)
    assert (seen.centers, seen.tissues) == (("North", "South"), ("Stroma", "Tumor"))
    assert seen.table == {"Stroma × North": 1, "Tumor × North": 1, "Tumor × South": 1}
    assert [each.regions for each in seen.slides] == [3, 0, 0]
    assert by_scanner.centers == ("S",)
