"""What docs/viewer.md says of keys is what they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.gui.viewer.model.keys import ACTIONS, MOUSE

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "viewer.md"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_guide_lists_every_action_with_its_keys(action):
    keys = ", ".join(f"`{key}`" for key in action.keys) or "–"
    assert f"| {action.title} | {keys} |" in GUIDE.read_text(encoding="utf-8")


def test_the_guide_lists_what_the_mouse_does():
    text = GUIDE.read_text(encoding="utf-8")
    assert all(f"| {how} | {what} |" in text for how, what in MOUSE)
