"""Four real slides become a cohort, a set, a run and a report, in the window as in the terminal."""

from __future__ import annotations

import shutil
from dataclasses import replace

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.runs.options import new_settings
from pathgui.core.runs.run_files import load_run
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.gui.jobs.services import Services
from tests.gui.cohort.test_cohort_regions import kinds_on_disk, show
from tests.gui.cohort.test_sampling import ask
from tests.gui.cohort.test_slide_table import column, saved_as
from tests.gui.conftest import idle, texts
from tests.known import encoder
from tests.shared_data import shared

CENTERS = ["C0", "C1", "C2", "C3"]
TILES = 6  # of a slide


def halves(names: tuple[str, str]) -> tuple[DrawnRegion, ...]:
    """The regions of the shared roi.geojson."""
    return tuple(
        DrawnRegion(
            ((left, 0.0), (left + 1024.0, 0.0), (left + 1024.0, 2048.0), (left, 2048.0)), name
        )
        for left, name in zip((0.0, 1024.0), names, strict=True)
    )


def test_from_a_folder_to_a_report_the_window_does_what_four_commands_do(
    qtbot, window, tmp_path, monkeypatch
):
    table = shared("faults", "slides", "slides2.csv")
    regions = shared("faults", "slides", "roi.geojson")
    scans = tmp_path / "scans"
    scans.mkdir()
    for path in sorted(shared("slides").glob("camelyon17-*.tif")):
        shutil.copy(path, scans)

    win = window(
        known=Registry((encoder("color-statistics"),)), write_report=Services().write_report
    )
    quick = new_settings(device="cpu", k=5, maps=False, shortcut="none")
    win.kept.now = replace(win.kept.now, run=quick)
    win.encoder_panel.tick(("color-statistics",))
    win.open_slides([scans])
    qtbot.waitUntil(lambda: len(column(win, "slide_id")) == 4, timeout=20_000)
    qtbot.waitUntil(idle(win), timeout=20_000)
    win.cohort.imports.paste(table.read_text(encoding="utf-8").replace(",", "\t"))
    qtbot.waitUntil(win.cohort.imports.page.take_button.isEnabled, timeout=20_000)
    win.cohort.imports.page.take_button.click()
    qtbot.waitUntil(lambda: column(win, "center") == CENTERS, timeout=20_000)
    study = scans / "C.pgcohort"
    saved_as(qtbot, win, study)
    for path, name in zip(sorted(scans.glob("*.tif")), list(column(win, "slide_id")), strict=True):
        show(qtbot, win, path)
        win.region_book.show(halves(("Tumor", "Stroma")), "Draw a region")
        qtbot.waitUntil(
            lambda name=name: sorted(kinds_on_disk(study / "regions", name)) == ["Stroma", "Tumor"],
            timeout=20_000,
        )
    dialog = ask(qtbot, win)
    dialog.tiles_a_slide.setValue(TILES)
    qtbot.waitUntil(lambda: dialog.make_button.isEnabled(), timeout=60_000)
    dialog.make(scans / "R.pgref")
    qtbot.waitUntil(lambda: win.references.reference is not None, timeout=60_000)
    qtbot.waitUntil(lambda: win.cohort_runs.ready, timeout=20_000)
    qtbot.waitUntil(idle(win), timeout=20_000)
    win.cohort_runs.evaluate_all()
    qtbot.waitUntil(lambda: win.controller.busy, timeout=20_000)
    qtbot.waitUntil(lambda: not win.controller.busy, timeout=120_000)
    qtbot.waitUntil(idle(win), timeout=20_000)
    (made,) = win.services.runs().glob("*.pgrun")
    win.menus.by_id["export"].trigger()
    win.reports.dialog.save_to(tmp_path / "window.pdf")
    qtbot.waitUntil(lambda: "The report is written" in texts(win), timeout=60_000)

    monkeypatch.chdir(tmp_path)
    for path in scans.glob("*.tif"):
        path.rename(tmp_path / path.name)
    commands = (
        ["cohort", "new", "C", "--table", str(table)],
        ["cohort", "add", "C", "--regions", str(regions), "--all-slides"],
        ["reference", "sample", "C", "--out", "R.pgref", "--tiles-a-slide", str(TILES)],
        ["evaluate", "--cohort", "C.pgcohort", "--reference", "R.pgref", "--encoder",
         "color-statistics", "--device", "cpu", "--k", "5", "--sweep", "none", "--no-maps",
         "--out", "made.pgrun"],
        ["report", str(made), "--out", "terminal.pdf"],
    )  # fmt: skip
    for words in commands:
        assert run(words) == EXIT_DONE
    pictures = [
        [path.read_bytes() for path in sorted((folder / "R.pgref" / "images").iterdir())]
        for folder in (scans, tmp_path)
    ]
    assert len(pictures[0]) == 4 * TILES
    assert pictures[0] == pictures[1]
    tables = [(folder / "R.pgref" / "tiles.parquet").read_bytes() for folder in (scans, tmp_path)]
    assert tables[0] == tables[1]
    runs = [load_run(folder) for folder in (made, tmp_path / "made.pgrun")]
    assert [each.reference for each in runs[0].encoders] == [
        each.reference for each in runs[1].encoders
    ]
    answers = [
        {of.slide_id: [each.slide for each in of.encoders] for of in one.slides} for one in runs
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]) == 4
    assert all(answers[0].values())
    assert (tmp_path / "window.pdf").read_bytes() == (tmp_path / "terminal.pdf").read_bytes()
