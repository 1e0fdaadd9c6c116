"""Small widgets that several panels share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance, Slot
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QFrame,
    QLabel,
    QLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import NONE, Margins, in_column, in_row
from pathgui.gui.kit.room import GivingWay, Way, hiding


def attempt(problem: QLabel, act: Callable[[], object]) -> None:
    """Do something; what the user can mend about it is said in ``problem``."""
    try:
        act()
    except PathguiError as error:
        problem.setText(str(error))
        problem.show()
    else:
        problem.hide()


def label(
    text: str = "", name: str = "", *, wrap: bool = False, selectable: bool = False
) -> QLabel:
    """A label of plain text. ``name`` is its style: muted, section, heading, bad, caution, good."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setObjectName(name)
    result.setWordWrap(wrap)
    if selectable:
        result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return result


def push_button(
    text: str,
    act: Callable[..., object] | SignalInstance,
    tip: str = "",
    *,
    picture: QIcon | None = None,
    name: str = "",
) -> QPushButton:
    """A button that does ``act``, or emits it. ``name`` is its style: primary, link."""
    result = QPushButton(text)
    if picture is not None:
        result.setIcon(picture)
    result.setObjectName(name)
    result.setToolTip(tip)
    result.clicked.connect(act)
    return result


def text_area(words: str) -> QPlainTextEdit:
    """A field of two to three lines; the tabulator leaves it."""
    field = QPlainTextEdit(words)
    field.setTabChangesFocus(True)
    # In the style, since the style sheet's own least height would win over the widget's.
    field.setStyleSheet(f"min-height: {2 * field.fontMetrics().lineSpacing() + 8}px;")
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    field.setMaximumHeight(3 * field.fontMetrics().lineSpacing() + 10)
    return field


def line() -> QFrame:
    """A horizontal line."""
    result = QFrame()
    result.setObjectName("line")
    return result


def restyle(widget: QWidget, name: str) -> None:
    """Give a widget another style of the style sheet."""
    if widget.objectName() != name:
        widget.setObjectName(name)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedButton(QPushButton):
    """A button of one line that ends in "…" where there is no room; the tooltip has it whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        super().initStyleOption(option)
        room = self.width() - 10
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)


class ElidedLabel(QLabel):
    """One line that ends in "…" where there is no room; the tooltip has it whole."""

    def __init__(
        self,
        text: str = "",
        name: str = "",
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        """``name`` is its style, as of :func:`label`."""
        super().__init__(text)
        self._mode = mode
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        """Another text, which the tooltip has whole."""
        self.setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        rect = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, rect.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(rect, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
        cut = text != self.text()
        if cut and not self.toolTip():
            self.setToolTip(self.text())


class FoldBox(QWidget):
    """A heading that shows and hides what belongs to it."""

    folded = Signal(bool)

    def __init__(self, title: str, content: QWidget, *, open_: bool = False) -> None:
        super().__init__()
        self.content = content
        self.button = QToolButton()
        self.button.setObjectName("fold")
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(14, 14))
        self.button.toggled.connect(self._toggle)
        self.button.clicked.connect(self._on_clicked)
        self.setLayout(in_column(self.button, content, spacing=6))
        self.button.setChecked(open_)
        self._toggle(open_)

    @Slot(bool)
    def _toggle(self, shown: bool) -> None:
        self.content.setVisible(shown)
        self.button.setIcon(icon("chevron-down" if shown else "chevron-right"))
        self.folded.emit(not shown)

    def unfold(self) -> None:
        """Show what belongs to it, also where it lies below what is seen."""
        self.button.setChecked(True)
        QTimer.singleShot(0, self, self._bring_into_view)  # once it has its place

    @Slot(bool)
    def _on_clicked(self, shown: bool) -> None:
        if shown:
            self.unfold()

    def _bring_into_view(self) -> None:
        around = self.parentWidget()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if around is not None:
            around.ensureWidgetVisible(self, 0, 0)
            around.ensureWidgetVisible(self.button, 0, 0)  # its heading, if there is no more room


class Segments(QWidget):
    """Joined buttons of which one is down; where there is no room, one button with a menu."""

    chosen = Signal(str)  # key

    def __init__(self, choices: Sequence[tuple[str, str, str]]) -> None:
        """``choices`` are (key, text, tooltip)."""
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        for i, (key, text, tip) in enumerate(choices):
            button = QToolButton()
            button.setObjectName("segment")
            place = "first" if i == 0 else "last" if i == len(choices) - 1 else "middle"
            button.setProperty("place", place)
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.clicked.connect(self._on_click)
            self._group.addButton(button)
            self._buttons[key] = button
        self.choice = QToolButton()
        self.choice.setObjectName("segment")
        self.choice.setProperty("place", "alone")
        self._menu = menu_under(self.choice)
        self._menu.aboutToShow.connect(self._fill)
        self.choice.hide()
        self.setLayout(in_row(*self._buttons.values(), self.choice, spacing=0))
        next(iter(self._buttons.values())).setChecked(True)
        self._name_choice()

    @property
    def current(self) -> str:
        """Key of the button that is down; empty if none is."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def button(self, key: str) -> QToolButton:
        """The button of ``key``."""
        return self._buttons[key]

    def choose(self, key: str) -> None:
        """Press a button, or, with a key that none has, release all; nothing is emitted."""
        self._group.setExclusive(key in self._buttons)
        for each, button in self._buttons.items():
            button.setChecked(each == key)
        self._group.setExclusive(True)
        self._name_choice()

    def offer(self, key: str, possible: bool, tip: str) -> None:
        """Whether ``key`` can be chosen, and what its tooltip says."""
        self._buttons[key].setEnabled(possible)
        self._buttons[key].setToolTip(tip)

    def narrow(self, narrow: bool) -> None:
        """One button with a menu, or all buttons."""
        for button in self._buttons.values():
            button.setVisible(not narrow)
        self.choice.setVisible(narrow)

    def narrower_by(self) -> int:
        """Logical pixels that :meth:`narrow` gains; 0 where it gains none."""
        across = sum(button.sizeHint().width() for button in self._buttons.values())
        return max(0, across - self.choice.sizeHint().width())

    @Slot()
    def _on_click(self) -> None:
        self._name_choice()
        self.chosen.emit(self.current)

    def _name_choice(self) -> None:
        down = self._buttons.get(self.current)
        self.choice.setText(f"{(say('Other') if down is None else down.text())} ▾")

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        for button in self._buttons.values():
            action = self._menu.addAction(button.text(), button.click)
            action.setCheckable(True)
            action.setChecked(button.isChecked())
            action.setEnabled(button.isEnabled())
            action.setToolTip(button.toolTip())
        self._menu.setToolTipsVisible(True)


