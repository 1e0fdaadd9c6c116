"""Regions drawn on the slide restrict the evaluation; pictures and files leave the window."""

import dataclasses
import json
import threading
from dataclasses import replace

import h5py
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import SlideError
from pathgui.core.evaluation.tile_request import TileRequest
from pathgui.core.imported.as_encoders import import_embeddings
from pathgui.core.pictures.palette import PALETTES
from pathgui.core.runs import options
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.slides.slide import open_slide
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.settings import KEPT
from tests.asking import another
from tests.gui.conftest import SPECS, click, idle, texts
from tests.gui.viewer.test_slide_view import drag
from tests.run_factory import make_evaluation

TISSUE = ((300.0, 200.0), (1100.0, 200.0), (1100.0, 700.0), (300.0, 700.0))  # of slide_path


@pytest.fixture
def ready(qtbot, ready):
    """And the slide is shown sharp."""

    def make(**functions):
        win = ready(**functions)
        qtbot.waitUntil(lambda: win.viewer.sharp)
        return win

    return make


def draw(qtbot, win, polygon):
    """With the rectangle tool, as a hand does."""
    view = win.viewer
    click(qtbot, win.tool_strip.buttons["rectangle"])
    points = [view.viewport.to_px(point) for point in (polygon[0], polygon[2])]
    (x0, y0), (x1, y1) = ((x / view.dpr, y / view.dpr) for x, y in points)
    drag(view, (x0, y0), (x0 + 9, y0 + 9), (x1, y1))


def test_a_region_drawn_restricts_the_evaluation_and_the_window_says_so(qtbot, ready):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation(given_center=True)

    win = ready(evaluate=evaluate)
    draw(qtbot, win, ((600.0, 300.0), (900.0, 300.0), (900.0, 500.0), (600.0, 500.0)))
    assert win.run_panel.region.isVisible()
    qtbot.waitUntil(lambda: "tiles" in win.run_panel.region.text(), timeout=10_000)
    assert "Only the region: 0.015 mm²" in win.run_panel.region.text()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: bool(asked) and not win.controller.busy)
    (region,) = asked[0].settings.region_l0
    np.testing.assert_allclose(region[0], (600, 300), atol=4)
    np.testing.assert_allclose(region[2], (900, 500), atol=4)
    assert asked[0].settings.region_l0 == win.viewer.regions


def test_the_restriction_is_taken_away_with_one_click(qtbot, ready):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    win.viewer.set_regions([TISSUE])
    click(qtbot, win.run_panel.whole_button)
    assert win.viewer.regions == ()
    assert not win.run_panel.region.isVisible()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: bool(asked) and not win.controller.busy)
    assert asked[0].settings.region_l0 == ()


def test_the_count_beside_evaluate_is_that_of_the_tiles_in_the_region(qtbot, ready):
    win = ready()
    win.viewer.set_regions([TISSUE])
    qtbot.waitUntil(lambda: "tiles" in win.run_panel.region.text(), timeout=10_000)
    grid = win.viewer.tile_grid
    centers = grid.origins_l0 + grid.size_l0 / 2
    kept = ((centers > (300, 200)) & (centers < (1100, 700))).all(axis=1).sum()
    assert kept > 0
    assert f"{kept} of {len(grid)} tiles" in win.run_panel.region.text()


def test_the_tiles_to_come_are_shown_before_anything_is_evaluated(qtbot, ready):
    win = ready()
    assert win.viewer.tile_grid is None
    win.viewer.perform("grid")
    qtbot.waitUntil(lambda: win.viewer.tile_grid is not None, timeout=10_000)
    assert win.viewer.tile_grid.edge_um == pytest.approx(
        win.references.reference.info.edge_um, rel=0.01
    )


def test_the_count_beside_evaluate_follows_the_settings(qtbot, ready):
    win = ready()
    win.viewer.set_regions([TISSUE])
    qtbot.waitUntil(lambda: "tiles" in win.run_panel.region.text(), timeout=10_000)
    assert "evaluated" not in win.run_panel.region.text()
    win.run_settings.boxes["max_tiles"].choose(7)
    assert win.run_panel.region.text().endswith("tiles, of which 7 are evaluated")


