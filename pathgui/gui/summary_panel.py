"""The robustness summary: a table of the encoders, a sentence on each, and a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QUrl,
    Signal,
    Slot,
)
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.record import Run
from pathgui.core.summary import COLUMNS, SummaryRow, summary_rows
from pathgui.gui.icons import icon
from pathgui.gui.widgets import DockTitle, label, tool_button

if TYPE_CHECKING:
    from pathgui.gui.charts import IndexChart

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole


class SummaryModel(QAbstractTableModel):
    """The rows of ``core.summary`` as a table."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[SummaryRow, ...] = ()

    @property
    def rows(self) -> tuple[SummaryRow, ...]:
        """What is shown, in the order of the run."""
        return self._rows

    def set_rows(self, rows: tuple[SummaryRow, ...]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = COLUMNS[index.column()]
        cell = self._rows[index.row()].cells[column.key]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.note or column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
            case _ if role == SORT_ROLE:
                return cell.text.lower() if not column.right else cell.sort
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return column.help
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class SummaryPanel(QWidget):
    """Shows what a run found. Computes nothing."""

    export_requested = Signal()
    encoder_chosen = Signal(str)  # a row was clicked

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.export_button = QPushButton(icon("export"), "Export PDF")
        self.export_button.setToolTip("Write the report of this run (Ctrl+E)")
        self.export_button.clicked.connect(self.export_requested)
        self.copy_button = tool_button("copy", "Copy the table")
        self.copy_button.clicked.connect(self.copy)
        self.title = DockTitle("Robustness summary", self.copy_button, self.export_button)

        self.model = SummaryModel()
        self._sorted = QSortFilterProxyModel()
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self.table.setModel(self._sorted)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        self.table.horizontalHeader().setSortIndicatorClearable(True)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        self.table.clicked.connect(self._on_click)
        self.table.setAccessibleName("Robustness summary")

        self.sentences = QLabel()
        self.sentences.setTextFormat(Qt.TextFormat.PlainText)
        self.sentences.setWordWrap(True)
        self.sentences.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.sentences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        scroll = QScrollArea()
        scroll.setWidget(self.sentences)
        scroll.setWidgetResizable(True)
        left = QWidget()
        left_layout = QVBoxLayout(left)
        left_layout.setContentsMargins(0, 0, 0, 0)
        left_layout.setSpacing(6)
        left_layout.addWidget(self.table, 3)
        left_layout.addWidget(scroll, 2)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(9)
        self._split.addWidget(left)
        self.chart: IndexChart | None = None

        empty = QWidget()
        empty_layout = QVBoxLayout(empty)
        empty_layout.setContentsMargins(16, 14, 16, 14)
        empty_layout.addWidget(
            label(
                "After an evaluation this is where the encoders stand side by side: how far each "
                "follows tissue, and how far the hospital.",
                "muted",
                wrap=True,
            )
        )
        empty_layout.addStretch(1)

        full = QWidget()
        full_layout = QHBoxLayout(full)
        full_layout.setContentsMargins(10, 8, 10, 10)
        full_layout.addWidget(self._split)
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._stack)
        self.show_run(None)

    def sizeHint(self) -> QSize:
        return QSize(760, 250)

    def show_run(self, run: Run | None) -> None:
        """Show a run; None: none yet."""
        self.copy_button.setVisible(run is not None)
        self._stack.setCurrentIndex(0 if run is None else 1)
        self.copy_button.setEnabled(run is not None)
        self.export_button.setEnabled(run is not None)
        rows = () if run is None else summary_rows(run)
        self.model.set_rows(rows)
        if run is None:
            return
        self.sentences.setText("\n".join(_lines(run, rows)))
        self._ensure_chart()
        if self.chart is not None:
            from pathgui.gui.charts import index_bars

            self.chart.show_bars(index_bars(run))

    def _ensure_chart(self) -> None:
        if self.chart is None:
            from pathgui.gui.charts import IndexChart  # pyqtgraph: not before it is needed

            self.chart = IndexChart()
            self.chart.setMinimumWidth(220)
            self._split.addWidget(self.chart)
            self._split.setStretchFactor(0, 3)
            self._split.setStretchFactor(1, 2)
            self._split.setSizes([600, 400])

    def recolor(self) -> None:
        """Follow the theme."""
        if self.chart is not None:
            self.chart.recolor()

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard, tab-separated, in the order shown."""
        lines = ["\t".join(column.title for column in COLUMNS)]
        for row in range(self._sorted.rowCount()):
            lines.append(
                "\t".join(
                    str(self._sorted.index(row, column).data()) for column in range(len(COLUMNS))
                )
            )
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    @Slot(QModelIndex)
    def _on_click(self, index: QModelIndex) -> None:
        row = self._sorted.mapToSource(index).row()
        self.encoder_chosen.emit(self.model.rows[row].encoder)


def _lines(run: Run, rows: tuple[SummaryRow, ...]) -> list[str]:
    lines = []
    for row in rows:
        lines.append(f"{row.cells['encoder'].text}: {row.sentence}")
        lines += [f"    ⚠ {warning}" for warning in row.warnings]
    lines += [f"{each.title} could not run: {each.reason}" for each in run.failures]
    return lines


def open_file(path: str) -> None:
    """Open a file with the program of the system."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
