"""Shares are drawn in the cell, from the left, as wide as they are."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyleOptionViewItem

from pathgui.gui.results.index_delegate import BAR_ROLE
from pathgui.gui.results.share_delegate import ShareBar, ShareDelegate

WIDE, HIGH = 212, 46  # of the cell; 6 pixels at either side are free
RED, BLUE = (200, 0, 0), (0, 0, 200)


def drawn(bar: ShareBar | None) -> QImage:
    model, item = QStandardItemModel(), QStandardItem("")
    item.setData(bar, BAR_ROLE)
    model.appendRow(item)
    picture = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, WIDE, HIGH)
    with QPainter(picture) as painter:
        ShareDelegate().paint(painter, option, model.index(0, 0))
    return picture


def test_each_share_has_its_width_and_color(qapp):
    picture = drawn(ShareBar(((0.25, RED), (0.5, BLUE)), mark=0.9))
    row = HIGH - 8
    at = {x: picture.pixelColor(QPoint(6 + x, row)).getRgb()[:3] for x in (2, 48, 52, 148, 152)}
    assert at[2] == at[48] == RED
    assert at[52] == at[148] == BLUE
    assert at[152] not in (RED, BLUE)
    above = {picture.pixelColor(QPoint(6 + x, HIGH - 12)).lightness() for x in range(178, 183)}
    assert min(above) < 200  # the dashes at .9 reach beyond the bar


def test_a_cell_without_shares_is_as_any_other(qapp):
    picture = drawn(None)
    assert picture.pixelColor(QPoint(20, HIGH - 8)) == QColor("white")
