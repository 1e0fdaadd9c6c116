"""What the pages for those who carry on say of the code is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests import floor_plan
from tests.contracts import FLOORS, House

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ANSWERS = re.findall(r"^\| (.+) \| `(pathgui/\S+)` \| `(\S+)` \|$", ARCHITECTURE, re.MULTILINE)
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "tests" / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
TESTED = [page for page in PAGES if page.name in ("CONTRIBUTING.md", "architecture.md")
          or page.parent.name in ("benchmarks", "decisions")]  # fmt: skip


def defined(path: Path) -> set[str]:
    """Names that a file defines: functions, classes, their methods, and constants."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body
                      if isinstance(each, ast.FunctionDef)}  # fmt: skip
        if isinstance(node, ast.Assign):
            found |= {ast.unparse(target) for target in node.targets}
        if isinstance(node, ast.AnnAssign):
            found.add(ast.unparse(node.target))
    return found


def test_ten_questions_are_answered():
    assert len([question for question, *_ in ANSWERS if not question.startswith("…")]) >= 10


@pytest.mark.parametrize(("question", "path", "name"), ANSWERS)
def test_each_answer_names_a_file_that_defines_it(question, path, name):
    assert (ROOT / path).is_file(), f"{question}: {path} is gone. Say where it is now."
    assert name in defined(ROOT / path), f"{question}: {path} defines no {name}. Say where it is."


def test_the_picture_of_the_floors_is_that_of_the_imports():
    assert floor_plan.with_picture(ARCHITECTURE, floor_plan.picture(House(ROOT))) == ARCHITECTURE, (
        "Rooms import from others than the picture shows: python -m tests.floor_plan"
    )


def test_a_room_stands_on_its_nearest_lower_rooms():
    assert floor_plan.stands_on({"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a"}}) == {
        "a": [], "b": ["a"], "c": ["b"], "d": ["a"],
    }  # fmt: skip


def test_the_picture_has_all_rooms():
    made = floor_plan.picture(House(ROOT))
    for rooms in FLOORS.values():
        for name in rooms:
            assert re.search(rf"^{name} ", made, re.MULTILINE)


@pytest.mark.parametrize("page", TESTED, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|md|toml|txt|yaml))`", text):
        places = [ROOT, ROOT / "pathgui", ROOT / "tests", page.parent]
        assert any((place / name).is_file() for place in places), f"{page.name}: {name} is gone"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_says_in_words_what_it_shows(page):
    text = page.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text)
    bare = [target for words, target in pictures if len(words.split()) < 3]
    assert not bare, f"{page.name}: give each picture a text for those who cannot see it: {bare}"
    assert len({words for words, _ in pictures}) == len({target for _, target in pictures})