_TITLE_HEIGHT = 42  # logical pixels


class DockTitle(QWidget):
    """The title of a panel, with room for a few buttons at its end."""

    def __init__(self, text: str, *tools: QWidget) -> None:
        super().__init__()
        self.setObjectName("dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.subtitle = ElidedLabel("", "muted")
        title = label(text, "panel-title")
        self.row = in_row(
            title,
            8,
            (self.subtitle, 1),
            *tools,
            spacing=2,
            margins=(12, 5, 6, 5),
        )
        self.setLayout(self.row)
        self.setFixedHeight(_TITLE_HEIGHT)
        ways = [Way(each.narrow, each.narrower_by) for each in tools if isinstance(each, Segments)]
        ways.append(hiding(title, self.row.spacing()))  # which the tab of the panel has, too
        self._ways = GivingWay(self, self.row, ways)

    def sizeHint(self) -> QSize:
        """As high as it is: a dock lays its content out below the hint, not below the widget."""
        return QSize(super().sizeHint().width(), _TITLE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._ways.least().width(), _TITLE_HEIGHT)


def tool_button(
    icon_name: str, tip: str, act: Callable[..., object] | SignalInstance | None = None
) -> QToolButton:
    """A flat button with an icon that does ``act``, or emits it; its tooltip is its name."""
    result = QToolButton()
    result.setIcon(icon(icon_name))
    result.setIconSize(QSize(18, 18))
    result.setToolTip(tip)
    result.setAccessibleName(tip)
    if act is not None:
        result.clicked.connect(act)
    return result


def worded_button(icon_name: str, text: str) -> QToolButton:
    """A flat button with a text beside its icon."""
    result = QToolButton()
    result.setIcon(icon(icon_name))
    result.setText(text)
    result.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return result


def without_words(button: QToolButton) -> Way:
    """The icon of a button alone; its tooltip says the rest."""

    def give(narrow: bool) -> None:
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(style.ToolButtonIconOnly if narrow
                                  else style.ToolButtonTextBesideIcon)  # fmt: skip

    return Way(give, lambda: button.fontMetrics().horizontalAdvance(button.text()))


def menu_under(button: QToolButton) -> QMenu:
    """An empty menu that a click on the button opens."""
    menu = QMenu(button)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    return menu


def form(across: int, down: int, margins: Margins = NONE) -> QFormLayout:
    """An empty form: ``across`` between a caption and its field, ``down`` between fields."""
    result = QFormLayout()
    result.setContentsMargins(*margins)
    result.setHorizontalSpacing(across)
    result.setVerticalSpacing(down)
    result.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return result


class _Caption(QLabel):
    """Stands beside the first line of its field, as high as the style makes that."""

    def __init__(self, title: str, field: QWidget | QLayout, height: int) -> None:
        super().__init__(title)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName("muted")
        self._field = field
        self._height = height  # of one line; 0: the field has no more

    def sizeHint(self) -> QSize:
        return self._as_high(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._as_high(super().minimumSizeHint())

    def _as_high(self, size: QSize) -> QSize:
        return size.expandedTo(QSize(0, self._height or self._field.sizeHint().height()))


def add_field(to: QFormLayout, title: str, field: QWidget | QLayout, height: int = 0) -> QLabel:
    """A field with its caption, which is returned; ``height``: of one line, if it has more."""
    caption = _Caption(title, field, height)
    if isinstance(field, QWidget):
        caption.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(title)
    to.addRow(caption, field)
    return caption
