"""How smoothly 2,000 slides are scrolled, sorted and filtered in the tab Slides of the window.

Prints the longest turn of the event loop for each; the exit code is 1 if one is over 33 ms. The
window is the real one, the slides are 2,000 links to a few small files, so that they are looked at
(thumbnails, checks) while the user works. Opening the cohort is measured as well. On a machine
that does other work, see the GUI thread's own work.

  python -m tests.benchmarks.slides_tab            2,000 rows
  python -m tests.benchmarks.slides_tab --rows 500
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pathgui.core.cohort.opened import Cohort, make_cohort, open_cohort
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.folders import places_dir
from tests.core.cohort.making import slide

BUDGET_MS = 33.0
FILES = 8  # that rows share


def make(folder: Path, rows: int) -> Path:
    """A cohort of so many slides, some of which lack something."""
    files = [slide(folder / "scans" / f"f{n}.tif", n) for n in range(FILES)]
    told = []
    for row in range(rows):
        link = folder / "scans" / f"slide {row}.tif"
        os.link(files[row % FILES], link)
        told.append(
            {
                "slide_id": f"S{row}", "file": f"../scans/{link.name}",
                "center": f"Center {row % 7}" if row % 5 else "", "patient_id": f"P{row // 2}",
                "tissue": ("Tumor", "Stroma", "Fat")[row % 3], "scanner": "P250" * (row % 2),
            }
        )  # fmt: skip
    study = folder / "study.pgcohort"
    make_cohort(study)
    with open_cohort(study, places_dir()) as opened:
        opened.save(Cohort(opened.cohort.info, SlideTable().with_rows(told)))
    return study


class Turns:
    """Runs the event loop and keeps how long its turns took."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.own_ms = 0.0  # of the GUI thread's own work in the turn with the most of it

    def spin(self, until: Callable[[], bool], limit_s: float = 120.0) -> float:
        """Seconds until something is so."""
        start = time.perf_counter()
        while not until():
            self.turn()
            if time.perf_counter() - start > limit_s:
                raise TimeoutError
            time.sleep(0.001)
        return time.perf_counter() - start

    def turn(self, act: Callable[[], object] = lambda: None) -> None:
        """One turn in which a hand does something."""
        start, own = time.perf_counter(), time.thread_time()
        act()
        QApplication.processEvents()
        self.own_ms = max(self.own_ms, (time.thread_time() - own) * 1e3)
        self.longest_ms = max(self.longest_ms, (time.perf_counter() - start) * 1e3)


def scroll(turns: Turns, grid, steps: int) -> None:  # type: ignore[no-untyped-def]
    """As a wheel does, up and down, and with jumps of the handle."""
    bar = grid.verticalScrollBar()
    for step in range(steps):
        way = (step * 3) % (bar.maximum() + 1) if step % 10 else (step * 977) % (bar.maximum() + 1)
        turns.turn(lambda way=way: bar.setValue(way))
        time.sleep(0.005)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PATHGUI_HOME"] = f"{home}/home"
        study = make(Path(home), given.rows)
        sys.setswitchinterval(0.001)  # as the program does
        app = QApplication(sys.argv[:1])
        from pathgui.gui.shell.main_window import MainWindow

        window = MainWindow()
        window.resize(1366, 768)
        window.show()
        turns = Turns()
        turns.spin(lambda: bool(window.device.text()) and not window.working)
        grid, model = window.cohort_panel.grid, window.cohort_panel.model
        found: list[tuple[str, float, float]] = []

        def measure(what: str, act: Callable[[Turns], object]) -> None:
            own = Turns()
            act(own)
            found.append((what, own.longest_ms, own.own_ms))

        def opening(own: Turns) -> None:
            own.turn(lambda: window.open_slides([study]))
            seconds = own.spin(lambda: model.rowCount() == given.rows)
            print(f"opened after {seconds:.2f} s")

        measure("open", opening)
        measure("scroll", lambda own: scroll(own, grid, 400))

        def sorting(own: Turns) -> None:
            for column in range(6):
                for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
                    own.turn(lambda c=column, o=order: grid.sortByColumn(c, o))
                    own.spin(iter([False] * 20 + [True]).__next__)

        measure("sort", sorting)

        def filtering(own: Turns) -> None:
            for words in ("c", "ce", "center 3", "s1 tumor", ""):
                own.turn(lambda words=words: model.filter(words))
                own.spin(iter([False] * 20 + [True]).__next__)

        measure("filter", filtering)
        window.undo.clear()

        def editing(own: Turns) -> None:
            for row in range(8):
                own.turn(lambda row=row: model.setData(model.index(row, 2), f"Typed {row}"))
                own.spin(iter([False] * 40 + [True]).__next__)
            for _ in range(8):
                own.turn(window.undo.undo)
                own.spin(iter([False] * 40 + [True]).__next__)

        measure("type and undo", editing)
        scrolled = Turns()
        seconds = scrolled.spin(lambda: len(window.cohort.look.facts) == given.rows, 600)
        found.append(("while the rest is looked at", scrolled.longest_ms, scrolled.own_ms))
        print(f"all looked at after {seconds:.1f} s more")
        window.close()
        turns.spin(lambda: not window.isVisible(), 30)
        app.processEvents()
    print(f"longest turn of the event loop, {given.rows:,} rows; budget {BUDGET_MS:g} ms")
    for what, longest, own in found:
        over = "" if longest <= BUDGET_MS else "over"
        print(f"  {what:<28} {longest:6.1f} ms, own work {own:6.1f} ms {over}")
    return int(any(longest > BUDGET_MS for _, longest, _ in found))


if __name__ == "__main__":
    raise SystemExit(main())
