import gc
import os
import sys
import threading
import time
import weakref

import pytest

from pathgui.core.progress import Notice, Progress
from pathgui.gui.jobs import jobs
from pathgui.gui.jobs.jobs import Job, JobRunner


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    runner.shutdown()


def test_the_result_is_made_off_the_gui_thread(qtbot, runner):
    job = Job(lambda report: threading.get_ident())
    with qtbot.waitSignal(job.succeeded) as result:
        runner.start(job)
    assert result.args != [threading.get_ident()]


def test_an_exception_is_handed_over(qtbot, runner):
    def work(report):
        raise ValueError("no such level")

    job = Job(work)
    with qtbot.waitSignal(job.failed) as failure:
        runner.start(job)
    assert str(failure.args[0]) == "no such level"


def test_what_a_job_made_or_raised_goes_to_who_asked_for_it(qtbot, runner):
    seen = []

    def fail(report):
        raise ValueError("no such level")

    runner.run(lambda report: 7, seen.append)
    runner.run(fail, seen.append, lambda error: seen.append(str(error)))
    background = runner.run(lambda report: None, background=True)
    with qtbot.waitSignal(background.ended):  # which is heard though it was started before
        pass
    assert seen == [7, "no such level"]


def test_every_signal_comes_on_the_gui_thread_and_in_order(qtbot, runner):
    seen = []

    def note(what):
        seen.append((what, threading.get_ident()))

    job = Job(lambda report: report(Notice("half-way")))
    job.reported.connect(lambda events: note(events[0].text))
    job.succeeded.connect(lambda result: note("succeeded"))
    job.ended.connect(lambda: note("ended"))
    runner.start(job)
    qtbot.waitUntil(lambda: not runner.busy)
    assert seen == [(what, threading.get_ident()) for what in ("half-way", "succeeded", "ended")]


def test_a_thousand_reports_reach_the_window_at_most_five_times_a_second(qtbot, runner):
    batches = []

    def work(report):
        begun = time.monotonic()
        for i in range(1000):
            report(Progress("Embedding", i + 1, 1000))
            report(Notice(str(i))) if i % 100 == 0 else None
            time.sleep(0.001)
        return time.monotonic() - begun

    job = Job(work)
    job.reported.connect(batches.append)
    with qtbot.waitSignal(job.succeeded, timeout=20_000) as result:
        runner.start(job)
    assert len(batches) <= 5 * result.args[0] + 2
    events = [event for batch in batches for event in batch]
    assert [int(e.text) for e in events if isinstance(e, Notice)] == list(range(0, 1000, 100))
    assert events[-1] == Progress("Embedding", 1000, 1000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_a_background_job_and_its_threads_stand_back_for_the_window(qtbot, runner):
    def priorities(report):
        found = []

        def look():
            found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

        look()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return found

    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    for background, nice in ((True, min(mine + 5, 19)), (False, mine)):
        job = Job(priorities, background=background)
        with qtbot.waitSignal(job.succeeded) as result:
            runner.start(job)
        assert result.args[0] == [nice, nice]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine


def test_jobs_take_turns(qtbot, runner):
    order = []
    for i in range(3):
        runner.start(Job(lambda report, i=i: order.append(i)))
    qtbot.waitUntil(lambda: not runner.busy)
    assert order == [0, 1, 2]


def endless(started):
    def work(report):
        while True:
            report(Progress("Embedding", 0, 1))
            started.set()
            time.sleep(0.001)

    return work


def test_cancel_ends_it_with_cancelled_and_nothing_else(qtbot, runner):
    started = threading.Event()
    job = Job(endless(started))
    outcomes = []
    for name in ("succeeded", "failed", "cancelled"):
        getattr(job, name).connect(lambda *args, name=name: outcomes.append(name))
    runner.start(job)
    started.wait()
    runner.cancel()
    assert job.stopping
    qtbot.waitUntil(lambda: not runner.busy)
    assert outcomes == ["cancelled"]


def test_shutdown_waits_for_the_running_job_and_accepts_no_other(qtbot, runner):
    started = threading.Event()
    job = Job(endless(started))
    runner.start(job)
    started.wait()
    runner.shutdown()
    assert job.isFinished()
    late = Job(lambda report: pytest.fail("must not run"))
    runner.start(late)
    assert not late.isRunning()


def test_garbage_collected_on_another_thread_destroys_no_job_there(qtbot, runner):
    destroyed_on = []
    job = Job(lambda report: None)
    job.destroyed.connect(lambda: destroyed_on.append(threading.get_ident()))
    job.succeeded.connect(lambda result, job=job: None)  # a cycle, as slots of the window make
    runner.start(job)
    qtbot.waitUntil(lambda: not runner.busy)
    del job
    collector = threading.Thread(target=gc.collect)
    collector.start()
    collector.join()
    qtbot.waitUntil(lambda: bool(destroyed_on))
    assert destroyed_on == [threading.get_ident()]


def test_what_a_job_worked_with_is_let_go_on_the_windows_thread(qtbot, runner):
    """It may be the last that holds a dialog which was closed meanwhile."""
    let_go_on = []

    class Held:
        pass

    def with_held(held):
        weakref.finalize(held, lambda: let_go_on.append(threading.get_ident()))
        return lambda report: held and None

    runner.run(with_held(Held()))
    qtbot.waitUntil(lambda: bool(let_go_on))
    assert let_go_on == [threading.get_ident()]


def test_a_job_that_does_not_stop_outlives_the_window_and_is_not_destroyed(qtbot, runner):
    started, go_on = threading.Event(), threading.Event()

    def deaf(report):
        started.set()
        go_on.wait()

    job = Job(deaf)
    job.succeeded.connect(lambda result: pytest.fail("the window is gone"))
    runner.start(job)
    started.wait()
    runner.close()
    runner.abandon()
    assert not runner.busy
    assert jobs.stragglers == [job]
    go_on.set()
    assert job.wait(5000)
    qtbot.wait(10)  # lets the queued end of the job through, which must not be heard
    jobs.stragglers.clear()


def test_a_job_that_was_cancelled_while_it_waited_does_nothing(qtbot, runner):
    go_on, done, cancelled = threading.Event(), [], []
    first = Job(lambda report: go_on.wait(10))
    second = Job(lambda report: done.append("second"))
    second.succeeded.connect(done.append)
    second.cancelled.connect(lambda: cancelled.append("second"))
    runner.start(first)
    runner.start(second)
    second.cancel()
    assert second.stopping
    with qtbot.waitSignal(runner.idle):
        go_on.set()
    assert (done, cancelled) == ([], ["second"])


def test_a_job_that_has_ended_is_held_until_it_is_deleted_and_no_longer(qtbot):
    runner = JobRunner()
    for _ in range(3):
        runner.run(lambda report: None)
    qtbot.waitUntil(lambda: not runner.busy)
    qtbot.waitUntil(lambda: not jobs._ending)