def test_the_tiles_that_are_previewed_are_asked_for_as_evaluate_asks(qtbot, ready):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append((request, at_hand))
        return make_evaluation(given_center=True)

    win = ready(evaluate=evaluate)
    win.viewer.give_mpp(0.4)
    qtbot.waitUntil(lambda: win.slides.mpp == 0.4)
    win.viewer.set_regions([TISSUE])
    for option in KEPT.values():
        win.run_settings.boxes[option.name].choose(another(option))
    wanted = win.controller.wanted_tiles()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: bool(asked) and not win.controller.busy)
    (request, at_hand) = asked[0]
    assert wanted.slide == request.slide
    assert wanted.tiles == TileRequest.of(request, at_hand.reference.info.edge_um)
    assert all(
        getattr(wanted.tiles.settings, option.name) != option.default for option in KEPT.values()
    )


def test_tiles_are_looked_for_again_when_a_setting_changes_that_they_are_cut_by(
    qtbot, ready, monkeypatch
):
    cut_by = []

    def whole(self, slide, imports, report):
        cut_by.append(self.settings.seed)
        return found(self, slide, imports, report)

    found = TileRequest.whole
    monkeypatch.setattr(TileRequest, "whole", whole)
    win = ready()
    win.viewer.perform("grid")
    qtbot.waitUntil(lambda: win.viewer.tile_grid is not None, timeout=10_000)
    win.run_settings.boxes["seed"].choose(1)  # which tiles there are does not depend on it
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert cut_by == [0]
    # As if it did.
    monkeypatch.setattr(options, "OPTIONS", tuple(
        replace(option, cuts=option.name == "seed") for option in options.OPTIONS))  # fmt: skip
    win.run_settings.boxes["seed"].choose(2)
    qtbot.waitUntil(lambda: cut_by == [0, 2], timeout=10_000)


def test_opening_a_run_brings_its_region_back(qtbot, ready, slide_path, tmp_path):
    evaluation = make_evaluation(given_center=True)
    with open_slide(slide_path) as slide:
        facts = dataclasses.replace(evaluation.run.slide, content_id=slide.content_id)
    settings = dataclasses.replace(evaluation.run.settings, region_l0=(TISSUE,))
    run = dataclasses.replace(evaluation.run, slide=facts, settings=settings)
    save_evaluation(dataclasses.replace(evaluation, run=run), tmp_path / "one.pgrun")
    win = ready()
    win.controller.open_run(tmp_path / "one.pgrun")
    qtbot.waitUntil(lambda: win.viewer.regions == (TISSUE,))
    assert win.run_panel.region.isVisible()


def test_regions_come_back_with_the_slide_after_a_restart(qtbot, ready, window, slide_path):
    win = ready()
    qtbot.waitUntil(lambda: bool(win.viewer.pixels.content_id))
    win.viewer.set_regions([TISSUE])
    win.viewer.give_mpp(0.4)
    win.close()
    qtbot.waitUntil(lambda: not win.isVisible())
    again = window()
    again.open_slides([slide_path])
    qtbot.waitUntil(lambda: again.viewer.regions == (TISSUE,))
    qtbot.waitUntil(lambda: again.slides.mpp == 0.4)
    assert again.viewer.mpp_source == "user"
    assert "given by you" in again.viewer.instruments.power.text()


def test_regions_of_qupath_are_taken_over(qtbot, ready, tmp_path):
    ring = [[300, 200], [500, 200], [500, 400], [300, 200]]
    path = tmp_path / "drawn.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    win = ready()
    win.regions.open(path)
    qtbot.waitUntil(lambda: len(win.viewer.regions) == 1)
    assert win.viewer.regions[0] == ((300.0, 200.0), (500.0, 200.0), (500.0, 400.0))
    path.write_text("no")
    win.regions.open(path)
    qtbot.waitUntil(lambda: "is not GeoJSON" in texts(win, "error"))


@pytest.fixture
def evaluated(qtbot, ready, tmp_path):
    win = ready(evaluate=lambda request, at_hand, store, report: make_evaluation(given_center=True))
    win.controller.evaluate()
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    qtbot.waitUntil(idle(win), timeout=10_000)
    win.exports.ask = lambda title, name, kinds: tmp_path / "out" / name
    (tmp_path / "out").mkdir()
    return win


