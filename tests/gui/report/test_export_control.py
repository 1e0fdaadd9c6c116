"""What leaves the window is what the terminal writes, to the last byte."""

from __future__ import annotations

import pytest

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.gui.conftest import idle, texts
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


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_table_of_the_window_is_that_of_the_terminal(evaluated, finished, tmp_path, form):
    window = tmp_path / "out" / f"t.{form}"
    evaluated.reports.export_table(window)
    assert window.read_bytes() == terminal(finished, tmp_path / f"t.{form}", "--format", form)
