"""A run that is opened brings back its slide and its reference set."""

import dataclasses
import shutil

from pathgui.core.runs.run_files import save_evaluation
from pathgui.gui.evaluation.reopening import FIND_SLIDE
from tests.gui.conftest import idle, texts
from tests.gui.evaluation.test_evaluation import run_of


class Answer:
    """Stands for the dialog of the system."""

    def __init__(self, path):
        self.path = path

    def getOpenFileName(self, parent, title, *rest):
        return str(self.path), ""


def test_slide_and_set_come_back_and_what_is_lost_can_be_shown_in_one_step(
    qtbot, window, slide_path, reference, tmp_path
):
    here, far = tmp_path / "study" / "runs", tmp_path / "far" / "away"
    for folder in (here, far):
        folder.mkdir(parents=True)
    evaluation = run_of(slide_path)
    facts = dataclasses.replace(
        evaluation.run.reference, sha256=reference.info.tiles_sha256, name=reference.info.name
    )
    run = dataclasses.replace(evaluation.run, reference=facts)
    # The files lie elsewhere than where the run found them, and under other names.
    far_slide = shutil.copy(slide_path, far / "called otherwise.tif")
    slide = dataclasses.replace(run.slide, file_stamp=f"{far_slide.stat().st_size}@1")
    save_evaluation(
        dataclasses.replace(evaluation, run=dataclasses.replace(run, slide=slide)), here / "a.pgrun"
    )
    shutil.copytree(reference.folder, tmp_path / "study" / "moved set.pgref")

    win = window()
    win.open_path(here / "a.pgrun")
    qtbot.waitUntil(lambda: "lies at none of the places" in texts(win), timeout=10_000)
    assert win.summary_panel.table.model().rowCount()  # its numbers show meanwhile
    qtbot.waitUntil(lambda: win.references.reference is not None)
    assert win.references.reference.folder.name == "moved set.pgref"

    def find():
        win.messages.bar("evaluation").buttons[FIND_SLIDE].click()

    (tmp_path / "a.tif").write_bytes(b"no slide")
    win.choosers.dialogs = Answer(tmp_path / "a.tif")
    find()
    qtbot.waitUntil(lambda: "is not the slide that this run measured" in texts(win))
    (far / "beside.tif").write_bytes(b"chosen by mistake")
    win.choosers.dialogs = Answer(far / "beside.tif")
    find()
    qtbot.waitUntil(lambda: win.viewer.layer is not None, timeout=10_000)
    assert win.slides.path == far_slide
    assert "lies at none" not in texts(win)
    qtbot.waitUntil(idle(win))

    again = window()
    again.open_path(here / "a.pgrun")  # now this computer knows where the slide lies
    qtbot.waitUntil(lambda: again.viewer.layer is not None, timeout=10_000)
    assert again.slides.path == far_slide
