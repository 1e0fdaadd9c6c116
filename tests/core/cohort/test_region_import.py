"""Files of regions find their slides; one that is broken is said, and the others are taken."""

from __future__ import annotations

import zipfile

import pytest

from pathgui.core.cohort.labeled_regions import load_regions
from pathgui.core.cohort.region_import import RegionChoice, import_regions
from pathgui.core.cohort.slide_facts import SlideFacts
from pathgui.core.errors import CohortError, RegionError
from tests.core.cohort.making import feature, geojson, opened, slide


@pytest.fixture
def cohort(tmp_path):
    with opened(tmp_path / "C.pgcohort", {"slide_id": "A"}, {"slide_id": "B"}) as found:
        yield found


def kinds(cohort, slide_id: str) -> list[str]:
    return [area.kind for area in load_regions(cohort.folder / "regions", slide_id)]


def test_one_file_can_be_of_all_slides(cohort, tmp_path):
    made = import_regions(cohort, geojson(tmp_path / "roi.geojson", feature()), ["A", "B"])
    assert (made.added, made.slides, made.notes) == (2, ("A", "B"), ())
    assert kinds(cohort, "A") == kinds(cohort, "B") == ["Tumor"]
    assert import_regions(cohort, tmp_path / "roi.geojson", ["a.svs"]).added == 0


def test_files_of_a_folder_go_to_the_slides_of_their_names(cohort, tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    geojson(folder / "a.geojson", feature("Tumor"))
    geojson(folder / "C.geojson", feature("Tumor"))
    (folder / "B.geojson").write_text("broken")
    made = import_regions(cohort, folder)
    assert made.slides == ("A",)
    assert made.notes[0] == "C.geojson is of no slide of the cohort; passed over."
    assert made.notes[1].startswith("Not taken: ")
    assert "B.geojson is not GeoJSON" in made.notes[1]


def test_what_is_chosen_is_taken(cohort, tmp_path):
    path = geojson(tmp_path / "A.geojson", feature(None), feature("Ignore*"))
    import_regions(cohort, path, choice=RegionChoice("Fat", ("Ignore*",)))
    assert kinds(cohort, "A") == ["Fat"]


def test_what_cannot_be_taken_is_one_sentence(cohort, tmp_path):
    path = geojson(tmp_path / "roi.geojson", feature())
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.geojson").write_text("x")
    for where, of, kind, text in (
        (path, (), CohortError, "not named like a slide.*--all-slides"),
        (path, ("Z",), CohortError, "no slide Z. It has: A, B"),
        (tmp_path / "empty", (), CohortError, "no GeoJSON"),
        (tmp_path / "empty", ("A",), CohortError, "not a folder"),
        (tmp_path / "broken.geojson", ("A",), RegionError, "is not GeoJSON"),
    ):
        with pytest.raises(kind, match=text):
            import_regions(cohort, where, of)
    with pytest.raises(CohortError, match="its file is needed"):
        import_regions(cohort, path, ["A"], RegionChoice(from_corner=True))


def test_files_that_qupath_packed_are_of_the_slides_that_they_are_named_like(cohort, tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    for name, kind in (("A.zip", "Fat"), ("B.geojson.zip", "Bone"), ("Z.zip", "Fat")):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.write(geojson(tmp_path / "one.geojson", feature(kind)), "export.geojson")
    (folder / "notes.txt").write_text("x")
    made = import_regions(cohort, folder)
    assert (kinds(cohort, "A"), kinds(cohort, "B")) == (["Fat"], ["Bone"])
    assert made.notes == ("Z.zip is of no slide of the cohort; passed over.",)


def test_a_cohort_that_is_read_only_takes_none(cohort, tmp_path):
    path = geojson(tmp_path / "A.geojson", feature())
    with opened(cohort.folder) as second, pytest.raises(CohortError, match="Nothing was changed"):
        import_regions(second, path)
    assert kinds(cohort, "A") == []


def test_places_that_count_from_the_slides_corner_are_moved(tmp_path, monkeypatch):
    slide(tmp_path / "A.tif")
    facts = SlideFacts(tmp_path / "A.tif", bounds_l0=(10, 20, 100, 100))
    monkeypatch.setattr("pathgui.core.cohort.region_import.facts_of", lambda path: facts)
    path = geojson(tmp_path / "roi.geojson", feature())
    with opened(tmp_path / "C.pgcohort", {"slide_id": "A", "file": "../A.tif"}) as cohort:
        import_regions(cohort, path, ["A"], RegionChoice(from_corner=True))
        (area,) = load_regions(cohort.folder / "regions", "A")
    assert area.rings[0][0] == (-10, -20)
