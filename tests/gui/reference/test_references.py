"""Reference sets in the window: opening, importing, what is wrong with one."""

import json
import threading
from types import SimpleNamespace

from pathgui.core.progress import Progress
from pathgui.core.reference.build import BuildResult
from pathgui.core.reference.reference_set import load_reference
from pathgui.gui.reference import reference_panel
from pathgui.gui.reference.reference_control import TAKE_THE_REST
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference
from tests.run_factory import make_evaluation


def test_a_reference_set_is_shown_with_what_it_holds(qtbot, window, reference):
    win = window()
    win.open_path(reference.folder)
    qtbot.waitUntil(lambda: win.references.reference is not None)
    panel = win.reference_panel
    assert panel.counts.text() == "48 tiles · 6 slides · 2 centers · 2 tissues"
    assert panel.box.currentText() == "colors"
    assert [panel.center_box.itemText(i) for i in range(3)] == [
        "not given",
        "Lakeside",
        "Northfield",
    ]
    assert win.recent.references == [reference.folder]


def test_another_center_is_asked_for_and_is_a_new_one(qtbot, window, reference, monkeypatch):
    win = window()
    win.open_path(reference.folder)
    qtbot.waitUntil(lambda: win.references.reference is not None)
    panel = win.reference_panel
    box, last = panel.center_box, panel.center_box.count() - 1
    assert box.itemText(last) == "Another center…"
    answers = iter([("Seaside", True), ("", False), ("Dale", True), (" lakeSIDE ", True)])
    monkeypatch.setattr(reference_panel, "ask_line", lambda *_: next(answers))

    def ask():
        box.setCurrentIndex(last)
        box.activated.emit(last)
        return panel.center, panel.new_center

    assert ask() == ("Seaside", True)
    assert box.currentText() == "Seaside (new)"
    assert ask() == ("Seaside", True)  # cancelled: what was given stays
    assert ask() == ("Dale", True)
    assert [box.itemText(i) for i in range(last + 1, box.count())] == ["Dale (new)"]
    panel.show_reference(win.references.reference)
    assert (panel.center, panel.new_center) == ("Dale", True)
    assert ask() == ("Lakeside", False)  # the set has it
    assert box.count() == last + 1
    panel.give_center("Nowhere")
    assert (panel.center, panel.new_center) == (None, False)


def test_a_folder_that_is_no_reference_set_is_an_error_in_place(qtbot, window, tmp_path, reference):
    win = window()
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.references.reference is not None)
    (tmp_path / "no.pgref").mkdir()
    win.open_path(tmp_path / "no.pgref")
    qtbot.waitUntil(lambda: "is not a reference set" in texts(win, "error"))
    assert win.references.reference.folder == reference.folder  # the former stays in use
    assert win.reference_panel.box.currentText() == "colors"


def test_a_damaged_reference_set_is_an_error_in_place(qtbot, window, tmp_path):
    broken = make_reference(tmp_path / "made").folder
    record = broken / "reference.json"
    content = json.loads(record.read_text())
    del content["version"]
    record.write_text(json.dumps(content))
    win = window()
    win.open_path(broken)
    qtbot.waitUntil(lambda: "version is missing" in texts(win, "error"))


def test_a_set_without_scale_says_so_and_bars_the_slide(qtbot, window, tmp_path, slide_path):
    bare = make_reference(tmp_path / "made", mpp=None)
    win = window()
    win.open_path(bare.folder)
    win.open_slides([slide_path])
    qtbot.waitUntil(idle(win))
    assert "does not say how many µm" in win.reference_panel.problem.text()
    assert "no scale" in win.run_panel.hint.text()
    win.slides.close(slide_path)
    assert win.run_panel.evaluate_button.isEnabled()


def test_a_set_that_gives_no_index_says_so_with_what_would_help(qtbot, window, tmp_path):
    one = make_reference(tmp_path / "made", slides=1)
    win = window()
    win.open_path(one.folder)
    qtbot.waitUntil(lambda: win.references.reference is not None)
    panel = win.reference_panel
    assert "no center has two tissues on different slides" in panel.cannot.text().lower()
    assert "Add a second slide" in panel.cannot.text()
    assert not panel.rests.isVisibleTo(panel)
    assert "Center at new slides" in panel.limits.text()
    assert "Tissue at new centers: can be measured" in panel.limits.toolTip()
    win.open_path(make_reference(tmp_path / "few", slides=3).folder)
    qtbot.waitUntil(lambda: "stroma at Lakeside has 3 slides" in panel.limits.text())
    assert not panel.cannot.isVisibleTo(panel)
    win.open_path(make_reference(tmp_path / "more", slides=10).folder)
    qtbot.waitUntil(lambda: not panel.limits.isVisibleTo(panel))
    assert "Intervals will rest on 20 slides or patients." in panel.rests.text()


