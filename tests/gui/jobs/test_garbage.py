"""Which thread takes apart what refers to itself in circles."""

import gc
import threading
import time
import weakref

import pytest
from PySide6.QtCore import QObject, QTimer

from pathgui.core.system.garbage import collect_garbage
from pathgui.gui.jobs.garbage import GarbageCollector, due
from pathgui.gui.jobs.jobs import JobRunner


class Circle:
    """Garbage once nobody else holds it."""

    def __init__(self, held=None):
        self.held = held
        self.me = self


@pytest.fixture
def collector(qtbot):
    was_enabled, thresholds = gc.isenabled(), gc.get_threshold()
    gc.enable()
    gc.set_threshold(700, 10, 10)
    collector = GarbageCollector()
    yield collector
    collector.stop()
    gc.set_threshold(*thresholds)
    (gc.enable if was_enabled else gc.disable)()


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def collections():
    """(thread, generation) of each collection."""
    seen = []

    def note(phase, facts):
        if phase == "start":
            seen.append((threading.get_ident(), facts["generation"]))

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_a_job_that_makes_much_takes_nothing_of_the_window_apart(
    qtbot, collector, runner, collections
):
    made_here, ends = 40, []

    def work(report):
        for _ in range(200):
            for _ in range(1000):
                Circle()
            time.sleep(0.001)

    collector.start()
    for _ in range(made_here):
        timer = QTimer()
        timer.start(10_000)
        weakref.finalize(timer, lambda: ends.append(threading.get_ident()))
        Circle(timer)
    del timer
    job = runner.run(work)
    with qtbot.waitSignal(job.ended, timeout=30_000):
        pass
    qtbot.waitUntil(lambda: len(ends) == made_here)
    assert set(ends) == {threading.get_ident()}
    assert {thread for thread, _ in collections} == {threading.get_ident()}


def test_what_jobs_leave_behind_is_collected_while_they_run(qtbot, collector, runner):
    there = weakref.WeakSet()
    most = []

    def work(report):
        for _ in range(50):
            for _ in range(1000):
                there.add(Circle())
            most.append(len(there))
            time.sleep(0.02)

    collector.start()
    job = runner.run(work)
    with qtbot.waitSignal(job.ended, timeout=30_000):
        pass
    assert max(most) < 40_000
    qtbot.waitUntil(lambda: len(there) < 1000)


def test_memory_that_a_job_wants_back_is_collected_on_the_windows_thread_at_once(
    qtbot, collector, runner, collections
):
    collector.start()
    there = weakref.ref(Circle())
    gc.collect(0)
    gc.collect(1)
    old = Circle(QObject())
    gc.collect(1)
    of_old = weakref.ref(old)
    del old
    job = runner.run(lambda report: (collect_garbage(), of_old() is None))
    with qtbot.waitSignal(job.succeeded) as result:
        pass
    assert there() is None
    assert result.args[0] == (None, True)
    assert {thread for thread, _ in collections} == {threading.get_ident()}


def test_a_job_that_wants_memory_back_does_not_wait_for_a_window_that_waits_for_it(
    collector, runner
):
    collector.start()
    runner.run(lambda report: collect_garbage())
    begun = time.monotonic()
    runner.shutdown()  # waits for the job, without turns of the event loop
    assert time.monotonic() - begun < 10


def test_python_collects_again_when_the_window_is_gone(collector):
    collector.start()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()


def test_long_collections_wait_for_a_hand_that_rests_but_not_for_ever(collector, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("pathgui.gui.jobs.garbage.time.monotonic", lambda: now[0])
    collector._took[2], collector._ended[2] = 0.05, 1000.0
    assert not collector._may(2, at_rest=True)  # it would take more than 1 % of the time
    now[0] += 6
    assert collector._may(2, at_rest=True)
    assert not collector._may(2, at_rest=False)
    now[0] += 30
    assert collector._may(2, at_rest=False)
    collector._took[2], collector._ended[2] = 0.004, now[0]
    assert collector._may(2, at_rest=False)


@pytest.mark.parametrize(
    ("counts", "generation"),
    [
        ((700, 50, 50), -1),
        ((701, 10, 50), 0),
        ((701, 11, 10), 1),
        ((701, 11, 11), 2),
    ],
)
def test_generations_are_due_when_python_would_collect_them(counts, generation):
    assert due(counts, (700, 10, 10)) == generation
    assert due(counts, (0, 10, 10)) == -1  # who wants no collections gets none
