"""What Evaluate will cost, said before it is pressed; and pausing once it runs."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.cost.step_cost import StepCost
from pathgui.core.errors import NoTissueError
from pathgui.core.progress import Progress
from tests.gui.conftest import always_openslide, click, cost_of, idle
from tests.run_factory import make_evaluation


def said(win):
    return win.run_panel.cost.text()


def test_the_cost_is_said_before_evaluate_and_follows_the_ticks(qtbot, ready):
    win = ready()
    win.encoder_panel.tick(["shell"])
    qtbot.waitUntil(lambda: "about 1 min" in said(win))
    assert said(win) == "48 tiles of the reference set: about 1 min, 1 MB on disk"
    win.encoder_panel.tick(["shell", "color-statistics"])
    qtbot.waitUntil(lambda: "about 2 min" in said(win))
    assert "1. Color statistics: about 1 min\n2. SHELL: about 1 min" in said(win)
    assert "as in earlier runs here" in win.run_panel.cost.toolTip()
    win.encoder_panel.tick([])
    qtbot.waitUntil(lambda: not win.run_panel.cost.isVisible())


def test_settings_that_change_the_cost_ask_again_and_others_do_not(qtbot, ready):
    asked = []

    def cost(request, at_hand, store, report):
        asked.append(request)
        return cost_of(request)

    win = ready(cost=cost)
    win.encoder_panel.tick(["shell"])
    qtbot.waitUntil(lambda: "about 1 min" in said(win))
    before = len(asked)
    win.run_settings.boxes["max_tiles"].setValue(500)
    qtbot.waitUntil(lambda: len(asked) == before + 1)
    assert asked[-1].settings.max_tiles == 500
    assert asked[-1].slide is not None
    win.reference_panel.give_center("Lakeside")
    win.controller.refresh()
    qtbot.wait(700)  # longer than the pause before it asks
    assert len(asked) == before + 1


def test_measuring_and_maps_have_a_line_of_their_own_and_go_with_the_setting(qtbot, ready):
    def cost(request, at_hand, store, report):
        steps = [StepCost("measure", dict.fromkeys(request.encoders, 90.0), "earlier run")]
        if request.settings.maps:
            maps = dict.fromkeys(request.encoders, 30.0)
            steps.append(StepCost("map", maps, "rule of thumb"))
        return replace(cost_of(request), steps=tuple(steps))

    win = ready(cost=cost)
    win.encoder_panel.tick(["shell"])
    qtbot.waitUntil(lambda: "Maps" in said(win))
    assert said(win) == (
        "48 tiles of the reference set: about 3 min, 1 MB on disk\n"
        "Measuring: about 2 min · Maps: about 30 s"
    )
    tip = win.run_panel.cost.toolTip()
    assert "Measuring: about 2 min (as in earlier runs here)" in tip
    assert "Maps: about 30 s (roughly" in tip
    win.run_settings.boxes["maps"].setChecked(False)
    qtbot.waitUntil(lambda: "Measuring: about 2 min" in said(win) and "Maps" not in said(win))


def test_what_is_embedded_already_still_says_how_long_measuring_takes(qtbot, ready):
    def cost(request, at_hand, store, report):
        stored = tuple(EncoderCost(n, 0, 48, 0.0, 0, "stored") for n in request.encoders)
        steps = (StepCost("measure", dict.fromkeys(request.encoders, 30.0), "earlier run"),)
        return Cost(stored, 48, steps=steps)

    win = ready(cost=cost)
    win.encoder_panel.tick(["shell", "color-statistics"])
    qtbot.waitUntil(lambda: "about 1 min" in said(win))
    assert said(win) == (
        "48 tiles of the reference set: all embedded before, about 1 min\nMeasuring: about 1 min"
    )


def test_what_speaks_against_the_request_is_said_where_the_cost_would_be(qtbot, ready):
    def cost(request, at_hand, store, report):
        raise NoTissueError("None of the 40 tissue tiles has its center in the region.")

    win = ready(cost=cost)
    qtbot.waitUntil(lambda: "in the region" in said(win))


def test_an_estimate_that_takes_long_is_in_nobodys_way(qtbot, ready):
    started, released = threading.Event(), threading.Event()
    answers = [make_evaluation()]

    def cost(request, at_hand, store, report):
        while not released.is_set():
            report(Progress("Estimating time", 0, 1))
            started.set()
            time.sleep(0.01)
        return cost_of(request)

    win = ready(cost=cost, evaluate=lambda request, at_hand, store, report: answers[0])
    qtbot.waitUntil(started.is_set)
    assert win.run_panel.evaluate_button.isEnabled()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    released.set()
    qtbot.waitUntil(lambda: not win.estimates.busy)
    qtbot.waitUntil(idle(win))


def test_an_older_answer_never_replaces_a_newer_one(qtbot, ready):
    released = threading.Event()

    def cost(request, at_hand, store, report):
        if "shell" in request.encoders:
            released.wait(5)
        return Cost(
            tuple(EncoderCost(n, 1, 0, 60.0, 10**6, "warm-up") for n in request.encoders), 48
        )

    win = ready(cost=cost)
    win.encoder_panel.tick(["shell", "color-statistics"])
    qtbot.waitUntil(lambda: win.estimates.busy)
    win.encoder_panel.tick(["color-statistics"])
    qtbot.wait(700)
    released.set()
    qtbot.waitUntil(lambda: "about 1 min" in said(win))
    qtbot.waitUntil(lambda: not win.estimates.busy)
    assert "SHELL" not in said(win)


def counting(counted):
    def evaluate(request, at_hand, store, report):
        for number in range(100_000):
            counted.append(number)
            report(Progress("Embedding slide with SHELL", number, 100_000, ("shell",)))
            time.sleep(0.005)
        return make_evaluation()

    return evaluate


def test_pause_holds_the_work_and_go_on_goes_on(qtbot, ready):
    counted = []
    win = ready(evaluate=counting(counted))
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: len(counted) > 5)
    click(qtbot, win.run_panel.pause_button)
    assert win.run_panel.pause_button.text() == "Go on"
    assert win.run_panel.eta.text() == "paused"
    qtbot.wait(100)
    held = len(counted)
    qtbot.wait(400)
    assert len(counted) == held
    click(qtbot, win.run_panel.pause_button)
    assert win.run_panel.pause_button.text() == "Pause"
    qtbot.waitUntil(lambda: len(counted) > held + 5)
    click(qtbot, win.run_panel.cancel_button)
    qtbot.waitUntil(idle(win))


def test_what_is_paused_can_be_cancelled_and_the_next_run_is_not_paused(qtbot, ready):
    counted = []
    win = ready(evaluate=counting(counted))
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: len(counted) > 5)
    click(qtbot, win.run_panel.pause_button)
    click(qtbot, win.run_panel.cancel_button)
    qtbot.waitUntil(idle(win))
    click(qtbot, win.run_panel.evaluate_button)
    assert not win.run_panel.pause_button.isChecked()
    held = len(counted)
    qtbot.waitUntil(lambda: len(counted) > held + 5)
    click(qtbot, win.run_panel.cancel_button)
    qtbot.waitUntil(idle(win))


def test_the_set_that_the_window_has_open_is_not_read_again(qtbot, ready):
    taken = []

    def cost(request, at_hand, store, report):
        taken.append(at_hand.reference)
        return Cost(())

    def evaluate(request, at_hand, store, report):
        taken.append(at_hand.reference)
        return make_evaluation()

    win = ready(cost=cost, evaluate=evaluate)
    qtbot.waitUntil(lambda: len(taken) == 1)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: len(taken) > 1)
    qtbot.waitUntil(idle(win))
    assert all(each is win.references.reference for each in taken)


def test_with_the_fast_reader_off_the_slide_is_opened_without_it(qtbot, ready, services):
    opened = []

    def evaluate(request, at_hand, store, report):
        opened.append({"direct": request.slide.direct})
        return services.evaluate(request, at_hand, store, report)

    win = ready(evaluate=evaluate)
    qtbot.waitUntil(lambda: "about" in said(win))
    always_openslide(win)
    assert win.settings.run.reader == "openslide"
    opened.clear()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert {"direct": False} in opened
