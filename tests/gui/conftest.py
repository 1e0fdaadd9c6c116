"""The window around functions of core that the test hands in."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.encoders.facts.registry import EncoderSpec, Readiness, Registry
from pathgui.core.evaluation.evaluate import EvaluationRequest
from pathgui.core.phantom.demo_to_evaluate import DemoMaterial
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.report.render.pages import Pages
from pathgui.core.slides.tiling import TileSpec
from pathgui.core.system.devices import Device
from pathgui.gui.jobs.garbage import due
from pathgui.gui.jobs.services import Services
from pathgui.gui.kit.theme import ThemeFollower
from pathgui.gui.shell.main_window import MainWindow
from tests.material import make_reference
from tests.run_factory import make_evaluation

READY = Readiness(True)
MISSING = Readiness(False, "The weights are not on this computer. Fetch them with: pathgui fetch")


def spec(name: str, title: str, readiness: Readiness = READY) -> EncoderSpec:
    """An encoder that can be listed, not loaded."""
    return EncoderSpec(
        name=name,
        title=title,
        dim=128,
        tile=TileSpec(224, 0.5),
        licence="MIT",
        source="made for the test",
        transform="resize to 224, scale to 0..1",
        pooling="mean",
        params_m=1.5,
        readiness=lambda: readiness,
        load=lambda device, precision: pytest.fail("no encoder is loaded here"),
    )


SPECS = (
    spec("color-statistics", "Color statistics"),
    spec("efficientnet-lite0", "EfficientNet-Lite0"),
    spec("shell", "SHELL"),
    spec("uni2-h", "UNI2-h", MISSING),
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Collect garbage after a test and on this thread, as the window does in the program.

    Else it is collected on the thread of a job, or in the middle of Qt's work, and takes apart what
    is left of earlier windows there: now and then that ended the process.
    """
    gc.disable()
    result = yield
    stays = nextitem is not None and Path(__file__).parent in nextitem.path.parents
    generation = due(gc.get_count(), gc.get_threshold()) if stays else 2
    if generation >= 0:
        gc.collect(generation)
    if generation == 2:
        gc.freeze()  # closed windows are kept, and need not be gone through again
    if not stays:
        gc.enable()
    return result


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> ReferenceSet:
    """Two tissues at two centers."""
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture(autouse=True)
def _theme(qapp: Any) -> None:
    """The style sheet of the program, so that what it breaks breaks a test."""
    if not qapp.styleSheet():
        ThemeFollower(qapp)


@pytest.fixture(autouse=True)
def _gone(qapp: Any) -> Iterator[None]:
    """What a test closed is deleted before the next one begins, which would style it all anew."""
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def services(reference: ReferenceSet, slide_path: Path) -> Services:
    """Real slides and reference sets; an evaluation that is made up."""
    return Services(
        known=Registry(SPECS),
        evaluate=lambda request, at_hand, store, report: make_evaluation(given_center=True),
        cost=lambda request, at_hand, store, report: cost_of(request),
        write_report=lambda folder, out, options, report: _write(out or folder / "report.pdf"),
        preview_report=lambda folder, options, width_px, report: Pages(
            [np.full((1400, 1000, 3), 255, np.uint8)] * 2, []
        ),
        prepare_demo=lambda folder, report: DemoMaterial(slide_path, reference, "Northfield"),
        device=lambda wanted: Device("cpu", "CPU, 2 cores", "no GPU was found"),
        warm_up=lambda: None,
    )


def cost_of(request: EvaluationRequest) -> Cost:
    """A minute an encoder."""
    return Cost(
        tuple(EncoderCost(name, 48, 0, 60.0, 10**6, "earlier run") for name in request.encoders),
        tiles_reference=48,
    )


def _write(path: Path) -> Path:
    path.write_bytes(b"%PDF-1.7\n")
    return path


def takes_what_the_window_hands_it(name: str, stand_in: Callable[..., Any]) -> None:
    """A stand-in that lacks a parameter would fail in a job, where a test sees only time pass."""
    handed = inspect.signature(getattr(Services, name)).parameters.values()
    taken = inspect.signature(stand_in).parameters
    by_name = {
        each.name
        for each in handed
        if each.kind is each.KEYWORD_ONLY and each.default is each.empty
    }
    if any(each.kind is each.VAR_KEYWORD for each in taken.values()):
        return
    if lacking := by_name - taken.keys():
        pytest.fail(f"{name}= takes no {', '.join(sorted(lacking))}, which the window hands on")


def places_known() -> int:
    """How many places that Qt made in layouts Python has an object for (gui/kit/layouts.py)."""
    return sum(
        isinstance(each, QLayoutItem)
        and not isinstance(each, QLayout)
        and not shiboken6.createdByPython(each)
        for each in shiboken6.getAllValidWrappers()
    )


WindowFn = Callable[..., MainWindow]

# What Python holds of closed windows. Their parts refer to each other in circles; taken apart by
# the garbage collector, in any order and in the middle of a later test, they ended the process.
_closed: list[MainWindow] = []


@pytest.fixture
def window(qtbot: Any, services: Services) -> Iterator[WindowFn]:
    """Makes windows; ``window(evaluate=...)`` hands in other functions."""
    made: list[MainWindow] = []

    def make(**others: Any) -> MainWindow:
        for name, stand_in in others.items():
            if callable(stand_in):
                takes_what_the_window_hands_it(name, stand_in)
        win = MainWindow(replace(services, **others))
        win.resize(1280, 800)
        win.show()
        made.append(win)
        qtbot.waitUntil(lambda: bool(win.device.text()) and not win.working, timeout=10_000)
        return win

    yield make
    for win in made:
        win.close_surely()
        qtbot.waitUntil(lambda win=win: not win.isVisible(), timeout=10_000)
        win.deleteLater()
        _closed.append(win)


@pytest.fixture
def ready(
    qtbot: Any, window: WindowFn, slide_path: Path, reference: ReferenceSet
) -> Callable[..., MainWindow]:
    """Makes windows in which everything is chosen and only Evaluate is left."""

    def make(**others: Any) -> MainWindow:
        win = window(**others)
        win.open_slides([slide_path])
        win.references.open(reference.folder)
        qtbot.waitUntil(win.run_panel.evaluate_button.isEnabled, timeout=10_000)
        return win

    return make


def click(qtbot: Any, widget: Any) -> None:
    """As a user does."""
    qtbot.waitUntil(widget.isVisible)  # nobody can click what is not there
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def always_openslide(win: MainWindow) -> None:
    """Choose that slides are read by OpenSlide alone."""
    box = win.run_settings.boxes["reader"]
    box.choose("openslide")
    box.activated.emit(box.currentIndex())


def idle(win: MainWindow) -> Callable[[], bool]:
    """Whether nothing runs."""
    return lambda: not win.working


def texts(win: MainWindow, level: str | None = None) -> str:
    """What the bars above the slide say."""
    return "\n".join(
        bar.text.text() for bar in win.messages.bars if level is None or bar.level == level
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says this of every window that is shown."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))
