"""Tables of the documentation say what the program says."""

from __future__ import annotations

import difflib

import pytest

from tests.docs_tables import TABLES, Table, columns, limits, numbers, options, written


@pytest.mark.parametrize(("path", "text", "made"), list(written()), ids=[t.page for t in TABLES])
def test_a_table_says_what_the_program_says(path, text, made):
    changed = "\n".join(
        difflib.unified_diff(text.splitlines(), made.splitlines(), lineterm="", n=0)
    )
    assert text == made, f"{path.name}: run python -m tests.docs_tables\n{changed}"


def test_rows_are_written_in_the_place_of_those_before():
    table = Table("page", "| a | b |", lambda: ["| 1 | 2 |", "| 3 | 4 |"])
    page = "# Page\n\n| a | b |\n|---|---|\n| gone | 0 |\n\nText.\n\n| c |\n|---|\n| stays |\n"
    assert table.written(page) == page.replace("| gone | 0 |", "| 1 | 2 |\n| 3 | 4 |")
    assert table.written(table.written(page)) == table.written(page)


def test_a_page_without_the_table_is_named():
    with pytest.raises(ValueError, match=r"docs/page\.md has no table that begins with"):
        Table("page", "| a | b |", list).written("# Page\n")


@pytest.mark.parametrize("rows", [limits, columns, numbers, options])
def test_each_row_is_one_line_with_as_many_cells_as_the_others(rows):
    made = rows()
    assert len(made) == len(set(made)) > 10
    assert len({row.count(" | ") for row in made}) == 1
    assert not any("\n" in row for row in made)
