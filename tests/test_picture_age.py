"""Pictures of the documentation: one command takes them, and none is older than its widgets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.picture_age import PICTURES, ROOT, Scene, digest, load, older, save, scene

PANEL = '''"""A panel."""
log = logging.getLogger(__name__)


class Panel(QWidget):
    """Shows how many tiles there are."""

    def __init__(self, tiles):
        self.count = QLabel(f"{tiles} tiles")
        log.info("made a panel of %d", tiles)
        assert tiles, "a panel of nothing"
'''


def test_no_picture_is_older_than_the_widgets_it_shows() -> None:
    assert not list(older(load()))


def test_every_picture_was_taken_by_the_command_and_is_shown_on_a_page() -> None:
    taken = {name for each in load().values() for name in each.pictures}
    there = {
        str(file.relative_to(PICTURES).as_posix())
        for file in PICTURES.rglob("*")
        if file.suffix in (".jpg", ".png")
    }
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    shown = set(re.findall(r"pictures/([\w/.-]+\.(?:jpg|png))", text))
    assert taken == there
    assert shown == there


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tiles}", "count}"),  # what it is called in the code
        ("A panel.", "The panel."),
        ("Shows how", "It shows how"),
        ("made a panel of", "a panel, of"),
        ("a panel of nothing", "no tiles"),
        ("\n\nclass", "\n\n# a comment\nclass"),
        ("self.count", "self._count"),
    ],
)
def test_what_cannot_be_seen_makes_no_picture_older(before: str, after: str) -> None:
    assert before in PANEL
    assert digest(PANEL.replace(before, after)) == digest(PANEL)


@pytest.mark.parametrize(
    ("before", "after"), [(' tiles"', ' tiles here"'), ("QLabel", "QPushButton"), ("QLabel(", "(")]
)
def test_a_changed_word_or_widget_makes_a_picture_older(before: str, after: str) -> None:
    assert before in PANEL
    assert digest(PANEL.replace(before, after)) != digest(PANEL)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pathgui").mkdir()
    (tmp_path / "pathgui" / "panel.py").write_text(PANEL, encoding="utf-8")
    return tmp_path


def test_an_older_scene_is_named_with_what_changed_and_what_to_do(tree: Path) -> None:
    scenes = {"finished": scene(["a.jpg"], ["pathgui.panel"], tree)}
    assert not list(older(scenes, tree))
    (tree / "pathgui" / "panel.py").write_text(PANEL.replace("tiles", "cells"), encoding="utf-8")
    (said,) = older(scenes, tree)
    assert "pictures of finished are older than pathgui.panel" in said
    assert "take.py" in said
    assert "--still-true finished" in said


def test_a_module_that_is_gone_makes_its_scenes_older(tree: Path) -> None:
    scenes = {"finished": scene(["a.jpg"], ["pathgui.panel"], tree)}
    (tree / "pathgui" / "panel.py").unlink()
    assert len(list(older(scenes, tree))) == 1


def test_what_is_written_down_reads_back(tmp_path: Path) -> None:
    scenes = {"one": Scene(("a.jpg", "b.jpg"), {"pathgui.panel": "0" * 12})}
    save(scenes, tmp_path / "shown.json")
    assert load(tmp_path / "shown.json") == scenes