def test_an_import_names_every_row_it_refused(qtbot, window, tmp_path):
    make_reference(tmp_path / "made")
    manifest = tmp_path / "made" / "manifest.csv"
    lines = manifest.read_text().splitlines()
    header = lines[0].split(",")
    row = dict(zip(header, lines[1].split(","), strict=True))
    manifest.write_text(
        "\n".join([*lines, ",".join((row | {"path": "gone.png"})[name] for name in header)]) + "\n"
    )
    win = window()
    win.references.build(manifest, tmp_path / "new.pgref")
    qtbot.waitUntil(lambda: "Row 49: gone.png does not exist" in texts(win, "caution"))
    assert "48 tiles were taken, 1 row was not" in texts(win)
    assert win.references.reference.folder == tmp_path / "new.pgref"


def test_half_a_manifest_is_a_question_with_the_reasons(qtbot, window, tmp_path):
    make_reference(tmp_path / "made")
    manifest = tmp_path / "made" / "manifest.csv"
    text = manifest.read_text()
    first = text.splitlines()[1].split(",")[0]
    for name in [line.split(",")[0] for line in text.splitlines()[1:11]]:
        (manifest.parent / name).unlink()
    win = window()
    win.references.build(manifest, tmp_path / "new.pgref")
    qtbot.waitUntil(lambda: "10 of the 48 rows" in texts(win, "caution"))
    said = texts(win)
    assert f"10 rows: the picture does not exist (rows 1 to 10; the first: {first} does not" in said
    assert "--allow-missing" not in said
    assert not (tmp_path / "new.pgref").exists()
    click(qtbot, win.messages.bar("reference").buttons[TAKE_THE_REST])
    qtbot.waitUntil(lambda: "38 tiles were taken, 10 rows were not" in texts(win))
    assert len(win.references.reference) == 38


def test_an_import_replaces_a_set_only_where_the_dialog_asked_and_nothing_else(
    qtbot, window, tmp_path
):
    manifest = make_reference(tmp_path / "made").folder.parent / "manifest.csv"
    old = make_reference(tmp_path / "old").folder.rename(tmp_path / "old.pgref")
    (tmp_path / "full.pgref").mkdir()
    (tmp_path / "full.pgref" / "thesis.doc").write_text("my only copy")
    before = load_reference(old).info.tiles_sha256
    win = window()

    def import_to(name: str) -> None:
        chosen = str(tmp_path / name), ""
        win.choosers.dialogs = SimpleNamespace(getSaveFileName=lambda *asked: chosen)
        win.choosers.import_(manifest)

    import_to("full")
    qtbot.waitUntil(idle(win))
    assert "full.pgref exists and holds something other" in texts(win, "error")
    import_to("old")
    qtbot.waitUntil(idle(win))
    assert "old.pgref holds a reference set already" in texts(win, "error")
    assert (tmp_path / "full.pgref" / "thesis.doc").exists()
    assert load_reference(old).info.tiles_sha256 == before
    (old / "tag").write_text("of the old set")
    import_to("old.pgref")  # the dialog has asked whether to replace it
    qtbot.waitUntil(lambda: win.references.reference is not None)
    qtbot.waitUntil(idle(win))
    assert not (old / "tag").exists()


