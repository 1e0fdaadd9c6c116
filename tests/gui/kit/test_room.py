"""Panels that scroll where there is no room."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pathgui.gui.kit.room import Column


def test_a_panel_whose_size_never_comes_to_rest_does_not_run_the_stack_over(qtbot):
    content = QWidget()
    column = Column(content)
    qtbot.addWidget(column)
    column.setWidgetResizable(False)
    asked = []

    def another_size(least: int, most: int) -> None:
        asked.append(most)
        if len(asked) < 3000:  # ends without the limit too, if the stack is deep enough
            content.resize(content.width(), content.height() + 10)

    column.verticalScrollBar().rangeChanged.connect(another_size)
    column.resize(200, 100)
    column.show()
    content.resize(180, 500)
    assert 1 < len(asked) < 100
    assert column.verticalScrollBar().maximum() > 0
