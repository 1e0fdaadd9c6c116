"""Each contract is broken in a small made-up house, and its message says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import contracts
from tests.contracts import CONTRACTS, House
from tests.guards import ELSEWHERE

# A house that keeps all contracts; each case adds files that break one of them.
SOUND = {
    "core/system/endings.py": 'RUN, REFERENCE_SET = ".pgrun", ".pgref"\n',
    "core/slides/slide.py": '"""A slide; NAME.pgrun is a run."""\nimport tifffile\n',
    "core/metrics/neighbors/kinds.py": 'KINDS = ("SS", "SO", "OS", "OO")\n',
    "core/metrics/probe.py": "from pathgui.core.errors import Fault\n",
    "core/errors.py": "class Fault(Exception):\n    pass\n",
    "core/embedding/store.py": "import zarr\nimport torch\n",
    "core/results/findings.py": (
        "LOW_SUPPORT = 0.2\n\n\ndef work():\n    from pathgui.core.runs import record\n"
    ),
    "core/runs/record.py": "from pathgui.core.system.endings import RUN\n",
    "core/report/sections/cover.py": "from pathgui.core.results.findings import LOW_SUPPORT\n",
    "gui/jobs/message_keys.py": 'REPORT = "report"\n',
    "gui/jobs/jobs.py": "from PySide6.QtCore import QThread\n\n\nclass Job(QThread):\n    pass\n",
    "gui/viewer/model/plan.py": "import math\n",
    "gui/viewer/canvas.py": "from pathgui.core.slides import slide\n",
    "gui/shell/main_window.py": "from pathgui.gui.jobs.jobs import Job\n",
    "gui/app.py": (
        "import threading\nfrom pathgui.gui.shell.main_window import Job\n"
        "from PySide6.QtCore import QThread\n\nmain = threading.main_thread()\n"
    ),
    "cli/main.py": 'print("A run (NAME.pgrun).")\n',
}
SOUND["gui/app.py"] = SOUND["gui/app.py"].replace("from PySide6.QtCore import QThread\n", "")

# Contract, what is added or replaced, and what the message must name.
BROKEN = [
    ("every_module_lies_in_a_room", {"core/odds.py": ""}, ("core.odds", "Move it into one of")),
    ("every_module_lies_in_a_room", {"gui/cellar/x.py": ""}, ("gui.cellar.x", "floors in")),
    (
        "imports_go_down_only",
        {"core/slides/tiling.py": "from pathgui.core.runs.record import RUN\n"},
        ("core.slides.tiling imports core.runs.record", "into slides or below"),
    ),
    (
        "imports_go_down_only",  # for the eyes of a type checker alone
        {
            "core/slides/tiling.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
            "    from pathgui.core.runs.record import RUN\n"
        },
        ("core.slides.tiling imports core.runs.record",),
    ),
    (
        "imports_go_down_only",  # inside a function
        {"core/slides/tiling.py": "def f():\n    import pathgui.core.runs.record\n"},
        ("core.slides.tiling imports core.runs.record",),
    ),
    (
        "imports_go_down_only",  # "from package import module"
        {"gui/jobs/clock.py": "from pathgui.gui.shell import main_window\n"},
        ("gui.jobs.clock imports gui.shell.main_window",),
    ),
    (
        "imports_go_down_only",  # by a call
        {
            "core/slides/tiling.py": "import importlib\n\n\ndef f():\n"
            '    return importlib.import_module("pathgui.core.runs.record")\n'
        },
        ("core.slides.tiling imports core.runs.record",),
    ),
    (
        "imports_go_down_only",
        {"core/slides/tiling.py": 'record = __import__("pathgui.core.runs.record")\n'},
        ("core.slides.tiling imports core.runs.record",),
    ),
    (
        "imports_go_down_only",  # under another name
        {
            "core/slides/tiling.py": "from importlib import import_module\n\n"
            'record = import_module(name="pathgui.core.runs.record")\n'
        },
        ("core.slides.tiling imports core.runs.record",),
    ),
    (
        "imports_can_be_read",
        {
            "core/slides/tiling.py": "from importlib import import_module\n\n\ndef f(room):\n"
            '    return import_module(f"pathgui.core.{room}.record")\n'
        },
        ("core.slides.tiling computes", "Write an import statement"),
    ),
    (
        "packages_hold_no_code",
        {"core/slides/__init__.py": '"""Slides."""\n\ndef f():\n    pass\n'},
        ("core.slides/__init__.py, line 3, is more than a docstring", "module of its own"),
    ),
    (
        "packages_hold_no_code",  # not even what others have
        {"gui/jobs/__init__.py": "from pathgui.gui.jobs.jobs import Job\n"},
        ("gui.jobs/__init__.py, line 1",),
    ),
    (
        "packages_hold_no_code",
        {"cli/__init__.py": '"""The terminal."""\n\nOUT = 1\n'},
        ("cli/__init__.py, line 3",),
    ),
    (
        "no_circle_of_files",
        {
            "core/slides/a.py": "from pathgui.core.slides.b import x\n",
            "core/slides/b.py": "from pathgui.core.slides import c\n",
            "core/slides/c.py": "def f():\n    from pathgui.core.slides.a import y\n",
        },
        ("core.slides.a -> core.slides.b -> core.slides.c -> core.slides.a", "module of its own"),
    ),
    (
        "modules_mean_one_thing",
        {"core/slides/long.py": "x = 1\n" * 501},
        ("core.slides.long has 501 lines", "Take out the part"),
    ),
    (
        "what_a_part_works_without",
        {"core/slides/pen.py": "from PySide6.QtGui import QPen\n"},
        ("core.slides.pen imports PySide6.QtGui", "let the caller hand in"),
    ),
    (
        "what_a_part_works_without",
        {"core/slides/taste.py": "import pathgui.settings\n", "settings.py": ""},
        ("core.slides.taste imports pathgui.settings",),
    ),
    (
        "what_a_part_works_without",
        {"gui/viewer/model/layers.py": "from PySide6.QtCore import QRectF\n"},
        ("gui.viewer.model.layers imports PySide6.QtCore",),
    ),
    (
        "what_a_part_works_without",  # not even for a type
        {
            "core/report/page.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from pathgui.core.embedding.store import zarr\n"
        },
        ("core.report.page imports pathgui.core.embedding.store",),
    ),
    (
        "what_importing_loads",
        {"core/runs/record.py": "from pathgui.core.embedding import store\n",
         "core/results/findings.py": "from pathgui.core.runs.record import x\n"},
        ("core.results.findings -> core.runs.record -> pathgui.core.embedding.store", "inside the"),
    ),
    (
        "what_importing_loads",  # a package on the way loads, too
        {
            "core/runs/__init__.py": "import torch\n",
            "core/report/page.py": "from pathgui.core.runs.record import RUN\n",
        },
        ("core.report.page -> core.runs -> torch",),
    ),
    (
        "what_importing_loads",
        {"cli/main.py": "from pathgui.core.embedding import store\n"},
        ("Importing cli.main loads",),
    ),
    (
        "a_part_knows_only_some_rooms",
        {"core/metrics/knn.py": "from pathgui.core.slides.slide import tifffile\n"},
        ("core.metrics.knn imports core.slides.slide", "function of arrays"),
    ),
    (
        "a_part_knows_only_some_rooms",
        {"gui/viewer/hud.py": "from pathgui.core.runs.record import RUN\n"},
        ("gui.viewer.hud imports core.runs.record", "hand in the layer"),
    ),
    (
        "libraries_stay_where_they_belong",
        {"core/results/tables.py": "def f():\n    import torch.nn\n"},
        ("core.results.tables imports torch", "Call what is there"),
    ),
    (
        "libraries_stay_where_they_belong",
        {"core/pictures/read.py": "from openslide import OpenSlide\n"},
        ("core.pictures.read imports openslide",),
    ),
    (
        "only_the_program_imports_the_window",
        {"gui/shell/menus.py": "from pathgui.gui.shell.main_window import Job\n"},
        ("gui.shell.menus imports the window", "as arguments"),
    ),
    (
        "few_make_threads",
        {"gui/results/work.py": "import threading\n\nt = threading.Thread(target=print)\n"},
        ("gui.results.work makes threads (threading.Thread)", "Start a Job"),
    ),
    (
        "few_make_threads",
        {"gui/results/work.py": "from PySide6.QtCore import QThread as Fast\n"},
        ("gui.results.work makes threads (PySide6.QtCore.QThread)",),
    ),
    (
        "few_make_threads",
        {"gui/results/work.py": "import _thread\n\n_thread.start_new_thread(print, ())\n"},
        ("gui.results.work makes threads (_thread", "Start a Job"),
    ),
    (
        "few_make_threads",
        {"core/results/work.py": "from concurrent.futures import ThreadPoolExecutor\n"},
        ("core.results.work makes threads", "system/background"),
    ),
    (
        "garbage_is_collected_in_one_place",
        {"core/results/work.py": "import gc\n\n\ndef f():\n    gc.collect()\n"},
        ("core.results.work calls gc.collect", "Call collect_garbage"),
    ),
    (
        "nobody_asks_a_widget_for_its_screen",
        {"gui/results/place.py": "def f(window):\n    return window.screen().size()\n"},
        ("gui.results.place, line 2, calls screen()", "Call screen_of"),
    ),
    (
        "nobody_asks_a_layout_for_its_places",
        {"gui/results/place.py": "def f(rows):\n    return rows.takeAt(0)\n"},
        ("gui.results.place, line 2, calls takeAt", "in_column"),
    ),
    (
        "endings_stand_once",
        {"core/runs/names.py": 'def f(name):\n    return f"{name}.pgrun"\n'},
        ("core.runs.names, line 2, writes '.pgrun'", "core.system.endings"),
    ),
    (
        "endings_stand_once",
        {"gui/shell/choose.py": 'FILTER = "Reference sets (*.pgref)"\n'},
        ("gui.shell.choose, line 1",),
    ),
    (
        "endings_stand_once",  # without the dot
        {"gui/shell/choose.py": 'def f(name):\n    return name.endswith("pgrun")\n'},
        ("gui.shell.choose, line 2, writes 'pgrun'", "core.system.endings"),
    ),
    (
        "kinds_of_neighbors_stand_once",
        {"core/report/sections/marks.py": 'M = {"SS": 1, "SO": 2, "OS": 3, "OO": 4}\n'},
        ("core.report.sections.marks, line 1", "Take KINDS from core.metrics.neighbors.kinds"),
    ),
    (
        "kinds_of_neighbors_stand_once",  # as one text
        {"core/report/sections/marks.py": 'M = "SS SO OS OO".split()\n'},
        ("core.report.sections.marks, line 1", "Take KINDS"),
    ),
    (
        "kinds_of_neighbors_stand_once",
        {"gui/results/marks.py": 'M = "SS,SO,OS,OO"\n'},
        ("gui.results.marks, line 1",),
    ),
    (
        "kinds_of_neighbors_stand_once",  # as words of a call
        {"gui/results/marks.py": "M = dict(SS=1, SO=2, OS=3, OO=4)\n"},
        ("gui.results.marks, line 1",),
    ),
    (
        "parts_of_the_work_are_no_sentences",
        {"gui/jobs/clock.py": 'def f(event):\n    return "slide with" in event.stage\n'},
        ("gui.jobs.clock, line 2", "Progress.part"),
    ),
    (
        "parts_of_the_work_are_no_sentences",  # by its beginning
        {"gui/jobs/clock.py": 'def f(event):\n    return event.stage.startswith("Embed")\n'},
        ("gui.jobs.clock, line 2", "Progress.part"),
    ),
    (
        "parts_of_the_work_are_no_sentences",  # case by case
        {
            "gui/jobs/clock.py": "def f(event):\n    match event.stage:\n"
            '        case "Embedding":\n            return 1\n'
        },
        ("gui.jobs.clock, line 2", "Progress.part"),
    ),
    (
        "durations_are_said_in_one_place",
        {"gui/runs/ask.py": 'def f(seconds):\n    return f"Stop after {seconds / 60:.0f} min?"\n'},
        ("gui.runs.ask, line 2", "core.system.times"),
    ),
    (
        "message_keys_stand_once",
        {"gui/runs/control.py": 'def f(desk):\n    desk.messages.clear("runs")\n'},
        ("gui.runs.control, line 2", "gui.jobs.message_keys"),
    ),
    (
        "message_keys_stand_once",
        {"gui/runs/control.py": 'def f(m):\n    m.show_message("info", "Done.", key="runs")\n'},
        ("gui.runs.control, line 2",),
    ),
    (
        "limits_stand_once",
        {"core/report/sections/index.py": "_LOW_SUPPORT = 0.25\n"},
        ("core.report.sections.index has a limit _LOW_SUPPORT", "core.results.findings"),
    ),
    (
        "who_shows_judges_nothing",
        {"gui/results/panel.py": "def f(share):\n    return share > 0.2\n"},
        ("gui.results.panel, line 2", "share > 0.2", "Judge it in core/results"),
    ),
    (
        "who_shows_judges_nothing",  # behind a name
        {"core/report/sections/far.py": "_MANY = 0.2\n\n\ndef f(x):\n    return x > _MANY\n"},
        ("core.report.sections.far, line 5",),
    ),
    (
        "who_shows_judges_nothing",  # behind a name with a type
        {
            "core/report/sections/far.py": "MANY: float = 0.2\n\n\ndef f(x):\n"
            "    return x > MANY\n"
        },
        ("core.report.sections.far, line 5",),
    ),
    (
        "who_shows_judges_nothing",
        {"cli/runs.py": "def f(index):\n    return index < 0.5\n"},
        ("cli.runs, line 2", "index < 0.5", "terminal"),
    ),
    (
        "who_shows_judges_nothing",  # computed, or below zero
        {"cli/runs.py": "def f(index):\n    return -0.5 < index\n"},
        ("cli.runs, line 2",),
    ),
    (
        "who_shows_judges_nothing",
        {"gui/results/panel.py": "def f(share):\n    return share > 1 / 5\n"},
        ("gui.results.panel, line 2",),
    ),
]  # fmt: skip


def build(root: Path, files: dict[str, str]) -> House:
    for name, text in files.items():
        path = root / "pathgui" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for folder in path.relative_to(root).parents[:-1]:
            (root / folder / "__init__.py").touch()
    return House(root)


def test_a_sound_house_keeps_all_contracts(tmp_path):
    house = build(tmp_path, SOUND)
    assert [each for contract in CONTRACTS for each in contract(house)] == []


@pytest.mark.parametrize(("name", "added", "said"), BROKEN)
def test_a_broken_contract_is_named_with_what_to_do(tmp_path, name, added, said):
    house = build(tmp_path, SOUND | added)
    sentences = list(getattr(contracts, name)(house))
    assert sentences
    for words in said:
        assert words in sentences[0]


def test_each_contract_is_broken_here():
    assert {contract.__name__ for contract in CONTRACTS} == {name for name, *_ in BROKEN}


def guarded(tmp_path: Path, elsewhere: dict[str, str], *tests: str) -> list[str]:
    house = build(
        tmp_path,
        {
            "core/slides/tiling.py": "def tile():\n    pass\n",
            "core/slides/level.py": "class Level:\n    pass\n",
            "core/slides/names.py": "FINEST = 0\n",  # does nothing, so needs no guard
        },
    )
    for name in tests:
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return list(contracts.each_core_module_has_a_test_of_its_name(house, elsewhere))


TILING, LEVEL = "core/slides/test_tiling.py", "core/slides/test_level.py"


def test_a_module_without_a_test_module_is_named(tmp_path):
    assert guarded(tmp_path, {}, TILING, LEVEL) == []
    (tmp_path / "tests" / LEVEL).unlink()
    (said,) = guarded(tmp_path, {}, TILING)
    assert f"core.slides.level has no test module. Write tests/{LEVEL}" in said
    assert guarded(tmp_path, {"core.slides.level": TILING}, TILING) == []


def test_an_exception_that_is_not_needed_any_more_fails(tmp_path):
    (said,) = guarded(tmp_path, {"core.slides.level": TILING}, TILING, LEVEL)
    assert "core.slides.level has a test module of its name. Strike it" in said
    (said,) = guarded(tmp_path, {"core.slides.gone": TILING}, TILING, LEVEL)
    assert "core.slides.gone is no module any more" in said


def test_an_exception_whose_guard_is_gone_fails(tmp_path):
    (said,) = guarded(tmp_path, {"core.slides.level": "core/slides/test_other.py"}, TILING)
    assert "test_other.py is gone" in said


def test_no_module_is_an_exception_any_more():
    assert ELSEWHERE == {}, "Write the module's own test in place of an entry."