def test_a_manifest_that_cannot_be_used_is_an_error_in_place(qtbot, window, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    win = window()
    win.references.build(tmp_path / "bad.csv", tmp_path / "new.pgref")
    qtbot.waitUntil(lambda: "bad.csv" in texts(win, "error"))
    assert win.references.reference is None
    assert not (tmp_path / "new.pgref").exists()


def test_making_the_demo_shows_how_far_it_is_and_can_be_stopped(qtbot, window):
    def prepare(folder, report):
        while True:
            report(Progress("Drawing the slide", 3, 30))

    win = window(prepare_demo=prepare)
    win.open_demo()
    qtbot.waitUntil(lambda: "Drawing the slide: 3 of 30" in texts(win))
    assert "Wait until" in win.run_panel.hint.text()
    click(qtbot, win.messages.bar("reference").buttons["Cancel"])
    qtbot.waitUntil(idle(win))
    assert not win.messages.bars
    assert win.run_panel.hint.text() == "Choose a reference set first."


def test_messages_leave_the_bar_that_stops_an_import_where_it_is(qtbot, window, tmp_path):
    go_on = threading.Event()

    def build(manifest, out, report, replacing, allow_missing):
        go_on.wait(10)
        report(Progress("Reading", 0, 1))

    win = window(build_reference=build)
    win.references.build(tmp_path / "tiles.csv", tmp_path / "a.pgref")
    for number in range(6):
        win.messages.show_message("info", f"message {number}")
    assert texts(win).startswith("Importing tiles.csv")
    assert len(win.messages.bars) <= 5
    click(qtbot, win.messages.bar("reference").buttons["Cancel"])
    go_on.set()
    qtbot.waitUntil(idle(win))
    assert "Importing" not in texts(win)


def test_the_sets_used_lately_are_offered_again(qtbot, window, reference):
    first = window()
    first.open_path(reference.folder)
    qtbot.waitUntil(lambda: first.references.reference is not None)
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    second = window()
    assert second.reference_panel.box.itemData(0) == reference.folder
    assert second.references.reference is None
    second.reference_panel.box.activated.emit(0)
    qtbot.waitUntil(lambda: second.references.reference is not None)


def test_evaluate_waits_for_the_set_that_was_chosen(qtbot, ready, tmp_path):
    other = make_reference(tmp_path / "other").folder
    go_on, asked = threading.Event(), []

    def load(folder):
        if folder == other:
            go_on.wait(10)
        return load_reference(folder)

    def evaluate(request, at_hand, store, report):
        asked.append(request.reference.folder)
        return make_evaluation()

    win = ready(load_reference=load, evaluate=evaluate)
    win.recent.add_reference(other)
    win.reference_panel.set_known(win.recent.references)
    box = win.reference_panel.box
    box.setCurrentIndex(next(row for row in range(box.count()) if box.itemData(row) == other))
    box.activated.emit(box.currentIndex())
    assert not win.run_panel.evaluate_button.isEnabled()
    go_on.set()
    qtbot.waitUntil(win.run_panel.evaluate_button.isEnabled)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: asked == [other])
    qtbot.waitUntil(idle(win))


def test_of_two_imports_the_second_is_waited_for_too(qtbot, window, tmp_path, reference):
    go_on = {name: threading.Event() for name in ("a.csv", "b.csv")}

    def build(manifest, out, report, replacing, allow_missing):
        go_on[manifest.name].wait(10)
        return BuildResult(reference, ())

    win = window(build_reference=build)
    for name in go_on:
        win.references.build(tmp_path / name, tmp_path / f"{name}.pgref")
    go_on["a.csv"].set()
    qtbot.waitUntil(lambda: win.references.reference is not None)
    qtbot.wait(50)
    assert win.run_panel.hint.text() == "Wait until the reference set is ready."
    go_on["b.csv"].set()
    qtbot.waitUntil(idle(win))
    assert win.run_panel.hint.text() != "Wait until the reference set is ready."


def test_the_center_given_for_a_slide_is_that_slides_alone(qtbot, ready, slide_path, tmp_path):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append((request.slide.path, request.center))
        return make_evaluation()

    def open_and_evaluate(path):
        win.open_slides([path])
        qtbot.waitUntil(lambda: win.slides.path == path)
        qtbot.waitUntil(win.run_panel.evaluate_button.isEnabled)
        click(qtbot, win.run_panel.evaluate_button)
        qtbot.waitUntil(lambda: bool(asked) and asked[-1][0] == path and not win.controller.busy)

    win = ready(evaluate=evaluate)
    center = win.references.reference.centers[0]
    win.reference_panel.give_center(center)
    other = tmp_path / "other.tif"
    other.write_bytes(slide_path.read_bytes())
    open_and_evaluate(other)
    open_and_evaluate(slide_path)
    assert asked == [(other, None), (slide_path, center)]
