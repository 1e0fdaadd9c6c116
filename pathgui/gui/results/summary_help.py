"""What the numbers mean: the columns in short, then the documentation, opened at an entry."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QWidget,
)

from pathgui.assets import docs_path
from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.kind_words import kind_titles
from pathgui.core.results.summary import columns_in
from pathgui.gui.kit.document_width import fit_width
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column, split

READING = say(
    "Compare the index with its chance value, not with ½: with many "
    "{centers} and few {tissues}, chance alone gives a high index. The "
    "interval says where the index of other slides of the same {centers} "
    "would probably lie. If it holds the chance value, the result can be "
    "chance. Support is the share of tiles that the index rests on; the "
    "neighbors of all other tiles do not tell {tissue} from {center}."
)
SHORT = say("The summary in short")
_PLACE = Qt.ItemDataRole.UserRole
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")  # to another page, which is not here


class SummaryHelp(Dialog):
    """The documentation of the measurements, with a list of its entries."""

    def __init__(self, parent: QWidget | None, anchor: str, columns: RoleColumns = USUAL) -> None:
        """``anchor``: the entry to open at; "" begins at the top. ``columns``: of the run shown."""
        super().__init__(parent)
        self.setWindowTitle(say("What these numbers mean"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QTextBrowser()
        self.text.setAccessibleName(self.windowTitle())
        self.text.setOpenExternalLinks(True)
        self.text.document().setDocumentMargin(16)
        self.text.setMarkdown(help_markdown(columns))
        fit_width(self.text.document())
        self.entries = QListWidget()
        self.entries.setAccessibleName(say("Entries"))
        self.entries.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.entries.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list_entries()
        self.entries.currentItemChanged.connect(self._show_entry)
        both = split(self.entries, self.text, handle=9, stretch=(0, 1), sizes=(260, 640))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.setLayout(in_column((both, 1), buttons, spacing=12, margins=(16, 16, 16, 12)))
        self.resize(QSize(940, 640))
        self.show_entry(anchor)

    @property
    def entry(self) -> str:
        """Title of the entry that is shown."""
        item = self.entries.currentItem()
        return item.text().strip() if item is not None else ""

    def show_entry(self, anchor: str) -> None:
        """Scroll to the entry of that anchor; an unknown one shows the top."""
        for row in range(self.entries.count()):
            if slug(self.entries.item(row).data(_PLACE)[1]) == anchor:
                self.entries.setCurrentRow(row)
                return
        self.entries.setCurrentRow(0)

    def _list_entries(self) -> None:
        block = self.text.document().begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            if level in (2, 3):
                title = block.text().partition(":")[0]
                item = QListWidgetItem(("" if level == 2 else "      ") + title)
                item.setData(_PLACE, (block.position(), block.text()))
                item.setSizeHint(QSize(0, self.fontMetrics().height() + 10))
                item.setToolTip(block.text())
                self.entries.addItem(item)
            block = block.next()

    @Slot(QListWidgetItem, QListWidgetItem)
    def _show_entry(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if item is None:
            return
        document = self.text.document()
        block = document.findBlock(item.data(_PLACE)[0])
        top = document.documentLayout().blockBoundingRect(block).top()
        self.text.verticalScrollBar().setValue(round(top) - 8)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Only now is the text laid out as wide as it is.
        QTimer.singleShot(0, self._scroll)

    @Slot()
    def _scroll(self) -> None:
        self._show_entry(self.entries.currentItem(), None)


def slug(heading: str) -> str:
    """The anchor of a heading, as in an address of the documentation.

    >>> slug("Its chance value: `null`")
    'its-chance-value-null'
    """
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")


def help_markdown(columns: RoleColumns = USUAL) -> str:
    """The columns and kinds in short, then each entry of the documentation.

    An entry is what docs/measures.md says in plain words and, below, what docs/measurements.md
    says to the statistician, under whose heading both stand. The documentation speaks of centers,
    what is in short of the ``columns`` that play tissue and center.
    """
    lines = [f"## {SHORT}", "", columns.say(READING), "", "| | |", "|---|---|"]
    lines += [f"| **{column.title}** | {column.help} |" for column in columns_in(columns)]
    lines += ["", say("Kinds of neighbors:"), "", "| | |", "|---|---|"]
    lines += [f"| **{kind}** | {title} |" for kind, title in kind_titles(columns).items()]
    formulas = docs_path("measurements.md").read_text(encoding="utf-8")
    plain = plain_entries(docs_path("measures.md").read_text(encoding="utf-8"))
    for line in formulas.splitlines():
        lines.append(_LINK.sub(r"\1", line))
        if line.startswith("#") and (words := plain.get(slug(line))):
            lines += [
                "",
                say("**In plain words.** {words}", words=words),
                "",
                say("**For the statistician.**"),
            ]
    return "\n".join(lines)


def plain_entries(page: str) -> dict[str, str]:
    """What a page in plain words says of each entry, by the anchor of the formula that it names.

    >>> plain_entries("## Support\\n\\nA share.\\n[Formula](measurements.md#support-support)")
    {'support-support': 'A share.'}
    """
    found = {}
    for section in re.split(r"^#+ .*$", page, flags=re.MULTILINE):
        text, named, after = section.partition("[Formula](measurements.md#")
        if named:
            found[after.partition(")")[0]] = _LINK.sub(r"\1", text.strip())
    return found
