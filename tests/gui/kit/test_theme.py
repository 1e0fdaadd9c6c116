import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolTip,
)

from pathgui.assets import asset_path
from pathgui.gui.encoders.encoder_row import LOOKS
from pathgui.gui.kit import theme
from pathgui.gui.kit.icons import icon, pixmap
from pathgui.gui.kit.theme import DARK, LIGHT, series_color
from pathgui.gui.kit.tips import break_lines
from pathgui.gui.kit.widgets import worded_button
from pathgui.gui.results.answer_page import MARKS
from pathgui.gui.results.charts import SYMBOLS
from tests.color_vision import VISIONS, difference, lab


def contrast(first: str, second: str) -> float:
    """Contrast of two colors by WCAG 2, 1..21."""

    def luminance(color: str) -> float:
        parts = []
        for value in (QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF()):
            parts.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def nearest(colors, vision):
    """CIEDE2000 of the two colors that look most alike."""
    rgb = np.array([QColor(each).getRgb()[:3] for each in colors])
    seen = lab(rgb, vision)
    apart = difference(seen[:, None], seen[None])
    return apart[np.triu_indices(len(rgb), 1)].min()


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_states_and_encoders_of_charts_are_told_apart_with_any_color_vision(colors, vision):
    assert nearest([colors.good, colors.caution, colors.bad], vision) >= 10  # 1 can just be seen
    series = list(dict.fromkeys(series_color(i, colors) for i in range(50)))
    assert len(series) == 7
    assert nearest(series, vision) >= 12
    assert min(contrast(each, colors.surface) for each in series) >= 4.5


def test_where_colors_come_again_charts_and_states_have_signs():
    marks = [(series_color(i, LIGHT), SYMBOLS[i % len(SYMBOLS)]) for i in range(70)]
    assert len(set(marks)) == 70
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    assert len(set(MARKS.values())) == len(MARKS)  # of the answers, one by one
    signs = {"bad": {"error"}, "good": set(), "caution": set(), "muted": set()}  # of encoders
    for picture, tone, _ in LOOKS.values():
        signs[tone].add(picture)
    assert not signs["good"] & (signs["caution"] | signs["bad"] | signs["muted"])
    assert not signs["bad"] & signs["caution"]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_can_be_read_on_its_ground(colors):
    pairs = [
        *(("text", ground) for ground in ("window", "surface", "raised", "selection", "hover")),
        *(
            (ink, ground)
            for ink in ("muted", "good", "caution", "bad", "accent")
            for ground in ("window", "surface", "raised", "selection")
        ),
        *(
            (ink, f"{level}_ground")
            for ink in ("text", "muted", "accent")
            for level in ("info", "caution", "bad")
        ),
        ("caution", "caution_ground"), ("bad", "bad_ground"),  # the signs of messages
        ("accent", "hover"), ("muted", "hover"),  # tabs that have the focus, or the cursor
        ("on_accent", "accent"), ("on_accent", "accent_hover"),
    ]  # fmt: skip
    low = {
        pair: round(contrast(getattr(colors, pair[0]), getattr(colors, pair[1])), 2)
        for pair in pairs
        if contrast(getattr(colors, pair[0]), getattr(colors, pair[1])) < 4.5
    }
    assert not low


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit, QComboBox])
def test_what_a_field_says_while_it_is_empty_can_be_read(qapp, colors, kind):
    theme.apply(qapp, colors)
    field = kind()
    field.ensurePolished()
    ink = field.palette().placeholderText().color()
    assert ink.alpha() == 255  # else the ground shines through, and no contrast is sure
    assert contrast(ink.name(), colors.surface) >= 4.5
    theme.apply(qapp, LIGHT)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_is_understood_and_leaves_no_name_open(qapp, colors):
    theme.apply(qapp, colors)  # what Qt cannot parse is a warning, which fails the test
    assert "$" not in qapp.styleSheet()
    for line in qapp.styleSheet().splitlines():
        if "url(" in line:
            path = line.split('url("')[1].split('"')[0]
            assert asset_path(f"icons/{path.rsplit('/', 1)[1]}").is_file()
    theme.apply(qapp, LIGHT)


def test_the_theme_follows_the_system_while_it_runs(qapp):
    follower = theme.ThemeFollower(qapp)
    told = []
    follower.changed.connect(told.append)
    changed = QApplication.styleHints().colorSchemeChanged  # as the system emits it
    changed.emit(Qt.ColorScheme.Dark)
    assert told == [DARK]
    assert qapp.palette().window().color() == QColor(DARK.window)
    assert DARK.surface in qapp.styleSheet()
    assert theme.current() is DARK
    changed.emit(Qt.ColorScheme.Light)
    assert told == [DARK, LIGHT]
    assert theme.current() is LIGHT
    follower.deleteLater()


