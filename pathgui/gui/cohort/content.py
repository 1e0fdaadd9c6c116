"""What the slide table shows, and the changes that can be made to it. Without Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, MPP, SLIDE_ID, SlideTable
from pathgui.core.cohort.unsaved import with_slides

ROLES = ("tissue", "center", "patient", "pair")
_FIXED = (FILE, CONTENT_ID)  # which file a slide is, is not typed
_NUMBERS = re.compile(r"(\d+)")

Cells = Mapping[tuple[int, str], str]  # texts by row and column


@dataclass(frozen=True)
class Content:
    """A table of slides, which column plays which role, and the file of each row."""

    slides: SlideTable = field(default_factory=SlideTable)
    roles: Roles = field(default_factory=Roles)
    files: tuple[Path | None, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that can be edited, as the table has them, the slide's name first."""
        names = dict.fromkeys(self.slides.columns)
        return (SLIDE_ID, *(name for name in names if name not in (SLIDE_ID, *_FIXED)))

    @cached_property
    def row_of(self) -> dict[Path, int]:
        """The first row of each file."""
        found: dict[Path, int] = {}
        for row, path in enumerate(self.files):
            if path is not None:
                found.setdefault(path, row)
        return found

    @cached_property
    def _searched(self) -> list[str]:
        """What a filter looks through, of each row."""
        return ["\n".join(cells).casefold() for cells in self.slides.rows]

    def matching(self, words: str) -> list[int]:
        """Rows in which each word stands in some cell, in any case."""
        wanted = words.casefold().split()
        if not wanted:
            return list(range(len(self.files)))
        return [
            row for row, text in enumerate(self._searched) if all(word in text for word in wanted)
        ]

    @property
    def is_described(self) -> bool:
        """Whether anything was said of the slides that their files do not say."""
        said = [name for name in self.columns if name != SLIDE_ID]
        return len(self.slides.columns) > len(SlideTable().columns) or any(
            any(self.slides.column(name)) for name in said
        )

    @property
    def is_work(self) -> bool:
        """Whether it holds anything that its slides and the panel Evaluate do not say.

        Of a single slide the panel says center, tissue and scale.
        """
        paths = [path for path in self.files if path is not None]
        if len(paths) < len(self.files) or self.roles != Roles():
            return bool(self.files)
        if len(paths) > 1:
            described = self.is_described
        else:
            of_panel = (self.roles.center, self.roles.tissue, MPP)
            cells = {(row, name): "" for row in range(len(paths)) for name in of_panel}
            described = self.with_cells(cells).is_described
        return described or Content().with_files(paths).slides.slide_ids != self.slides.slide_ids

    def role_of(self, column: str) -> str:
        """The role that a column plays; "" if none."""
        return next((role for role in ROLES if self.column_in(role) == column), "")

    def column_in(self, role: str) -> str:
        """The column in a role."""
        return str(getattr(self.roles, role))

    def given_mpp(self, row: int) -> float | None:
        """µm per level-0 pixel of a row, where the table says it."""
        return self.slides.mpps[row] if self.slides.cell(row, MPP) else None

    def with_cells(self, cells: Cells) -> Content:
        """With other texts in some cells."""
        return replace(self, slides=self.slides.with_cells(cells))

    def with_files(self, paths: Sequence[Path]) -> Content:
        """With a row at the end for each file that has none."""
        new = [path for path in dict.fromkeys(paths) if path not in self.row_of]
        return replace(self, slides=with_slides(self.slides, new), files=(*self.files, *new))

    def with_slides(self, slides: SlideTable) -> Content:
        """With another table, whose rows may go on where those of this one end."""
        added = (None,) * (len(slides) - len(self.files))
        return replace(self, slides=slides, files=(*self.files, *added))

    def at(self, files: Sequence[Path | None]) -> Content:
        """With other files of the rows."""
        return replace(self, files=tuple(files))

    def without_rows(self, rows: Sequence[int]) -> Content:
        """Without some rows."""
        out = set(rows)
        files = tuple(path for row, path in enumerate(self.files) if row not in out)
        return replace(self, slides=self.slides.without_rows(rows), files=files)

    def followed_by(self, rest: Content, first: int) -> Content:
        """With the rows of ``rest`` from ``first`` on at the end."""
        if first >= len(rest.files):
            return self
        rows = [
            {name: text for name in rest.slides.columns if (text := rest.slides.cell(row, name))}
            for row in range(first, len(rest.files))
        ]
        slides = self.slides.with_rows(rows)
        return replace(self, slides=slides, files=(*self.files, *rest.files[first:]))


def sorted_rows(texts: Sequence[str], rows: Sequence[int], *, descending: bool) -> list[int]:
    """Rows in the order of their texts, numbers in texts by their size; empty ones come last."""
    filled = sorted(
        (row for row in rows if texts[row]), key=lambda row: _natural(texts[row]),
        reverse=descending,
    )  # fmt: skip
    return filled + [row for row in rows if not texts[row]]


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    parts = _NUMBERS.split(text.casefold())
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p)
