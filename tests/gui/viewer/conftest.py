"""What the tests of the viewer share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt

from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.slide_view import SlideView

ShowFn = Callable[..., SlideView]


@pytest.fixture(autouse=True)
def _application(qapp: Any) -> None:
    """Pictures need one."""


@pytest.fixture
def show(qtbot: Any) -> Iterator[ShowFn]:
    """A view of a slide, shown and sharp; ended after the test."""
    views: list[SlideView] = []

    def make(slide: Any = None, size: tuple[int, int] = (500, 400), **kwargs: Any) -> SlideView:
        view = SlideView(**{"keys": KeyTable(ACTIONS), **kwargs})
        view.navigator.reduced_motion = True
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its frame would lie on the slide
        views.append(view)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        if slide is not None:
            view.set_slide(slide)
            qtbot.waitUntil(lambda: view.sharp)
        return view

    yield make
    for view in views:
        view.shutdown()
