"""How long cross-fitting will still take."""

from __future__ import annotations

import pytest

from pathgui.core.progress import Progress
from pathgui.gui.jobs.correction_clock import CorrectionClock

VARIANTS, HALVINGS = 3, 5
STEPS = 2 * VARIANTS * HALVINGS


def seconds(step):
    """The last variant is slow, and probes cost twenty times as much."""
    return (1.0, 2.0, 9.0)[step % VARIANTS] * (20 if step < 2 * VARIANTS * 2 else 1)


@pytest.fixture
def told():
    """Runs one encoder after the other; gives step, share, time left and true time left."""
    names, now, rows = ["a", "b"], [0.0], []
    clock = CorrectionClock(names, HALVINGS, 2, clock=lambda: now[0])
    for at, name in enumerate(names):
        for step in range(STEPS):
            event = Progress("", step, STEPS, (name,))
            share, left = clock.update(event)
            again = clock.update(event)  # as from within a step
            assert again == (share, left)
            true = sum(map(seconds, range(step, STEPS)))
            rows.append((at, step, share, left, true, clock.halving(event)))
            now[0] += seconds(step)
    return rows


def test_the_share_rises_evenly_and_never_falls_once_probes_are_done(told):
    assert [told[0][2], told[STEPS][2]] == [0.0, 0.5]
    shares = [share for at, step, share, *_ in told if step >= 2 * VARIANTS * 2]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for _, _, share, *_ in told)


def test_the_time_left_is_known_when_each_variant_was_judged_and_is_right_after_the_probes(told):
    for _, step, _, left, true, _ in told:
        if step < VARIANTS:
            assert left is None
        elif step > 2 * VARIANTS * 2 + VARIANTS:
            assert left == pytest.approx(true)
        else:
            assert true / 2 <= left <= 2 * true


def test_halvings_are_counted_from_one(told):
    assert [row[5] for row in told[:STEPS]] == [1 + step // 6 for step in range(STEPS)]


def test_what_is_counted_anew_for_the_same_encoder_is_timed_anew():
    now = [0.0]
    clock = CorrectionClock(["a"], HALVINGS, 2, clock=lambda: now[0])
    for total in (STEPS, 2 * 2 * HALVINGS):
        for step in range(total):
            share, left = clock.update(Progress("", step, total, ("a",)))
            assert 0 <= share <= 1
            assert left is None or left > 0
            now[0] += 1.0
    assert left == pytest.approx(1.0)  # the last step is to come
