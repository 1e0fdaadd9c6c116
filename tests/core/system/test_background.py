from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from pathgui.core.progress import Cancelled, Notice, Progress
from pathgui.core.system.background import Workers, left_behind, made_in_parallel, watched

WAITING = Progress("Loading", 0, 1)


def test_what_the_work_returns_and_raises_reaches_the_caller():
    assert watched(lambda report: 7, lambda event: None, WAITING) == 7
    with pytest.raises(KeyError, match="a bug"):
        watched(lambda report: {}["a bug"], lambda event: None, WAITING)
    assert left_behind() == ()


def test_reports_come_in_order_and_on_the_callers_thread():
    seen = []

    def work(report):
        for number in range(5):
            report(Progress("Counting", number, 5))
        report(Notice("done"))

    watched(work, lambda event: seen.append((event, threading.get_ident())), WAITING)
    assert {thread for _, thread in seen} == {threading.get_ident()}
    assert [event for event, _ in seen if isinstance(event, Progress)] == [
        Progress("Counting", number, 5) for number in range(5)
    ]


def test_while_the_work_is_silent_the_latest_progress_is_repeated():
    seen = []

    def work(report):
        time.sleep(0.5)
        report(Progress("Counting", 3, 5))
        time.sleep(0.5)

    watched(work, seen.append, WAITING)
    assert seen.count(WAITING) >= 1
    assert seen.count(Progress("Counting", 3, 5)) >= 2


def test_cancelling_tells_the_work_at_its_next_report():
    told = threading.Event()

    def work(report):
        try:
            while True:
                report(Progress("Counting", 0, 5))
                time.sleep(0.01)
        except Cancelled:
            told.set()
            raise

    def cancel(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        watched(work, cancel, WAITING)
    assert told.wait(2)


def test_work_is_done_in_order_and_what_was_not_begun_is_dropped():
    done = []
    with Workers(1, "test") as workers:
        outcomes = [workers.submit(lambda n=n: done.append(n)) for n in range(4)]
        assert outcomes[-1].wait(2)
    assert done == [0, 1, 2, 3]
    dropped = []

    def leave():
        with Workers(1, "test") as workers:
            workers.submit(lambda: time.sleep(0.05))
            dropped.append(workers.submit(lambda: done.append(99)))
            raise Cancelled

    with pytest.raises(Cancelled):
        leave()
    assert not dropped[0].wait(0.2)
    assert 99 not in done


CANCELLED_UNDER_A_FORWARD = """
import sys, threading, time
import torch
from pathgui.cli import main as program
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.system.background import watched

def forward(report):
    a = torch.rand(1500, 1500)
    end = time.monotonic() + 100
    while time.monotonic() < end:
        a = torch.relu(a @ a) * 1e-3

def cancel(event):
    raise Cancelled

def run(arguments, known):
    try:
        watched(forward, cancel, Progress("x", 0, 1))
    except Cancelled:
        return 130

program.run = run
program.main([])
"""


def test_the_program_ends_at_once_and_cleanly_under_a_forward_that_goes_on():
    done = subprocess.run(
        [sys.executable, "-c", CANCELLED_UNDER_A_FORWARD],
        capture_output=True,
        text=True,
        timeout=80,  # well under the 100 s of the forward
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr == ""


def test_what_is_made_side_by_side_comes_back_in_order_and_an_error_as_itself():
    """The first work ends last."""
    second = threading.Event()

    def first():
        assert second.wait(5)
        return "a"

    def last():
        second.set()
        return "b"

    assert made_in_parallel([first, last], 2) == ["a", "b"]
    assert made_in_parallel([], 2) == []
    with pytest.raises(ZeroDivisionError):
        made_in_parallel([lambda: 1 / 0], 2)
