"""Opening slides: each kind of input, good and bad."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from pathgui.core.phantom.demo_slide import SLIDE_NAME, STAMP
from pathgui.gui.jobs.message_bar import ScaleBar
from pathgui.gui.slides.slide_control import DEMO
from pathgui.version import __version__
from tests.core.pyramid_factory import write_ome_zarr
from tests.core.slide_factory import write_slide
from tests.gui.conftest import click, idle, texts
from tests.shared_data import shared


@pytest.fixture
def no_scale(tmp_path):
    """A slide that does not say how large its pixels are."""
    path = tmp_path / "Präp 1 (é).tif"
    picture = np.full((1024, 1024, 3), 200, np.uint8)
    picture[200:800, 200:800] = (190, 80, 150)
    tifffile.imwrite(path, picture, tile=(256, 256), photometric="rgb")
    return path


@pytest.fixture
def doubted_slide(tmp_path):
    """A slide whose file says 0.25 µm per pixel, and an objective of 20."""
    said = "Aperio Image Library v10\r\n1024x1024 (256x256)|AppMag = 20|MPP = 0.25"
    picture = np.full((1024, 1024, 3), 200, np.uint8)
    return write_slide(
        tmp_path / "doubted.tif", picture, mpp=None, description=said, compression="jpeg"
    )


def test_an_empty_window_says_what_to_do_next(window):
    win = window()
    assert win.slide_panel.empty_open_button.isVisible()
    assert win.slide_panel.empty_demo_button.isVisible()
    assert win.reference_panel.hint.isVisible()
    assert win.run_panel.hint.text() == "Choose a reference set first."
    assert not win.run_panel.evaluate_button.isEnabled()
    assert "Not for diagnostic use" in "".join(
        label.text() for label in win.statusBar().findChildren(type(win.device))
    )


def test_a_slide_is_shown_with_its_size_and_scale(qtbot, window, slide_path):
    win = window()
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    assert win.windowTitle() == f"block.tif – pathgui {__version__}"
    assert "1,536 × 1,024" in win.slide_panel.list.item(0).text()
    assert win.slides.mpp == pytest.approx(0.5)
    assert win.recent.slides == [slide_path]
    assert not win.messages.bars


def test_the_demos_slide_is_marked_in_the_list(qtbot, window, slide_path, tmp_path):
    demo = tmp_path / SLIDE_NAME
    demo.write_bytes(slide_path.read_bytes())
    (tmp_path / STAMP).touch()
    win = window()
    win.open_slides([slide_path, demo])
    qtbot.waitUntil(lambda: win.slides.path == demo)
    marked = [DEMO in win.slide_panel.list.item(row).text() for row in range(2)]
    assert marked == [False, True]


def test_a_slide_can_be_dropped(qtbot, window, slide_path):
    win = window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(slide_path))])
    common = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(640, 300), *common, none)
    win.dragEnterEvent(enter)
    assert enter.isAccepted()
    win.dropEvent(QDropEvent(QPointF(640, 300), *common, none))
    qtbot.waitUntil(lambda: win.viewer.slide is not None)


@pytest.mark.parametrize("inside", ["", ".zattrs"])
def test_an_ome_zarr_is_opened_by_its_folder_or_a_file_in_it_and_what_was_done_is_said(
    qtbot, window, tmp_path, inside
):
    values = np.linspace(0, 900, 256 * 256).astype(np.uint16).reshape(256, 256)
    path = write_ome_zarr(tmp_path / "a.ome.zarr", values, axes="yx")
    win = window()
    win.choosers.choose([path / inside])
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    assert win.slides.path == path
    assert win.slides.mpp == 0.5
    said = "0 to 1,023 become 0 to 255"
    assert said in texts(win)
    assert said in win.slide_panel.list.item(0).toolTip()


def test_of_two_slides_opened_in_haste_the_last_is_shown(qtbot, window, slide_path, no_scale):
    win = window()
    win.open_slides([no_scale, slide_path])
    qtbot.waitUntil(idle(win))
    assert win.viewer.slide.path == slide_path
    assert not win.messages.bars
    win.slide_panel.list.choose(win.slide_panel.list.item(0))
    qtbot.waitUntil(lambda: win.viewer.slide is not None and win.viewer.slide.path == no_scale)


def test_without_a_scale_the_window_asks_in_place_and_evaluate_waits(
    qtbot, window, no_scale, reference
):
    win = window()
    win.references.open(reference.folder)
    win.open_slides([no_scale])
    qtbot.waitUntil(lambda: any(isinstance(bar, ScaleBar) for bar in win.messages.bars))
    assert "µm per pixel" in win.run_panel.hint.text()
    assert not win.run_panel.evaluate_button.isEnabled()
    bar = next(bar for bar in win.messages.bars if isinstance(bar, ScaleBar))
    assert not bar.apply_button.isEnabled()
    bar.field.setFocus()
    bar.field.selectAll()
    qtbot.keyClicks(bar.field, bar.field.locale().toString(25.0))
    click(qtbot, bar.apply_button)
    assert win.slides.mpp is None  # asked about, not taken
    assert "25 µm per pixel, and slides have 0.08 to 2" in bar.text.text()
    bar.field.selectAll()
    qtbot.keyClicks(bar.field, bar.field.locale().toString(0.25))
    click(qtbot, bar.apply_button)
    assert win.slides.mpp == 0.25
    assert win.viewer.mpp == 0.25
    assert not win.messages.bars
    assert win.run_panel.evaluate_button.isEnabled()


def test_a_scale_that_is_doubted_waits_for_an_answer(qtbot, window, doubted_slide, reference):
    win = window()
    win.references.open(reference.folder)
    win.open_slides([doubted_slide])
    qtbot.waitUntil(lambda: any(isinstance(bar, ScaleBar) for bar in win.messages.bars))
    (bar,) = win.messages.bars
    assert "scanned at 20×" in bar.text.text()
    assert bar.field.value() == 0.25
    qtbot.waitUntil(lambda: "µm per pixel" in win.run_panel.hint.text())
    assert not win.run_panel.evaluate_button.isEnabled()
    assert win.controller.wanted_tiles() is None
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert (win.slides.mpp, win.slides.given_mpp) == (0.25, 0.25)
    assert not win.messages.bars
    assert win.viewer.hasFocus()
    qtbot.waitUntil(win.run_panel.evaluate_button.isEnabled)


def test_the_scale_that_was_given_is_used_by_the_evaluation(qtbot, window, no_scale, reference):
    seen = []

    def evaluate(request, at_hand, store, report):
        with request.slide.open() as slide:
            seen.append((slide.mpp, slide.mpp_source))
        raise ValueError("enough")

    win = window(evaluate=evaluate)
    win.references.open(reference.folder)
    win.open_slides([no_scale])
    qtbot.waitUntil(lambda: win.slides.path is not None)
    win.slides.give_scale(0.3)
    qtbot.waitUntil(idle(win))
    win.controller.evaluate()
    qtbot.waitUntil(lambda: not win.controller.busy)
    assert seen == [(0.3, "user")]
    assert "--mpp 0.3" in win.controller.last_command


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "folder"])
def test_what_is_no_slide_is_an_error_in_place_and_the_window_lives_on(
    qtbot, window, tmp_path, slide_path, kind
):
    path = tmp_path / "bad.svs"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("this is not a slide")
    elif kind == "folder":
        path.mkdir()
    win = window()
    win.open_slides([path])
    qtbot.waitUntil(lambda: "bad.svs" in texts(win, "error"))
    assert "Cannot be opened" in win.slide_panel.list.item(0).text()
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.slide is not None)


@pytest.mark.parametrize(
    "name",
    [
        "broken-header.svs",
        "dicom-no-imagetype.dcm",
        "empty.svs",
        "text-named-svs.svs",
        "truncated-5pct.svs",
        "truncated-60pct.svs",
        "truncated-half.tif",
        "unopenable-compression.tiff",
        "unsupported-jpegls.dcm",
        "untiled-strips.tif",
    ],
)
def test_every_damaged_slide_is_one_clear_error(qtbot, window, name):
    path = shared("slides", "negative", name)
    win = window()
    win.open_slides([path])
    qtbot.waitUntil(idle(win), timeout=20_000)
    bars = [bar for bar in win.messages.bars if bar.level == "error"]
    if win.viewer.slide is None:
        assert len(bars) == 1
        assert name in bars[0].text.text()
    assert win.isVisible()


def test_every_good_slide_opens(qtbot, window):
    folder = shared("slides")
    win = window()
    paths = [p for p in sorted(folder.iterdir()) if p.is_file() and p.suffix != ".md"]
    for path in [*paths, folder / "CMU-1-Small-Region-dicom"]:
        win.open_slides([path])
        qtbot.waitUntil(lambda path=path: win.slides.path == path, timeout=20_000)
        qtbot.waitUntil(idle(win), timeout=20_000)
        assert win.viewer.slide is not None
        asks = any(isinstance(bar, ScaleBar) for bar in win.messages.bars)
        doubted = path.name == "boxes-synthetic.tiff"  # it says 353 µm per pixel
        assert asks == (win.slides.mpp is None or doubted), path
        unlike_he = "H&E" in texts(win, "caution")
        assert unlike_he == (path.name == "hamamatsu-dapi-fluorescence.ndpi"), path
    assert not [bar for bar in win.messages.bars if bar.level == "error"]


def test_closing_a_slide_takes_it_and_its_messages_away(qtbot, window, slide_path, tmp_path):
    win = window()
    win.open_slides([tmp_path / "gone.svs"])
    qtbot.waitUntil(lambda: "gone.svs" in texts(win, "error"))
    win.open_slides([slide_path])
    assert not texts(win, "error")  # its row says it still
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    win.slide_panel.list.setFocus()
    win.slide_panel.list.selectAll()
    assert win.slide_panel.selected == win.slide_panel.paths
    assert win.slides.path == slide_path  # several are selected, and none of them newly shown
    qtbot.keyClick(win.slide_panel.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(idle(win))
    assert win.viewer.slide is None
    assert not win.messages.bars
    assert win.slide_panel.empty_open_button.isVisible()


def test_the_demo_is_one_click_away_from_its_evaluation(qtbot, window):
    win = window()
    click(qtbot, win.slide_panel.empty_demo_button)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    assert win.reference_panel.center == "Northfield"
    assert set(win.encoder_panel.ticked) == {"color-statistics", "efficientnet-lite0", "shell"}
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None, timeout=10_000)


def test_a_path_given_twice_is_one_slide(qtbot, window, slide_path):
    win = window()
    win.open_slides([slide_path, Path(str(slide_path))])
    qtbot.waitUntil(idle(win))
    assert win.slide_panel.paths == [slide_path]


def test_an_ampersand_in_a_name_is_shown_in_the_menu(qtbot, window, slide_path, tmp_path):
    named = tmp_path / "H&E 01.tif"
    named.write_bytes(slide_path.read_bytes())
    win = window()
    win.open_slides([named])
    qtbot.waitUntil(lambda: win.slides.path == named)
    win.menus._fill_recent()
    assert "H&&E 01.tif" in [action.text() for action in win.menus.recent.actions()]
