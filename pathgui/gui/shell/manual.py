"""The manual: the pages of the documentation, searched and read without a network."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QKeySequence,
    QShortcut,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QTextEdit,
    QWidget,
)

from pathgui.assets import docs_folder
from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.gui.kit.document_width import fit_width
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, split
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import label, push_button
from pathgui.gui.results.summary_help import slug
from pathgui.gui.shell.manual_pages import Page, find, read_manual, resolve

_PAGE = Qt.ItemDataRole.UserRole  # name of the page, and which heading
_MARGIN = 18
FIRST = "first-minutes.md"
NOTHING = say("No part of a page holds all these words.")
TYPING_MS = 150  # between two letters of one word, so that each is not searched for


class PageView(QTextBrowser):
    """Shows one page. Pictures are no wider than the view, and come from the disk alone."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        path = docs_folder() / QUrl(name).path()
        if kind != QTextDocument.ResourceType.ImageResource.value or not path.is_file():
            return None
        picture = QImage(str(path))
        most = max(200, self.viewport().width() - 2 * _MARGIN - 8)
        if picture.width() > most:
            picture = picture.scaledToWidth(most, Qt.TransformationMode.SmoothTransformation)
        return picture


class Manual(Dialog):
    """Pages at the left, by whom they are for, or what was found; the page at the right."""

    def __init__(self, parent: QWidget | None, page: str = "") -> None:
        """``page``: the file's name of the page to open at; "": where everyone begins."""
        super().__init__(parent)
        self.setWindowTitle(say("Manual"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._pages = read_manual()
        self._shown: Page | None = None
        self._past: list[tuple[str, int]] = []  # pages before this one, and how far down

        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search the manual"))
        self.search.setAccessibleName(say("Search the manual"))
        self.search.setClearButtonEnabled(True)
        self._soon = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._soon.timeout.connect(self._list)
        self.search.textChanged.connect(lambda: self._soon.start())
        self.search.returnPressed.connect(self._open_first)
        self.count = label("", "muted")
        self.list = QListWidget()
        self.list.setAccessibleName(say("Pages of the manual"))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.text = PageView()
        self.text.setAccessibleName(say("Page of the manual"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.text.document().setDocumentMargin(_MARGIN)
        self.back = push_button(say("Back"), self.go_back)
        self.back.setToolTip(say("To the page before (Alt+Left)"))
        self.back.setAutoDefault(False)
        for keys, act in (
            (QKeySequence("Alt+Left"), self.go_back),
            (QKeySequence(QKeySequence.StandardKey.Find), self._to_search),
        ):
            QShortcut(keys, self).activated.connect(act)

        left = in_column(self.search, self.count, (self.list, 1), spacing=6)
        right = in_column(in_row(self.back, STRETCH), (self.text, 1), spacing=6)
        both = split(holder(left), holder(right), handle=9, stretch=(0, 1), sizes=(280, 660))
        buttons = QDialogButtonBox()
        close = push_button(say("Close"), self.reject)
        close.setAutoDefault(False)  # Enter in the search opens what was found
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        self.setLayout(in_column((both, 1), buttons, spacing=10, margins=(14, 14, 14, 12)))
        self.resize(QSize(980, 660))
        self._list()
        self.show_page(page or FIRST)
        self.search.setFocus()

    @property
    def page(self) -> str:
        """The file's name of the page that is shown."""
        return "" if self._shown is None else self._shown.name

    def show_page(self, name: str, anchor: str = "", number: int = 0) -> None:
        """Show a page at the heading of ``anchor``, or else at the heading of that number."""
        page = next((each for each in self._pages if each.name == name), None)
        if page is None:
            return
        if page is not self._shown:
            if self._shown is not None:
                self._past.append((self._shown.name, self.text.verticalScrollBar().value()))
            self._set(page)
        titles = [slug(text) for text, _ in self._headings()]
        if anchor in titles:
            number = titles.index(anchor)
        self._mark_words()
        # Only after the next turn is a page laid out that was just set.
        QTimer.singleShot(0, self, lambda: self._scroll_to(page, number))

    @Slot()
    def go_back(self) -> None:
        """Show the page that was shown before."""
        if not self._past:
            return
        name, place = self._past.pop()
        page = next(each for each in self._pages if each.name == name)
        self._set(page)
        bar = self.text.verticalScrollBar()
        QTimer.singleShot(0, self, lambda: bar.setValue(place))

    def _set(self, page: Page) -> None:
        self._shown = page
        self.text.setMarkdown(page.text)
        fit_width(self.text.document())
        self.back.setEnabled(bool(self._past))
        self._select(page.name)

    def _headings(self) -> list[tuple[str, int]]:
        """Text of each heading of the page, and where it begins."""
        found, block = [], self.text.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel():
                found.append((block.text(), block.position()))
            block = block.next()
        return found

    def _scroll_to(self, page: Page, number: int) -> None:
        if page is not self._shown:
            return
        headings = self._headings()
        if not 0 < number < len(headings):
            self.text.verticalScrollBar().setValue(0)
            return
        document = self.text.document()
        block = document.findBlock(headings[number][1])
        top = document.documentLayout().blockBoundingRect(block).top()
        self.text.verticalScrollBar().setValue(round(top) - 8)

    def _mark_words(self) -> None:
        """Mark what is sought wherever it stands on the page."""
        marks = []
        look = QTextCharFormat()
        look.setBackground(QColor(current().selection))
        for word in self.search.text().split():
            at = QTextCursor(self.text.document())
            while not (at := self.text.document().find(word, at)).isNull():
                mark = QTextEdit.ExtraSelection()
                mark.cursor, mark.format = at, look
                marks.append(mark)
        self.text.setExtraSelections(marks)

    @Slot()
    def _list(self) -> None:
        """List what is found, or all pages where nothing is sought."""
        query = self.search.text().strip()
        self.list.blockSignals(True)
        self.list.clear()
        if query:
            hits = find(self._pages, query)
            for hit in hits:
                where = hit.page.title if hit.number == 0 else f"{hit.page.title} › {hit.heading}"
                self._add(f"{where}\n{hit.snippet}", hit.page.name, hit.number)
            self.count.setText(plural(len(hits), "place") if hits else NOTHING)
        else:
            group, bold = "", self.font()
            bold.setBold(True)
            for page in self._pages:
                if page.group != group:
                    group = page.group
                    head = QListWidgetItem(group)
                    head.setFlags(Qt.ItemFlag.NoItemFlags)
                    head.setFont(bold)
                    self.list.addItem(head)
                self._add(page.title, page.name, 0)
            self.count.setText(plural(len(self._pages), "page"))
        self.list.blockSignals(False)
        if not query and self._shown is not None:
            self._select(self._shown.name)
        self._mark_words()

    def _add(self, text: str, name: str, number: int) -> None:
        item = QListWidgetItem(text)
        item.setData(_PAGE, (name, number))
        self.list.addItem(item)

    def _select(self, name: str) -> None:
        """Select the page in the list of pages, without showing it anew."""
        if self.search.text().strip():
            return
        for row in range(self.list.count()):
            data = self.list.item(row).data(_PAGE)
            if data and data[0] == name:
                self.list.blockSignals(True)
                self.list.setCurrentRow(row)
                self.list.blockSignals(False)

    @Slot()
    def _to_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def _open_first(self) -> None:
        self._soon.stop()
        self._list()
        if self.search.text().strip() and self.list.count():
            self.list.setCurrentRow(0)
            self.list.setFocus()

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if item is not None and item.data(_PAGE):
            name, number = item.data(_PAGE)
            self.show_page(name, number=number)

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)  # with the browser, as the user asked
            return
        name, anchor = resolve(self.page, url.toString())
        self.show_page(name, anchor)
