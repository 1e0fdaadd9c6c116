"""What the terminal prints while a command works."""

from __future__ import annotations

from pathgui.cli.terminal import Watch
from pathgui.core.progress import Notice, Part, Progress


def said(capsys, *events, quiet=False):
    watch = Watch(quiet)
    for event in events:
        watch(event)
    return capsys.readouterr().err.splitlines()


def test_each_step_is_said_when_it_begins_and_when_it_ends(capsys):
    lines = said(capsys, *(Progress("Counting", done, 3) for done in range(4)))
    assert lines == ["Counting: 0 of 3", "Counting: 3 of 3"]


def test_the_same_phrase_in_another_part_of_the_work_is_said_anew(capsys):
    lines = said(
        capsys,
        *(Progress("Finding neighbors", done, 3, part=Part.MEASURING) for done in range(4)),
        *(Progress("Finding neighbors", done, 3, part=Part.MAPS) for done in range(4)),
    )
    assert lines == ["Finding neighbors: 0 of 3", "Finding neighbors: 3 of 3"] * 2


def test_a_notice_is_said_as_a_note_and_nothing_where_quiet_is_asked_for(capsys):
    assert said(capsys, Notice("Half is [done].")) == ["Note: Half is [done]."]
    assert said(capsys, Notice("Half is done."), Progress("Counting", 0, 3), quiet=True) == []
