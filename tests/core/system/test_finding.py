"""What was looked at is good as long as nothing of it is bad."""

from __future__ import annotations

from pathgui.core.system.finding import Finding, any_bad


def test_a_note_stands_in_nobodys_way():
    notes = [Finding("disk", "good", "1 GB"), Finding("device", "note", "no GPU")]
    assert not any_bad(notes)
    assert any_bad([*notes, Finding("weights", "bad", "missing")])
