"""What docs/viewer.md says of keys is what they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.viewer.model.keys import MOUSE

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "viewer.md"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_guide_lists_every_action_with_its_keys(action):
    keys = ", ".join(f"`{key}`" for key in action.keys) or "–"
    assert f"| {action.title} | {keys} |" in GUIDE.read_text(encoding="utf-8")


def test_the_guide_lists_what_the_mouse_does():
    text = GUIDE.read_text(encoding="utf-8")
    assert all(f"| {how} | {what} |" in text for how, what in MOUSE)


def key_section() -> str:
    """The section on keys, from the table of actions."""
    parts = ["## Keys\n"]
    for group in dict.fromkeys(action.group for action in ACTIONS):
        parts += [f"**{group}**\n", "| action | key |", "|---|---|"]
        for action in ACTIONS:
            if action.group == group:
                keys = ", ".join(f"`{key}`" for key in action.keys) or "–"
                parts.append(f"| {action.title} | {keys} |")
        parts.append("")
    parts += ["**Mouse**\n", "| hand | does |", "|---|---|"]
    parts += [f"| {how} | {what} |" for how, what in MOUSE]
    return "\n".join(parts) + "\n"


def test_the_guide_lists_nothing_else_and_in_the_order_of_the_table():
    text = GUIDE.read_text(encoding="utf-8")
    assert text[text.index("## Keys\n") :] == key_section()
