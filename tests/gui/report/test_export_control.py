"""What leaves the window is what the terminal writes, to the last byte."""

from __future__ import annotations

import shlex

import pytest
from PySide6.QtGui import QGuiApplication

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.slides.slide import open_slide
from pathgui.gui.viewer.model.units import parse_place
from pathgui.gui.viewer.prompts import go_to_place
from tests.asking import ask, evaluate
from tests.core.report.test_copied import parsed
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference


@pytest.fixture(scope="module")
def finished(slide_path, tmp_path_factory):
    """A run, and the folder that it lies in."""
    folder = tmp_path_factory.mktemp("run")
    reference, store = make_reference(folder / "set"), EmbeddingStore(folder / "store")
    with open_slide(slide_path) as slide:
        request = ask(reference, ("color-statistics",), slide, k=5, maps=False)
        evaluation = evaluate(request, store=store)
    save_evaluation(evaluation, folder / "a.pgrun")
    return evaluation, folder / "a.pgrun"


@pytest.fixture
def evaluated(qtbot, ready, finished, tmp_path):
    """The window with that run of the slide that it shows."""
    win = ready(evaluate=lambda request, at_hand, store, report: finished[0])
    win.controller.evaluate()
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    qtbot.waitUntil(idle(win), timeout=10_000)
    (tmp_path / "out").mkdir()
    win.exports.ask = lambda title, name, kinds: tmp_path / "out" / name
    return win


def terminal(finished, path, *words):
    """What the terminal writes to ``path``."""
    assert run(["export", str(finished[1]), "--out", str(path), *words]) == EXIT_DONE
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["tissue", "center", "nearest_center", "confidence", "distance"])
def test_a_layer_of_the_window_is_that_of_the_terminal(qtbot, evaluated, finished, tmp_path, kind):
    win = evaluated
    layer = next(each for each in win.viewer.layers if each.kind == kind)
    win.viewer.show_layer(layer.title)
    for name, form, save in (
        ("tiles.geojson", "geojson", win.exports.layer_geojson),
        ("tiles.ome.tif", "ome-tiff", win.exports.layer_ome_tiff),
    ):
        save()
        window = tmp_path / "out" / name
        qtbot.waitUntil(lambda path=window: f"Written: {path}" in texts(win))
        words = ("--format", form, "--layer", kind)
        assert window.read_bytes() == terminal(finished, tmp_path / name, *words)
        click(qtbot, win.messages.bar("picture").buttons["Copy as command"])
        asked = parsed(QGuiApplication.clipboard().text())
        assert (asked["run"], asked["out_file"]) == (win.controller.finished.folder, window)
        assert (asked["form"], asked["layer"]) == (form, kind)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_table_of_the_window_is_that_of_the_terminal(evaluated, finished, tmp_path, form):
    window = tmp_path / "out" / f"t.{form}"
    evaluated.reports.export_table(window)
    assert window.read_bytes() == terminal(finished, tmp_path / f"t.{form}", "--format", form)


def drawn(finished, slide_path, path, *words):
    """The picture that the terminal draws of the run over its slide."""
    return terminal(finished, path, "--format", "png", "--slide", str(slide_path), *words)


@pytest.mark.parametrize("kind", ["tissue", "distance"])
def test_the_picture_of_the_slide_is_that_of_the_terminal(
    qtbot, evaluated, finished, slide_path, tmp_path, kind
):
    layer = next(each for each in evaluated.viewer.layers if each.kind == kind)
    evaluated.viewer.show_layer(layer.title)
    evaluated.exports.region_png()
    window = tmp_path / "out" / "region.png"
    qtbot.waitUntil(lambda: f"Written: {window}" in texts(evaluated), timeout=10_000)
    found = drawn(finished, slide_path, tmp_path / "a.png", "--layer", kind)
    assert found == window.read_bytes()
    click(qtbot, evaluated.messages.bar("picture").buttons["Copy as command"])
    words = shlex.split(QGuiApplication.clipboard().text())[1:]
    words[words.index(str(window))] = str(tmp_path / "copied.png")
    assert run(words) == EXIT_DONE
    assert (tmp_path / "copied.png").read_bytes() == window.read_bytes()
    assert found != drawn(finished, slide_path, tmp_path / "b.png", "--layer", "center")
    assert found != drawn(
        finished, slide_path, tmp_path / "c.png", "--layer", kind, "--opacity", "0.9"
    )


def test_a_picture_of_regions_that_no_run_has_is_no_command(qtbot, evaluated, tmp_path):
    evaluated.viewer.set_regions([[(300.0, 200.0), (700.0, 200.0), (700.0, 500.0)]])
    evaluated.exports.region_png()
    window = tmp_path / "out" / "region.png"
    qtbot.waitUntil(lambda: f"Written: {window}" in texts(evaluated), timeout=10_000)
    assert "Copy as command" not in evaluated.messages.bar("picture").buttons


def test_the_picture_of_a_view_is_that_of_the_terminal(
    qtbot, evaluated, finished, slide_path, tmp_path
):
    view = evaluated.viewer
    go_to_place(view, parse_place("700, 450 @ 10x", view.mpp))
    qtbot.waitUntil(lambda: view.sharp, timeout=10_000)
    size = "x".join(map(str, view.viewport.size_px))  # the bar that says where it is takes some
    evaluated.exports.view_png()
    window = tmp_path / "out" / "view.png"
    qtbot.waitUntil(lambda: f"Written: {window}" in texts(evaluated), timeout=10_000)
    words = ("--size", size, "--view", "700, 450 @ 10x")
    assert drawn(finished, slide_path, tmp_path / "a.png", *words) == window.read_bytes()
    click(qtbot, evaluated.messages.bar("picture").buttons["Copy as command"])
    words = shlex.split(QGuiApplication.clipboard().text())[1:]
    words[words.index(str(window))] = str(tmp_path / "copied.png")
    assert run(words) == EXIT_DONE
    assert (tmp_path / "copied.png").read_bytes() == window.read_bytes()
