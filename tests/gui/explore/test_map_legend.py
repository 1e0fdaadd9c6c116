"""The legend of the maps names the classes that are on them, and folds the others away."""

from types import SimpleNamespace

import numpy as np
import pytest

from pathgui.core.pictures.palette import center_colors, tissue_colors
from pathgui.core.reference.roles import USUAL
from pathgui.gui.explore.map_panel import Legend


@pytest.fixture
def legend(qtbot):
    """Two tissues and nine centers, of which the last has most points and three have any."""
    made = Legend()
    qtbot.addWidget(made)
    names = {"tissue": ["liver", "skin"], "center": [f"{n}  Center {n}" for n in range(9)]}
    made.show_data(
        SimpleNamespace(
            columns=USUAL,
            names=names.__getitem__,
            colors={"tissue": tissue_colors(2), "center": center_colors(9)},
        )
    )
    centers = np.repeat(np.array([8, 3, 0, -1], np.int16), [5, 2, 1, 1])  # -1: not known
    made.count_points(SimpleNamespace(tissue=np.ones(9, np.int16), center=centers))
    return made


def listed(legend):
    items = [legend.item(row) for row in range(legend.count())]
    return [item.text() for item in items if not item.isHidden()]


def test_many_classes_are_listed_by_their_points_and_a_few_in_their_order(legend):
    centers = ["8  Center 8", "3  Center 3", "0  Center 0", "▾ 6 without points"]
    assert listed(legend) == ["Tissue", "liver", "skin", "Center", *centers]
    assert "5 points" in legend.item(4).toolTip()


def test_classes_without_points_are_a_click_away_and_always_found(legend):
    legend.itemClicked.emit(legend.item(legend.count() - 1))
    assert len(listed(legend)) == 4 + 9 + 1
    assert listed(legend)[-1] == "▴ only those with points"
    legend.itemClicked.emit(legend.item(legend.count() - 1))
    legend.narrow("Center 5")
    assert listed(legend) == ["Tissue", "Center", "5  Center 5"]
    legend.narrow("")
    assert listed(legend)[-1] == "▾ 6 without points"


def test_a_run_without_a_map_folds_nothing(legend):
    legend.count_points(None)
    assert len(listed(legend)) == 2 + 2 + 9