def test_the_layer_leaves_with_the_numbers_of_its_encoder(qtbot, evaluated, tmp_path):
    win = evaluated
    win.exports.layer_geojson()
    path = tmp_path / "out" / "tiles.geojson"
    qtbot.waitUntil(lambda: f"Written: {path}" in texts(win))
    assert "Show in folder" in win.messages.bar("picture").buttons
    features = json.loads(path.read_text())["features"]
    layer, tiles = win.viewer.layer, win.controller.finished.evaluation.tiles
    assert len(features) == (layer.image != 255).sum()
    by_place = {tuple(f["geometry"]["coordinates"][0][0]): f for f in features}
    inside = (tiles.tissue[layer.encoder] >= 0) & ~tiles.outside[layer.encoder]
    row = int(np.flatnonzero(inside)[5])
    x, y = (int(v) for v in tiles.cells[row] * layer.stride_l0 + layer.origin_l0)
    feature = by_place[x, y]
    named = feature["properties"]["classification"]["name"]
    assert named == layer.names[tiles.tissue[layer.encoder][row]]
    numbers = feature["properties"]["measurements"]
    assert numbers["Tissue, probe: probability"] == pytest.approx(
        float(tiles.tissue_probability[layer.encoder][row]), abs=1e-5
    )
    assert set(numbers) == {
        "Tissue, probe: probability", "Center, probe: probability",
        "Distance to the nearest reference tile",
    }  # fmt: skip
    said = feature["properties"]["metadata"]
    nearest = win.controller.finished.evaluation.run.reference.centers[
        tiles.nearest_center[layer.encoder][row]
    ]
    assert said == {"Nearest reference tile's center": nearest}
    far = int(np.flatnonzero(tiles.far[layer.encoder])[0])
    x, y = (int(v) for v in tiles.cells[far] * layer.stride_l0 + layer.origin_l0)
    properties = by_place[x, y]["properties"]
    assert "Tissue, probe: probability" not in properties["measurements"]
    assert properties["metadata"]["No tissue probability"] == "far from every reference tile"


def test_a_layer_of_numbers_leaves_in_the_colors_that_are_seen(qtbot, evaluated, tmp_path):
    import tifffile

    win = evaluated
    image = np.linspace(0.1, 0.2, 24, dtype=np.float32).reshape(4, 6)
    win.viewer.set_layers([OverlayLayer("distance", image, (), stride_l0=256.0, kind="distance")])
    win.viewer.perform("palette")
    win.viewer.set_stretched(True)
    win.exports.layer_ome_tiff()
    path = tmp_path / "out" / "tiles.ome.tif"
    qtbot.waitUntil(lambda: f"Written: {path}" in texts(win))
    picture = tifffile.imread(path)
    shades = PALETTES[win.viewer.look.palette]
    assert tuple(picture[2, 2]) == shades[0]  # the smallest number there is
    assert tuple(picture[-2, -2]) == shades[-1]  # the largest
    assert win.viewer.look.palette == "cividis"


def test_the_region_leaves_as_sharp_as_the_file_has_it(qtbot, evaluated, slide_path, tmp_path):
    win = evaluated
    win.viewer.set_overlay_visible(False)
    win.viewer.set_regions([TISSUE])
    win.exports.region_png()
    path = tmp_path / "out" / "region.png"
    qtbot.waitUntil(lambda: f"Written: {path}" in texts(win), timeout=10_000)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (800, 500)
    with open_slide(slide_path) as slide:
        pixels = slide.read((300, 200), 0, (800, 500))
    for x, y in ((400, 100), (600, 250), (700, 30)):
        color = image.pixelColor(x, y)
        assert (color.red(), color.green(), color.blue()) == tuple(pixels[y, x])


def test_what_cannot_be_written_is_said_in_place(qtbot, evaluated, tmp_path):
    win = evaluated
    win.exports.ask = lambda title, name, kinds: tmp_path / "no such folder" / name
    for export in (win.exports.view_png, win.exports.region_png, win.exports.layer_ome_tiff):
        win.messages.clear("picture")
        export()
        qtbot.waitUntil(lambda: "cannot be written" in texts(win, "error"), timeout=10_000)


