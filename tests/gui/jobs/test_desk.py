"""What every control works with."""

from __future__ import annotations

from pathlib import Path

from tests.explore_factory import explorable
from tests.gui.conftest import click, idle


def test_each_way_of_opening_a_slide_asks_the_setting(
    qtbot, ready, services, slide_path, reference, tmp_path
):
    ways = []

    def opening(path: Path, mpp=None, **options):
        ways.append(options.get("direct", True))
        return services.open_slide(path, mpp, **options)

    def opened_anew():
        count = len(ways)
        return lambda: len(ways) > count

    other = tmp_path / "other.tif"
    other.hardlink_to(slide_path)
    made = explorable(reference, slide_path, "Lakeside")

    def evaluate(request, at_hand, store, report):
        ways.append(request.slide.direct)
        return made

    win = ready(open_slide=opening, evaluate=evaluate)
    win.run_settings.direct_reader.setChecked(False)
    win.exports.ask = lambda title, name, kinds: tmp_path / name
    ways.clear()
    steps = (
        lambda: win.open_slides([other]),
        lambda: win.viewer.perform("grid"),
        lambda: click(qtbot, win.run_panel.evaluate_button),
        lambda: win.viewers.show_beside(slide_path),
        lambda: win.controller.open_run(win.controller.finished.folder),
        lambda: win.exports.region_png(),
    )
    for step in steps:
        again = opened_anew()
        step()
        qtbot.waitUntil(again, timeout=10_000)
        qtbot.waitUntil(idle(win), timeout=10_000)
    assert not any(ways)
