"""Names of files, which have no blanks, in lists whose lines break at blanks only."""

from __future__ import annotations

import re

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

_MAY_BREAK = "\u200b"  # a blank of no width


class NameDelegate(QStyledItemDelegate):
    """Breaks names where people see their parts end. The item's own text stays as it is."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.text = breakable(option.text)


def breakable(name: str) -> str:
    """A name that may be broken after its signs, and between letters and figures.

    >>> breakable("center1-patient_2.tif").split("\u200b")
    ['center', '1-', 'patient_', '2.', 'tif']
    """
    return re.sub(r"(?<=[-_./\\,;+])(?=\w)|(?<=[A-Za-z])(?=\d)", _MAY_BREAK, name)