def test_an_export_can_be_given_up(qtbot, evaluated, tmp_path):
    win = evaluated
    began, go_on = threading.Event(), threading.Event()

    def slow(path, mpp):
        began.set()
        go_on.wait(10)
        return open_slide(path, mpp)

    object.__setattr__(win.exports._desk, "services", dataclasses.replace(
        win.services, open_slide=slow))  # fmt: skip
    win.exports.region_png()
    began.wait(10)
    click(qtbot, win.messages.bar("picture").buttons["Cancel"])
    go_on.set()
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert not (tmp_path / "out" / "region.png").exists()
    assert "Written" not in texts(win)


def test_without_a_layer_or_a_region_the_export_says_what_is_missing(qtbot, window, slide_path):
    win = window()
    win.exports.view_png()
    assert "No slide is open" in texts(win)
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.sharp)
    win.exports.layer_geojson()
    assert "No layer lies over the slide" in texts(win)
    win.exports.regions()
    assert "No region is drawn" in texts(win)


def test_a_second_slide_is_shown_beside_the_first_and_stays(qtbot, ready, slide_path, tmp_path):
    import shutil

    other = tmp_path / "other.tif"
    shutil.copy(slide_path, other)
    win = ready()
    win.open_slides([other, slide_path])
    qtbot.waitUntil(lambda: win.slides.path == slide_path)
    slides = win.slide_panel.list  # a right click does not show the slide in the first view
    place = slides.visualItemRect(slides.item(0)).center()
    qtbot.mouseClick(slides.viewport(), Qt.MouseButton.RightButton, pos=place)
    assert win.slides.wanted == win.slides.path == slide_path
    win.slide_panel.beside_wanted.emit(other)
    qtbot.waitUntil(lambda: len(win.compare.panes) == 2)
    second = win.compare.panes[1]
    qtbot.waitUntil(lambda: second.slide is not None and second.slide.path == other)
    assert second.instruments.name.text() == "other.tif"
    assert second.instruments.name.isVisible()
    win.viewer.go_to(500, 400, 0.5)
    assert second.viewport.center_l0 == pytest.approx((500, 400))
    win.viewers.same_slide()
    assert second.slide is win.viewer.slide
    assert not second.instruments.name.isVisible()


def test_a_hidden_overlay_is_said_in_the_row_above(qtbot, evaluated):
    win = evaluated
    assert win.overlay_panel.segments.current == "tissue"
    win.viewer.perform("toggle_overlay")
    assert win.overlay_panel.segments.current == "none"
    win.viewer.perform("layer_center")
    assert win.overlay_panel.segments.current == "center"
    win.viewer.perform("layer_distance")
    assert win.overlay_panel.segments.current == ""


def test_tiles_are_looked_for_again_after_they_could_not_be_found(qtbot, ready):
    away = []

    def opening(path, mpp=None, **options):
        if away:
            raise SlideError("The share is away.")
        return open_slide(path, mpp, **options)

    win = ready(open_slide=opening)
    away.append(True)
    win.viewer.perform("grid")
    qtbot.waitUntil(lambda: "The share is away." in texts(win))
    away.clear()
    win.viewer.perform("grid")
    win.viewer.perform("grid")
    qtbot.waitUntil(lambda: win.viewer.tile_grid is not None)


def test_the_tiles_that_are_previewed_are_those_of_imported_embeddings(
    qtbot, ready, slide_path, reference, tmp_path
):
    cells = np.array([(3, 2), (4, 2), (4, 3)])
    coords, values = cells * 64, np.eye(3, dtype=np.float32)
    with h5py.File(tmp_path / f"{slide_path.stem}.h5", "w") as file:
        file["features"] = values
        places = file.create_dataset("coords", data=coords)
        places.attrs["patch_size_level0"] = 64
        places.attrs["name"] = slide_path.stem
    known = Registry(SPECS)
    path = tmp_path / f"{slide_path.stem}.h5"
    spec = import_embeddings(known, [path], tmp_path / "imported", title="Mine")
    win = ready(known=known)
    win.encoder_panel.tick([spec.name])
    win.viewer.perform("grid")
    qtbot.waitUntil(lambda: win.viewer.tile_grid is not None, timeout=10_000)
    assert win.viewer.tile_grid.origins_l0.tolist() == coords.tolist()
    win.encoder_panel.tick(["shell"])
    qtbot.waitUntil(lambda: len(win.viewer.tile_grid or ()) > 3, timeout=10_000)
