"""What is found of the lab's own classifier, in the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.results.classifier import sentences, tables


def print_classifier(found: AssessedClassifier) -> None:
    """All tables and sentences, on stdout."""
    for each in tables(found):
        table = Table(title=each.title, title_justify="left", box=SIMPLE_HEAD)
        for heading in each.headings:
            table.add_column(heading)
        for row in each.rows:
            table.add_row(*row)
        out.print(table)
        if each.note:
            tell(each.note)
    for text in sentences(found):
        tell(text)
