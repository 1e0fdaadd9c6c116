"""What every control works with."""

from __future__ import annotations

import threading
from pathlib import Path

from pathgui.core.progress import Cancelled, Notice, Progress
from pathgui.gui.jobs.jobs import Job
from tests.explore_factory import explorable
from tests.gui.conftest import always_openslide, click, idle, texts


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
    always_openslide(win)
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


def test_a_bar_says_how_far_a_job_is_and_stops_it(qtbot, window):
    win = window()
    cancelled = threading.Event()

    def work(report):
        report(Notice("A row was left out."))
        report(Progress("Copying", 0, 0))
        report(Progress("Copying", 3, 10))
        while True:
            try:
                report(Progress("Copying", 3, 10))
            except Cancelled:
                cancelled.set()
                raise

    job = Job(work)
    win.desk.watch(job, "Copying the slides…", "copy", lambda event: f"{event.done} copied")
    assert "Copying the slides…" in texts(win)
    win.quick.start(job)
    qtbot.waitUntil(lambda: "3 copied" in texts(win))
    assert "A row was left out." in texts(win)
    click(qtbot, win.messages.bar("copy").buttons["Cancel"])
    qtbot.waitUntil(idle(win))
    assert cancelled.is_set()
    assert win.messages.bar("copy") is None
