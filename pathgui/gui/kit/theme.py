"""Colors and style of the window: light or dark by choice, or as the system has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QLayout, QToolTip, QWidget

from pathgui.assets import asset_path

TIP_LETTERS = 60  # of a line of a tooltip: longer ones are hard to read


@dataclass(frozen=True)
class Theme:
    """The colors of one theme.

    Text on its ground has a contrast of at least 4.5:1. What is good, a caution and bad can be told
    apart with any color vision; a sign stands beside them all the same.
    """

    name: str
    window: str  # the ground of panels
    surface: str  # lists, fields, cards
    raised: str  # buttons
    hover: str
    border: str
    text: str
    muted: str  # secondary text
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    canvas: str  # around a slide
    good: str
    caution: str
    bad: str
    info_ground: str
    caution_ground: str
    bad_ground: str


LIGHT = Theme(
    name="light",
    window="#F3F5F8",
    surface="#FFFFFF",
    raised="#FFFFFF",
    hover="#E8EDF3",
    border="#CFD6DF",
    text="#1A2330",
    muted="#53606F",
    disabled="#8A95A3",
    accent="#0B6B82",
    accent_hover="#095A6E",
    on_accent="#FFFFFF",
    selection="#D3E8EE",
    canvas="#DDE1E6",
    good="#0E715A",
    caution="#754500",
    bad="#BF2635",
    info_ground="#E3F0F4",
    caution_ground="#FFF3DC",
    bad_ground="#FCE8E6",
)
DARK = Theme(
    name="dark",
    window="#1D2126",
    surface="#252A31",
    raised="#2F353D",
    hover="#39414B",
    border="#424A55",
    text="#E8ECF1",
    muted="#A9B4C1",
    disabled="#6C7683",
    accent="#54B9D1",
    accent_hover="#74C9DD",
    on_accent="#08212A",
    selection="#1C4552",
    canvas="#282828",
    good="#69D2A3",
    caution="#F6CC5F",
    bad="#FF8A78",
    info_ground="#1B3740",
    caution_ground="#3D3117",
    bad_ground="#472422",
)


_SCHEMES = {
    "system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark
}  # fmt: skip


class ThemeFollower(QObject):
    """Gives the application the light or the dark theme: the one chosen, else the system's."""

    changed = Signal(object)  # Theme

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._theme: Theme | None = None
        self._chosen = Qt.ColorScheme.Unknown
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._follow(app.styleHints().colorScheme())

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._theme or LIGHT

    @Slot(str)
    def choose(self, name: str) -> None:
        """Have the theme of that name, one of the settings' ``THEMES``, from now on."""
        self._chosen = _SCHEMES[name]
        hints = self._app.styleHints()
        hints.setColorScheme(self._chosen)  # for frames and dialogs of the system
        self._follow(hints.colorScheme())

    @Slot(Qt.ColorScheme)
    def _follow(self, scheme: Qt.ColorScheme) -> None:
        if self._chosen != Qt.ColorScheme.Unknown:
            scheme = self._chosen
        wanted = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        if wanted == self._theme:
            return
        self._theme = wanted
        apply(self._app, wanted)
        self.changed.emit(wanted)


def apply(app: QApplication, theme: Theme) -> None:
    """Set palette and style sheet."""
    app.setPalette(palette(theme))
    template = Template(asset_path("style.qss").read_text(encoding="utf-8"))
    colors = {key: str(value) for key, value in asdict(theme).items()}
    icons = asset_path("style.qss").parent.joinpath("icons").as_posix()
    app.setStyleSheet(template.substitute(colors, icons=icons, tip=f"{tip_width()}px"))


def tip_width() -> int:
    """Logical pixels that a line of a tooltip takes at most."""
    return TIP_LETTERS * QFontMetrics(QToolTip.font()).averageCharWidth()


@contextmanager
def undressed(window: QWidget) -> Iterator[None]:
    """Fill the first window without the style sheet of the application, which it gets in the end.

    Each time a widget moves into another one, Qt matches it and all that it holds with every rule
    of the style sheet. A window is built from the inside out, so its parts were matched again at
    each step, which took half of the time of building it. Where other windows are there, taking
    the style sheet off and on would cost them more than the new one gains: they keep it.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    sheet = app.styleSheet()
    if any(other is not window for other in app.topLevelWidgets()):
        yield
        return
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)
    for part in window.findChildren(QWidget):
        part.updateGeometry()  # Qt keeps the sizes of hidden parts from before
    for layout in window.findChildren(QLayout):
        layout.invalidate()


def current() -> Theme:
    """The theme of the application's palette; for what paints itself."""
    window = QApplication.palette().window().color()
    return DARK if window.lightness() < 128 else LIGHT


def palette(theme: Theme) -> QPalette:
    """The theme as a palette, for widgets and for everything that paints itself."""
    result = QPalette()
    role = QPalette.ColorRole
    for target, color in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.window),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.on_accent),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.ToolTipBase, theme.surface),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Mid, theme.border),
        (role.Midlight, theme.hover),
        (role.Dark, theme.border),
        (role.Shadow, theme.border),
        (role.Light, theme.raised),
        (role.Accent, theme.accent),
    ):
        result.setColor(target, QColor(color))
    for target in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, target, QColor(theme.disabled))
    return result


# Encoders in charts: neither the colors of tissues nor those of centers. Chosen by search so that
# each can be told from each other with two kinds of cones, too.
_SERIES = {
    "light": ("#0B6B82", "#7F7400", "#A434D9", "#00683F", "#A2656E", "#281866", "#5E2103"),
    "dark": ("#54B9D1", "#CB8043", "#947DFF", "#89F5B5", "#FF5792", "#F9E8F7", "#FFE137"),
}


def series_color(index: int, theme: Theme) -> str:
    """Color of encoder ``index`` in charts; from the eighth on they come again."""
    colors = _SERIES[theme.name]
    return colors[index % len(colors)]
