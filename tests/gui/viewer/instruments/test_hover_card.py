"""The card beside the cursor: where it stands, and what it says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from pathgui.core.reference.roles import USUAL
from pathgui.core.results.kind_words import kind_titles
from pathgui.gui.explore.neighbor_grid import NeighborCard
from pathgui.gui.explore.neighbor_strip import kinds_said
from pathgui.gui.viewer.instruments.hover_card import Card, CardRow, HoverCard, card_html

HEADS = CardRow("", (("Tissue, probe", None), ("Center, probe", None), ("Nearest tile's", None)))
FAR = "farther from the reference set than 95 % of its own tiles are from each other"
ROWS = tuple(
    CardRow(
        f"An encoder with a long name, number {number}",
        (("glandular epithelium 0.91", (1, 2, 3)), ("B Eastport 0.72", (4, 5, 6)), (FAR, None)),
    )
    for number in range(3)
)
CARD = Card("Tile at x 1,024, y 2,048 px, 112 µm", (HEADS, *ROWS), "Numbers are probabilities.")


@pytest.fixture
def shown(qtbot):
    """``shown(width, height, tile)`` shows the card of a tile of a view."""

    def show(width: int, height: int, tile: QRect, strip: bool = True) -> HoverCard:
        view = QWidget()
        qtbot.addWidget(view)
        view.resize(width, height)
        card = HoverCard(view)
        card.kept_view = view  # a widget that nobody holds is gone
        card.show_card(CARD, QPixmap(112, 112), tile.center(), tile)
        if strip:
            card.show_strip("Nearest reference tiles", QPixmap(320, 75), "OO: other, other")
        return card

    return show


@pytest.mark.parametrize(("width", "height"), [(479, 321), (733, 480), (1_200, 800)])
@pytest.mark.parametrize("strip", [False, True])
def test_a_card_lies_in_the_view_wherever_its_tile_is(shown, width, height, strip):
    for x in range(0, width - 30, width // 4):
        for y in range(0, height - 30, height // 4):
            card = shown(width, height, QRect(x, y, 30, 30), strip)
            assert QRect(0, 0, width, height).contains(card.geometry())


@pytest.mark.parametrize(("x", "y"), [(5, 5), (350, 5), (690, 5), (5, 420), (350, 220), (690, 440)])
def test_a_card_does_not_cover_its_tile(shown, x, y):
    tile = QRect(x, y, 40, 40)
    assert not shown(733, 480, tile, strip=False).geometry().intersects(tile)


@pytest.mark.parametrize("x", [5, 60, 160, 360])
def test_in_a_narrow_pane_the_card_takes_the_room_beside_its_tile(shown, x):
    tile = QRect(x, 180, 15, 15)
    card = shown(425, 350, tile)
    assert not card.geometry().intersects(tile)
    room = max(x, 425 - x - 15) - 30
    assert card.text.width() >= min(room, 200) - 20  # not a column of single words
    assert card.strip.pixmap().width() <= card.width()


def test_a_card_stays_in_the_view_though_the_tile_fills_it(shown):
    card = shown(500, 400, QRect(-900, -900, 3_000, 3_000))
    assert QRect(0, 0, 500, 400).contains(card.geometry())


def test_where_there_is_no_room_for_a_table_each_answer_stands_below_its_heading():
    html = card_html(CARD, stacked=True)
    assert "<table" not in html
    assert html.count("Tissue, probe: ") == html.count("Center, probe: ") == len(ROWS)
    assert html.count(FAR) == len(ROWS)


def test_the_letters_in_the_strip_are_said_in_words_each_once():
    titles = kind_titles(USUAL)

    def card(kind: str) -> NeighborCard:
        words = titles[kind]
        return NeighborCard(0, kind, words, 0.1, True, "gland", "B", "Eastport", (1, 2, 3), "")

    said = kinds_said([card("OS"), card("SS"), card("OS")])
    assert said == f"OS: {titles['OS']}\nSS: {titles['SS']}"
    assert "center" in said


def test_nothing_of_a_card_is_cut_off(shown):
    for view in ((479, 321), (760, 320), (300, 220)):
        card = shown(*view, QRect(230, 120, 30, 30), strip=False)
        assert card.height() >= card.layout().totalHeightForWidth(card.width())
        assert card.width() >= card.layout().totalMinimumSize().width()


def test_what_a_small_view_has_no_room_for_is_counted(shown):
    assert "and 2 more encoders" in shown(300, 180, QRect(0, 0, 30, 30), strip=False).text.text()
    assert "more" not in shown(1_200, 800, QRect(0, 0, 30, 30), strip=False).text.text()
