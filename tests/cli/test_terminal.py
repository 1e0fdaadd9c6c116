"""What the terminal prints while a command works."""

from __future__ import annotations

import io
import re

from rich.console import Console

from pathgui.cli import terminal
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


def test_numbers_so_far_are_a_line_now_and_then_and_never_the_same_one_twice(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: clock[0])
    watch = Watch()
    for second, text in ((0, "UNI: 10 %"), (3, "UNI: 12 %"), (20, "UNI: 12 %"), (40, "UNI: 12 %")):
        clock[0] = second
        watch.live("uni", text)
    watch.live("shell", "SHELL: 3 %")
    assert capsys.readouterr().err.splitlines() == ["UNI: 10 %", "UNI: 12 %", "SHELL: 3 %"]
    Watch(quiet=True).live("uni", "UNI: 10 %")
    assert not capsys.readouterr().err


def test_on_a_terminal_numbers_so_far_are_rewritten_in_place_and_gone_at_the_end(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=screen, force_terminal=True, width=80))
    with Watch() as watch:
        watch(Progress("Embedding [altered] tiles", 1, 3))
        watch.live("uni", "UNI: [10 %, 12 %]")
        watch.live("uni", "UNI: [11 %, 12 %]")
        before = screen.getvalue()
    assert "UNI: [10 %, 12 %]" in before
    assert "UNI: [11 %, 12 %]" in before
    assert re.search(r"\x1b\[\d*A", before)  # the cursor goes up, so the line is written over
    assert "UNI" not in screen.getvalue()[len(before) :]
