"""What Evaluate would do is put into the clipboard as a command and as Python."""

import ast
import shlex
import tomllib

from PySide6.QtGui import QGuiApplication

from pathgui.core.runs.criteria import Criterion
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.region_files import read_region
from tests.core.report.test_copied import called, parsed
from tests.gui.conftest import idle


def test_evaluate_with_a_region_and_criteria_is_copied_with_files_that_hold_them(
    qtbot, ready, slide_path, reference
):
    win = ready()
    win.viewer.set_regions([[(100.0, 100.0), (700.0, 100.0), (700.0, 600.0), (100.0, 600.0)]])
    win.criteria.criteria = (Criterion("tissue_knn", "at least", 0.5, reason="as agreed"),)
    qtbot.waitUntil(idle(win))
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    win.menus.refresh()
    win.menus.by_id["copy_command"].trigger()
    qtbot.waitUntil(lambda: bool(clipboard.text()))
    found = parsed(clipboard.text())
    assert found["slide"] == slide_path
    assert found["reference"] == reference.folder
    assert found["out_folder"].parent == win.services.runs()
    assert tomllib.loads(found["criteria"].read_text(encoding="utf-8"))["criterion"]
    area = read_region(found["region"], win.viewer.slide.bounds_l0, ClassChoice()).polygons
    assert {(x, y) for ring in area for x, y in ring} >= {(100.0, 100.0), (700.0, 600.0)}

    clipboard.clear()
    win.menus.by_id["copy_python"].trigger()
    qtbot.waitUntil(lambda: bool(clipboard.text()))
    assert ast.parse(clipboard.text())
    assert called(clipboard.text())["slide"] == str(slide_path)
    assert shlex.split(clipboard.text())[:2] == ["import", "pathgui"]
    actions = win.run_panel.evaluate_button.actions()
    assert [each.text().replace("&", "") for each in actions][:1] == ["Copy as command"]
