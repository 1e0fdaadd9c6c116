"""The legend over the slide."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QWidget

from pathgui.core.results.tile_layers import KIND_NAMES
from pathgui.gui.viewer.instruments.hud import INK, PLATE
from pathgui.gui.viewer.instruments.legend import Legend
from pathgui.gui.viewer.instruments.legend_facts import LegendFacts, LegendRow, legend_of
from pathgui.gui.viewer.instruments.legend_painting import QUIET, folded_lines, title_lines
from pathgui.gui.viewer.model.layers import OverlayLayer
from tests.color_vision import AA_TEXT, contrast


@pytest.mark.parametrize("layer", KIND_NAMES.values())
def test_a_folded_title_that_is_too_long_says_encoder_and_layer_below_each_other(qtbot, layer):
    metrics = QFontMetricsF(QFont())
    title = f"EfficientNet-Lite0: our second fine-tune (ImageNet): {layer}"
    layer = title.rpartition(": ")[2]
    room = metrics.horizontalAdvance(layer) + 1
    encoder, below = folded_lines(title, metrics, room)
    assert encoder.startswith("Ef")
    assert below == layer
    assert metrics.horizontalAdvance(encoder) <= room
    assert folded_lines(title, metrics, 10_000) == [title]
    assert folded_lines("no colon", metrics, 10_000) == ["no colon"]


def rows(*counts):
    return tuple(
        LegendRow(f"center {index}", (0, 0, 0), True, count) for index, count in enumerate(counts)
    )


@pytest.fixture
def picture(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


@pytest.fixture
def legend(picture):
    return Legend(picture)


def names(legend):
    return [row.name for row in legend.listed.rows]


def test_of_many_classes_those_without_tiles_are_folded_until_they_are_asked_for():
    facts = LegendFacts("E: center, probe", rows(5, 3, 0, 1, 0, 0, 0, 0))
    assert [row.count for row in facts.narrowed().rows] == [5, 3, 1]
    assert "5 without tiles" in facts.narrowed().more
    assert len(facts.narrowed(unfolded=True).rows) == 8
    assert [row.name for row in facts.narrowed(find="TER 4").rows] == ["center 4"]
    assert facts.narrowed(find="nowhere").more == "none is called so"
    few = LegendFacts("E: tissue, probe", rows(5, 0, 1))
    assert few.narrowed() == few
    assert "no tile yet" in LegendFacts("E: center, probe", rows(*[0] * 23)).narrowed().more


def test_many_classes_are_listed_by_their_tiles_and_few_in_their_order():
    def legend_rows(n):
        image = np.array([[n - 1, n - 1, 1]], np.uint8)
        layer = OverlayLayer("E: x", image, [(0, 0, 0)] * n, [f"c{i}" for i in range(n)])
        return [row.name for row in legend_of(layer, [True] * n, stretched=False).rows]

    assert legend_rows(3) == ["c0", "c1", "c2"]
    assert legend_rows(8)[:3] == ["c7", "c1", "c0"]


def test_classes_are_found_by_typing_and_empty_ones_shown_by_a_click(qtbot, legend):
    legend.set_facts(LegendFacts("E: center, probe", rows(*range(22, 8, -1), *[0] * 9)))
    assert legend.field.isVisible()
    assert len(names(legend)) == 14
    legend.grab()
    more = legend._rects[-1].center().toPoint()
    qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=more)
    assert len(names(legend)) == 23
    qtbot.keyClicks(legend.field, "21")
    assert names(legend) == ["center 21"]
    few = LegendFacts("E: tissue, probe", rows(*range(8)))
    legend.set_facts(few)  # which has no field: what was typed would hide its classes for good
    assert not legend.field.isVisible()
    assert len(names(legend)) == 8
    legend.set_facts(LegendFacts("E: center, probe", rows(*range(22, 8, -1), *[0] * 9)))
    assert len(names(legend)) == 23
    legend.set_room(900, 300)
    assert names(legend)[0] == "center 0"
    assert len(names(legend)) < 14
    assert legend.height() <= 300
    legend._scroll(3)
    assert names(legend)[0] == "center 3"


def test_a_legend_folds_to_its_title_where_it_would_hide_the_picture(qtbot, legend):
    facts = LegendFacts("Color statistics (control): nearest reference tile's center", rows(1, 2))
    legend.set_facts(facts)
    assert not legend.folded
    whole = legend.width()
    legend.set_room(whole, 600)
    assert legend.folded
    assert legend.width() <= 2 * whole / 3
    assert legend.height() < 40
    qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=legend.rect().center())
    assert names(legend) == ["center 0", "center 1"]
    legend.setFocus()
    qtbot.keyClick(legend, Qt.Key.Key_Left)
    assert legend.folded
    # Where there is room, no word of the title is cut.
    said = title_lines(facts.title, QFontMetricsF(QFont()))
    assert " ".join(said) == "Color statistics (control) nearest reference tile's center"


def test_every_word_of_the_legend_is_read_also_over_white_glass():
    share = PLATE.alphaF()
    ground = [share * each + (1 - share) * 255 for each in PLATE.getRgb()[:3]]
    for ink in (INK, QUIET):
        assert contrast(ink.getRgb()[:3], ground) >= AA_TEXT
