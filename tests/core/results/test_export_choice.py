import pytest

from pathgui.core.pictures.layer_export import ExportError
from pathgui.core.results.export_choice import SUFFIXES, RunExport


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (RunExport("csv"), "a b.csv"),
        (RunExport("parquet", tiles=True), "a b-tiles.parquet"),
        (RunExport("csv", "uni@cls"), "a b-uni@cls.csv"),
        (RunExport("ome-tiff", "uni", "distance"), "a b-uni-distance.ome.tif"),
        (RunExport("geojson", layer="regions"), "a b-regions.geojson"),
        (RunExport("png", "uni"), "a b-uni-tissue.png"),
        (RunExport("png", layer="center", size_px=(640, 480)), "a b-center-view.png"),
        (RunExport("h5ad"), "a b.h5ad"),
    ],
)
def test_a_file_is_called_after_the_run_and_what_it_holds(wanted, name):
    assert wanted.file_name("a b.pgrun") == name


@pytest.mark.parametrize("form", list(SUFFIXES))
def test_the_name_that_is_proposed_has_the_suffix_that_is_asked_for(form, tmp_path):
    wanted = RunExport(form)
    wanted.require_suffix(tmp_path / wanted.file_name("a.pgrun"))
    with pytest.raises(ExportError, match=r"a\.xlsx does not"):
        wanted.require_suffix(tmp_path / "a.xlsx")


def test_what_cannot_be_is_refused_with_what_there_is():
    with pytest.raises(ExportError, match="tissue, center"):
        RunExport("geojson", layer="cells")
    with pytest.raises(ExportError, match="Use geojson"):
        RunExport("ome-tiff", layer="regions")
