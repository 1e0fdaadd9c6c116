"""How far a run over many slides is goes with every step, and never back."""

from __future__ import annotations

import pytest

from pathgui.core.evaluation.cohort_progress import CohortProgress
from pathgui.core.progress import Notice, Part, Progress


def test_the_share_grows_with_the_reference_set_and_with_the_size_of_slides():
    told = []
    progress = CohortProgress(2, 300, told.append)
    progress(Progress("Embedding", 5, 10, part=Part.REFERENCE_SET))
    progress.begin("a", 100)
    progress(Progress("Embedding", 10, 10, part=Part.SLIDE))
    progress.over(100, failed=False)
    progress.begin("b", 200)
    progress(Progress("Opening", 0, 1, part=Part.READING))
    shares = [each.run.share for each in told]
    assert shares == pytest.approx([150 * 0.3 / 450, 245 / 450, 250 / 450])
    assert [each.run.slide for each in told] == ["", "a", "b"]
    assert [each.run.over for each in told] == [0, 0, 1]


def test_time_that_is_left_is_told_once_a_slide_was_done_here():
    told = []
    progress = CohortProgress(4, 400, told.append)
    progress.over(100, failed=False, here=False)  # by an earlier process
    progress.begin("b", 100)
    progress(Progress("Opening", 0, 1))
    progress.over(100, failed=True)  # at once: it says nothing of the others
    progress.begin("c", 100)
    progress(Progress("Opening", 0, 1))
    progress.over(100, failed=False)
    progress.begin("d", 100)
    progress(Progress("Opening", 0, 1))
    left = [each.run.seconds_left for each in told]
    assert left[:2] == [None, None]
    assert left[2] >= 0
    assert told[-1].run.failed == 1


def test_what_the_callback_raises_is_known_as_its_own():
    def report(event):
        raise OSError("the terminal is gone")

    progress = CohortProgress(1, 1, report)
    with pytest.raises(OSError, match="gone"):
        progress(Notice("a"))
    assert isinstance(progress.raised, OSError)
