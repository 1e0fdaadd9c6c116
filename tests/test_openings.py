"""A slide is opened in one way, which asks the setting; whatever opens one goes through it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "pathgui"
MAY_IMPORT = {"core/slides/slide_file.py", "gui/jobs/services.py"}  # slide.open_slide
MAY_CALL = {"gui/jobs/desk.py"}  # services.open_slide


def sources() -> Iterator[tuple[str, ast.AST]]:
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def test_only_the_file_of_a_slide_and_the_windows_services_know_how_a_slide_is_opened():
    found = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        if node.module == "pathgui.core.slides.slide"
        if "open_slide" in {alias.name for alias in node.names}
    }
    assert found == MAY_IMPORT, (
        "Open a slide with SlideFile(...).open(), in the window with Desk.open_slide, which asks "
        "the setting."
    )


def test_in_the_window_only_the_desk_calls_what_the_services_open_slides_with():
    found = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "open_slide"
        if "services" in ast.unparse(node.value)
    }
    assert found == MAY_CALL, "Call Desk.open_slide, which asks the setting."
