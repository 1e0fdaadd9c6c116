"""The neighbor explorer: a tile, its nearest reference tiles, and the queue of tiles to review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QIcon, QImage, QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QToolButton,
    QWidget,
)

from pathgui.core.explore.neighborhood import TileId
from pathgui.core.language.texts import filled, say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.pictures.palette import KIND_COLORS, to_hex
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.kind_words import kind_titles
from pathgui.gui.explore.neighbor_grid import NeighborCard, NeighborGrid
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, split, stack
from pathgui.gui.kit.widgets import ElidedLabel, label, push_button, tool_button

QUERY_PX = 104
ROOMY = 620  # logical pixels, from which on the list fits too
WORDY = 1_000  # from which on kinds are written out
# {center} and {tissue} stand for the words of the columns that play them.
QUEUES = (
    ("slide", say("Slide's tiles that follow the {center}")),
    ("reference", say("Reference tiles that follow the {center}")),
    ("selected", say("Selected on the map")),
)
FOLLOWS = say(
    "Which tiles to go through. Follow the {center}: More of its nearest "
    "tiles share the {center} but not the {tissue} (OS) than the {tissue} "
    "but not the {center} (SO). The strongest come first."
)

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class TileShown:
    """A tile as the explorer shows it."""

    title: str
    place: str
    tissue: str
    tissue_color: str  # "" where it is not known
    center: str
    center_letter: str
    center_color: str
    how: str  # tissue and center are known
    counts: dict[str, int]
    k: int


class QueueModel(QAbstractListModel):
    """Tiles to review, one line each."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles: tuple[TileId, ...] = ()
        self.describe: Callable[[TileId], str] = str
        self.explain: Callable[[TileId], str] = str
        self.icon: Callable[[TileId], QIcon] = lambda tile: QIcon()

    def set_tiles(self, tiles: Sequence[TileId]) -> None:
        """Other tiles."""
        self.beginResetModel()
        self.tiles = tuple(tiles)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        tile = self.tiles[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.describe(tile)
        if role == Qt.ItemDataRole.DecorationRole:
            return self.icon(tile)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.explain(tile)
        return None


class NeighborPanel(QWidget):
    """Shows what it is given; says which tile is wanted next."""

    queue_chosen = Signal(str)  # key of QUEUES
    step_wanted = Signal(int)  # 1 next, -1 previous
    tile_wanted = Signal(object)  # TileId
    undo_wanted = Signal()  # what was selected before
    locate_wanted = Signal()  # show the tile on the slide
    slide_wanted = Signal(int)  # show this reference tile on its slide
    reference_wanted = Signal()  # the reference set is not here: open it

    def __init__(self) -> None:
        super().__init__()
        self._card: NeighborCard | None = None
        self._columns = USUAL
        self.queue_box = ElidedCombo(14)
        self.queue_box.setAccessibleName(say("Tiles to review"))
        self.queue_box.offer(QUEUES)
        self.queue_box.activated.connect(
            lambda: self.queue_chosen.emit(self.queue_box.currentData())
        )
        self.previous_button = tool_button(
            "up", say("Previous tile (P)"), lambda: self.step_wanted.emit(-1)
        )
        self.next_button = tool_button(
            "down", say("Next tile (N)"), lambda: self.step_wanted.emit(1)
        )
        self.count = label("", "muted")
        self.list_button = QToolButton()
        self.list_button.setObjectName("segment")
        self.list_button.setText(say("List"))
        self.list_button.setProperty("place", "alone")
        self.list_button.setToolTip(say("Show these tiles as a list"))
        self.list_button.setCheckable(True)
        tools = in_row(
            (self.queue_box, 1),
            self.previous_button,
            self.next_button,
            self.count,
            self.list_button,
            spacing=6,
        )

        self.queue = QueueModel()
        self.queue_list = QListView()
        self.queue_list.setModel(self.queue)
        self.queue_list.setUniformItemSizes(True)
        self.queue_list.setIconSize(QSize(12, 12))
        self.queue_list.setAccessibleName(say("Tiles to review"))
        self.queue_list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.queue_list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.queue_list.setMinimumWidth(96)
        self.queue_list.hide()
        self.queue_list.clicked.connect(self._on_listed)
        self.queue_list.activated.connect(self._on_listed)
        self.list_button.toggled.connect(self.queue_list.setVisible)

        self.grid = NeighborGrid()
        self.grid.explore_wanted.connect(
            lambda row: self.tile_wanted.emit(TileId("reference", row))
        )
        self.grid.current_card.connect(self._on_card)
        both = split(
            self.queue_list, self._build_tile(), handle=7, stretch=(0, 1), sizes=(170, 500)
        )
        self.setLayout(in_column(tools, (both, 1), spacing=6))
        for keys, step in (("N", 1), ("P", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.step_wanted.emit(step))
        undo = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(self.undo_wanted)
        self.set_columns(USUAL)
        self.set_queues({}, QUEUES[0][0])
        self.say("")

    def _build_tile(self) -> QWidget:
        self.picture = QLabel()
        self.picture.setFixedSize(QUERY_PX, QUERY_PX)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setObjectName("tile-picture")
        self.title = ElidedLabel("", "section")
        self.place = ElidedLabel("", "muted")
        self.tissue, self.center = _LabelLine(), _LabelLine()
        self.locate_button = push_button(say("Show on slide"), self.locate_wanted)
        about = in_column(
            self.title,
            self.place,
            self.tissue,
            self.center,
            3,
            (self.locate_button, Qt.AlignmentFlag.AlignLeft),
            STRETCH,
            spacing=1,
        )
        left = holder(in_column(self.picture, (about, 1), spacing=5, margins=(0, 0, 6, 0)))
        left.setFixedWidth(QUERY_PX + 42)

        self.kinds = {kind: _KindChip(kind) for kind in KINDS}
        self.counting = ElidedLabel("", "muted")
        chips = in_row(*self.kinds.values(), (self.counting, 1), spacing=10)
        self.note = ElidedLabel("", "caution")
        self.note.hide()
        self.open_reference = push_button(say("Open the reference set…"), self.reference_wanted)
        self.open_reference.hide()
        notes = in_row((self.note, 1), self.open_reference)
        self.about = ElidedLabel("", "muted")
        self.explore_button = push_button(
            say("Explore from here"),
            self._explore,
            say("Show this tile's own nearest tiles (Enter)"),
        )
        self.slide_button = push_button(say("Show its slide"), self._show_slide)
        below = in_row((self.about, 1), self.explore_button, self.slide_button, spacing=6)
        right = holder(in_column(chips, notes, (self.grid, 1), below, spacing=5))

        self.empty = label("", "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        pages = QWidget()
        self._stack = stack(pages, self.empty, holder(in_row(left, (right, 1), spacing=6)))
        return pages

    # What is shown

    def set_columns(self, columns: RoleColumns) -> None:
        """Which columns play tissue and center in the run: texts call them by their names."""
        self._columns = columns
        self.queue_box.setToolTip(columns.say(FOLLOWS))
        for kind, title in kind_titles(columns).items():
            self.kinds[kind].set_title(title)

    def say(self, text: str) -> None:
        """In the place of a tile: what to do."""
        self.empty.setText(text)
        self._stack.setCurrentIndex(0)

    def show_tile(self, tile: TileShown, cards: Sequence[NeighborCard], locatable: bool) -> None:
        """Show a tile and its neighbors, as yet without pictures."""
        self._stack.setCurrentIndex(1)
        self.title.say(tile.title)
        self.place.say(tile.place)
        self.tissue.show_label(tile.tissue, "", tile.tissue_color, tile.how)
        self.center.show_label(tile.center, tile.center_letter, tile.center_color, tile.how)
        self.locate_button.setVisible(locatable)
        for kind, chip in self.kinds.items():
            chip.show_count(tile.counts[kind], tile.k)
        paler = say(" Paler ones come after those.") if len(cards) > tile.k else ""
        self.counting.say(say("of the {k} nearest, which count.{paler}", k=tile.k, paler=paler))
        self.set_picture(None)
        self.grid.cards.set_cards(cards)
        self.grid.scrollToTop()
        self._on_card(None)
        self.warn("")

    def set_picture(self, picture: QImage | None, instead: str = "") -> None:
        """The tile itself; None: not there (yet)."""
        if picture is None:
            self.picture.setPixmap(QPixmap())
            self.picture.setText(instead)
            return
        ratio = self.devicePixelRatioF()
        scaled = picture.scaled(
            round(QUERY_PX * ratio),
            round(QUERY_PX * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        self.picture.setPixmap(QPixmap.fromImage(scaled))

    def warn(self, text: str, *, offer_reference: bool = False) -> None:
        """Say why pictures are missing."""
        self.note.say(text)
        self.note.setVisible(bool(text))
        self.open_reference.setVisible(offer_reference)

    def set_queues(self, sizes: dict[str, int], chosen: str) -> None:
        """How many tiles each queue has, and which one is gone through."""
        for row, (key, text) in enumerate(QUEUES):
            named = self._columns.say(text)
            self.queue_box.setItemText(
                row, filled("{named} ({get:,})", named=named, get=sizes.get(key, 0))
            )
        self.queue_box.choose(chosen)

    def show_place(self, at: int) -> None:
        """Which of the queue's tiles is shown; -1: none of them."""
        total = len(self.queue.tiles)
        self.count.setText(
            say("{at:,} of {total:,}", at=at + 1, total=total)
            if at >= 0
            else say("– of {total:,}", total=total)
        )
        self.next_button.setEnabled(total > 0)
        self.previous_button.setEnabled(total > 0)
        if at >= 0:
            self.queue_list.setCurrentIndex(self.queue.index(at))
        else:
            self.queue_list.clearSelection()

    def allow_slide(self, possible: bool, why_not: str) -> None:
        """Whether the slide of the current neighbor can be shown."""
        self.slide_button.setEnabled(possible)
        self.slide_button.setToolTip(
            say("Show the place of this tile on its slide") if possible else why_not
        )

    def show_list(self) -> None:
        """Show the queue as a list, where there is room beside the pictures."""
        if self.width() >= ROOMY:
            self.list_button.setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for chip in self.kinds.values():
            chip.set_in_words(self.width() >= WORDY)

    def recolor(self) -> None:
        """Follow the theme."""
        self.grid.viewport().update()

    # What the user does

    card_chosen = Signal(object)  # NeighborCard or None

    @Slot(object)
    def _on_card(self, card: NeighborCard | None) -> None:
        self._card = card
        text = say("Click a neighbor for more about it") if card is None else card.about
        self.about.setText(text)
        self.about.setToolTip("" if card is None else card.tip)
        for button in (self.explore_button, self.slide_button):
            button.setVisible(card is not None)
        self.card_chosen.emit(card)

    def _explore(self) -> None:
        if self._card is not None:
            self.tile_wanted.emit(TileId("reference", self._card.row))

    def _show_slide(self) -> None:
        if self._card is not None:
            self.slide_wanted.emit(self._card.row)

    @Slot(QModelIndex)
    def _on_listed(self, index: QModelIndex) -> None:
        self.tile_wanted.emit(self.queue.tiles[index.row()])


class _LabelLine(QWidget):
    """A tissue or a center: its color, its letter, its name."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = QLabel()
        self.patch.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = ElidedLabel()
        self.setLayout(in_row(self.patch, (self.text, 1), spacing=5))

    def show_label(self, text: str, letter: str, color: str, how: str) -> None:
        """``color`` "": it is not known, and has no color."""
        self.text.setText(text)
        self.text.setToolTip(f"{text}\n{how}")
        self.patch.setText(letter)
        self.patch.setMinimumSize(14, 14)
        self.patch.setVisible(bool(color))
        ink = "white" if QColor(color).lightnessF() < 0.5 else "black"
        self.patch.setStyleSheet(
            f"background: {color}; color: {ink}; border-radius: 3px; padding: 0 3px; "
            "font-size: 11px; font-weight: 600;"
            if color
            else ""
        )


class _KindChip(QFrame):
    """A kind of neighbor: color, letters, how many of the k."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        patch = QLabel()
        patch.setFixedSize(12, 12)
        patch.setStyleSheet(f"background: {to_hex(KIND_COLORS[kind])}; border-radius: 3px;")
        self.text = label()
        self.setLayout(in_row(patch, self.text, spacing=5))
        self._in_words = False
        self._title = ""  # what the letters mean
        self._count = self._k = 0
        self._say()

    def set_title(self, title: str) -> None:
        """What the letters mean, in words."""
        self._title = title
        self._say()

    def set_in_words(self, in_words: bool) -> None:
        """Write out what the letters mean, or leave it to the tooltip."""
        if in_words != self._in_words:
            self._in_words = in_words
            self._say()

    def _say(self) -> None:
        words = f" {self._title}" if self._in_words else ""
        self.text.setText(f"{self.kind} {self._count}{words}")
        self.setToolTip(
            say(
                "{kind}: {title}. {count} of the {k} nearest.",
                kind=self.kind,
                title=self._title,
                count=self._count,
                k=self._k,
            )
        )
        self.setAccessibleName(self.toolTip())

    def show_count(self, count: int, k: int) -> None:
        """How many of the k nearest are of this kind."""
        self._count, self._k = count, k
        self._say()
