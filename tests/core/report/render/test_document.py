"""Blocks are text, and each kind is known to both renderers."""

from __future__ import annotations

import dataclasses
from typing import get_args

from pathgui.assets import asset_path
from pathgui.core.report.render.document import Block, Cell, cells, name_and_numbers


def test_each_kind_of_block_has_a_name_that_the_typst_template_knows():
    template = asset_path("report.typ").read_text(encoding="utf-8")
    for block in get_args(Block):
        (kind,) = (field.default for field in dataclasses.fields(block) if field.name == "kind")
        assert f'"{kind}"' in template, f"report.typ sets no block of kind {kind}"


def test_a_row_of_texts_is_a_row_of_cells():
    assert cells(["a", "b"], "muted") == [Cell("a", "muted"), Cell("b", "muted")]


def test_names_stand_left_and_numbers_right():
    assert name_and_numbers(2) == ["left", "right", "right"]
