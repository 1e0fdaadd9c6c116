"""The tables of the documentation that the program's own tables say.

    python -m tests.docs_tables          writes them anew

A measurement or an option that was added, renamed or explained anew stands in them after that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.results.measures import MEASURES, Measure
from pathgui.core.results.summary import COLUMNS
from pathgui.core.runs.options import OPTIONS, Option

DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True)
class Table:
    """A table of a page: the page's name, the table's first line, and the rows that it has."""

    page: str
    head: str
    rows: Callable[[], list[str]]

    def written(self, text: str) -> str:
        """The page with these rows in the place of those it has.

        Raises
        ------
        ValueError
            If the page has no table with this head.
        """
        before, head, after = text.partition(f"\n{self.head}\n")
        if not head:
            raise ValueError(f"docs/{self.page}.md has no table that begins with {self.head}")
        rule, *rest = after.split("\n")
        kept = next((n for n, line in enumerate(rest) if not line.startswith("|")), len(rest))
        return before + head + "\n".join([rule, *self.rows(), *rest[kept:]])


def anchors_in_plain_words() -> dict[str, str]:
    """The anchor in measures.md of each entry of measurements.md, by its anchor there."""
    page = (DOCS / "measures.md").read_text(encoding="utf-8")
    titles_and_texts = re.split(r"^#+ (.*)$", page, flags=re.MULTILINE)[1:]
    found = {}
    for title, text in zip(titles_and_texts[::2], titles_and_texts[1::2], strict=True):
        if formula := re.search(r"\[Formula\]\(measurements\.md#(.*?)\)", text):
            kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
            found[formula[1]] = kept.replace(" ", "-")
    return found


def limits() -> list[str]:
    """What the page on limits says of each measurement."""
    plain = anchors_in_plain_words()
    return [_limit(measure, plain[measure.anchor]) for measure in MEASURES]


def _limit(measure: Measure, anchor: str) -> str:
    low, high = ("any" if each is None else f"{each:g}" for each in (measure.least, measure.most))
    interval = "yes" if measure.has_interval else "no"
    return (
        f"| `{measure.key}` | [{measure.title}](measures.md#{anchor}) | {measure.help} | "
        f"{measure.better} | {low} to {high} | {interval} |"
    )


def columns() -> list[str]:
    """What the page on the summary says of each of its columns."""
    plain = anchors_in_plain_words()
    return [
        f"| [{each.title.partition(' [')[0]}](measures.md#{plain[each.anchor]}) | {each.help} |"
        for each in COLUMNS
    ]


def numbers() -> list[str]:
    """What the page for Python says of each number."""
    return [
        f"| `{each.key}` | [{each.title}](measurements.md#{each.anchor})"
        f"{'; of an evaluated slide' if each.title.startswith('Slide: ') else ''} |"
        for each in MEASURES
    ]


def options() -> list[str]:
    """What the page on options says of each."""
    return [_option(each) for each in OPTIONS]


def _option(option: Option) -> str:
    flag = option.no_flag if option.switch is option.default is True else option.flag
    called = option.caption or option.title
    return f"| {called} | `{flag}` | {option.said(option.default)} | {option.help} |"


TABLES = (
    Table("limits", "| key | measurement | what it is | better | bounds | interval |", limits),
    Table("reporting", "| column | says |", columns),
    Table("python", "| name | what it is |", numbers),
    Table("options", "| option | flag | by default | |", options),
)


def written() -> Iterator[tuple[Path, str, str]]:
    """Each page, its text, and the text with its tables written anew."""
    for table in TABLES:
        path = DOCS / f"{table.page}.md"
        text = path.read_text(encoding="utf-8")
        yield path, text, table.written(text)


def main() -> None:
    """Write the tables."""
    for path, _, made in written():
        path.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