def test_a_theme_that_is_chosen_stays_whatever_the_system_does(qapp):
    follower = theme.ThemeFollower(qapp)
    told = []
    follower.changed.connect(told.append)
    changed = QApplication.styleHints().colorSchemeChanged
    follower.choose("dark")
    assert told == [DARK]
    assert theme.current() is DARK
    changed.emit(Qt.ColorScheme.Light)
    assert follower.theme is DARK
    follower.choose("light")
    assert told == [DARK, LIGHT]
    follower.choose("system")
    changed.emit(Qt.ColorScheme.Dark)
    assert follower.theme is DARK
    changed.emit(Qt.ColorScheme.Light)
    assert theme.current() is LIGHT
    follower.deleteLater()


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in asset_path("icons/open.svg").parent.glob("*.svg"))
)
def test_every_icon_has_something_to_show(qapp, name):
    image = pixmap(name, "#123456", 24).toImage()
    inked = sum(image.pixelColor(x, y).alpha() > 0 for x in range(24) for y in range(24))
    assert 20 < inked < 24 * 24


def test_an_icon_takes_its_color_when_it_is_painted(qapp):
    stop = icon("stop")
    theme.apply(qapp, DARK)
    assert stop.pixmap(24, 24).toImage().pixelColor(12, 12) == QColor(DARK.text)
    theme.apply(qapp, LIGHT)
    assert stop.pixmap(24, 24).toImage().pixelColor(12, 12) == QColor(LIGHT.text)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_a_flat_button_that_can_do_nothing_looks_so(qapp, colors):
    theme.apply(qapp, colors)
    button = worded_button("stop", "Tissue")
    button.setEnabled(False)
    button.ensurePolished()
    picture = button.icon().pixmap(24, 24, QIcon.Mode.Disabled).toImage()
    for color in (button.palette().buttonText().color(), picture.pixelColor(12, 12)):
        assert color == QColor(colors.disabled)
    theme.apply(qapp, LIGHT)


LATE = """
import sys
from PySide6.QtWidgets import QApplication, QSpinBox, QWidget
from pathgui.gui.kit.layouts import holder, in_column, in_row
from pathgui.gui.kit.theme import ThemeFollower, undressed
from pathgui.gui.kit.widgets import add_field, form, label, push_button
app = QApplication([])
ThemeFollower(app)

def fill(window):
    rows = form(8, 4)
    add_field(rows, "Batch", QSpinBox())
    again = push_button("Try again", lambda: None, name="primary")
    inner = holder(in_column(rows, in_row(label("Runs", "heading"), again)))
    inner.sizeHint()  # asked for before it is dressed
    inner.setHidden(sys.argv[1] == "hidden")
    window.setLayout(in_column(holder(in_column(inner)), margins=(1, 1, 1, 1)))

def sizes(window):
    window.show()
    parts = window.findChildren(QWidget)
    return [(part.sizeHint(), part.minimumSizeHint(), part.size()) for part in parts]

late = QWidget()
with undressed(late):
    fill(late)
    assert not app.styleSheet()
assert app.styleSheet()
usual = QWidget()
with undressed(usual):  # which is not the first
    assert app.styleSheet()
    fill(usual)
assert sizes(late) == sizes(usual)
"""


@pytest.mark.parametrize("inner", ["seen", "hidden"])
def test_a_window_filled_before_it_is_dressed_has_the_sizes_of_one_dressed_all_along(inner):
    ended = subprocess.run([sys.executable, "-c", LATE, inner], check=False, timeout=60)
    assert ended.returncode == 0


@pytest.mark.qt_log_ignore("does not support raise", "does not support propagateSizeHints")
@pytest.mark.parametrize(
    "text",
    [
        "short",
        "word " * 40,
        "What may be relied on, why, what is missing, what to do next",  # narrower than a screen
        "A line of some length, in words\nand another line that has so many words that it breaks",
        "/a/path/without/any/blank" * 6,
        "one\n\ntwo " + "words " * 30,
    ],
)
def test_lines_of_tooltips_are_short_and_nothing_is_left_out(qtbot, text):
    theme.apply(QApplication.instance(), LIGHT)
    button = QPushButton()
    qtbot.addWidget(button)
    button.show()
    for told in ("short", text):  # Qt shows the next one in the same place
        QToolTip.showText(QPoint(0, 0), told, button)
    shown = next(each for each in QApplication.topLevelWidgets() if each.inherits("QTipLabel"))
    break_lines()
    inner = shown.contentsRect()
    assert shown.text() == text
    assert inner.width() <= theme.tip_width() + 2 * shown.margin()
    whole = shown.fontMetrics().boundingRect(inner, Qt.TextFlag.TextWordWrap, text)
    assert whole.width() <= inner.width()
    assert whole.height() <= inner.height()
    QToolTip.hideText()


FORMER_PARTS = """
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QStyle, QWidget
from pathgui.gui.kit.theme import DARK, ThemeFollower, apply, undressed
app = QApplication([])
follower = ThemeFollower(app)
parts = [QPushButton() for _ in range(300)]
def ask():
    for part in parts:  # which styles it without having shown it
        part.style().pixelMetric(QStyle.PixelMetric.PM_ButtonMargin, None, part)
ask()
with undressed(QWidget()):
    pass
ask()
for part in parts:
    part.deleteLater()
app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
others = [bytearray(64 + i) for i in range(20_000)]  # where the parts were
apply(app, DARK)
"""


def test_the_theme_changes_after_parts_from_before_a_window_was_filled_are_gone():
    ended = subprocess.run([sys.executable, "-c", FORMER_PARTS], check=False, timeout=60)
    assert ended.returncode == 0
