"""What the numbers of the summary mean."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from pathgui.core.palette import KIND_COLORS, KIND_TITLES, KINDS, to_hex
from pathgui.core.summary import COLUMNS

READING = (
    "Compare the index with its null, not with 0.5: with many centers and few tissues, chance "
    "alone gives a high index. The interval comes from drawing the slides anew; one that holds "
    "the null says that the encoder cannot be told from chance on these slides. Support says how "
    "many tiles the index rests on: where it is low, most neighbours tell neither way."
)


class SummaryHelp(QDialog):
    """Every column of the table in a sentence or two."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What these numbers mean")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QTextBrowser()
        self.text.setHtml(help_html())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        self.resize(620, 560)


def help_html() -> str:
    """The text, as Qt's rich text."""
    parts = [f"<p>{escape(READING)}</p>", "<table cellspacing='6'>"]
    for column in COLUMNS:
        parts.append(
            f"<tr><td><b>{escape(column.title).replace(' ', '&nbsp;')}</b></td>"
            f"<td>{escape(column.help)}</td></tr>"
        )
    parts.append("</table><p><b>Kinds of neighbours</b></p><table cellspacing='6'>")
    for kind in KINDS:
        parts.append(
            f"<tr><td><span style='color:{to_hex(KIND_COLORS[kind])}'>■</span>&nbsp;{kind}</td>"
            f"<td>{escape(KIND_TITLES[kind])}</td></tr>"
        )
    parts.append("</table>")
    return "".join(parts)
