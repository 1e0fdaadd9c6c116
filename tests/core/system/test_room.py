"""Room is told by trying, also on a disk that never answers."""

from __future__ import annotations

import os
import threading

import pytest

from pathgui.core.progress import Cancelled
from pathgui.core.system.room import answered, disk_of, free_bytes, try_to_write


def test_room_is_told_for_a_folder_that_is_not_there_yet_and_nothing_stays(tmp_path):
    assert free_bytes(tmp_path / "a" / "b") > 0
    assert disk_of(tmp_path / "a" / "b") == tmp_path.stat().st_dev
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix" or not os.geteuid(), reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_an_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        try_to_write(tmp_path / "a")


def test_a_disk_that_does_not_answer_is_given_up_and_can_be_cancelled_before():
    never = threading.Event()
    with pytest.raises(TimeoutError):
        answered(never.wait, lambda: None, patience=0.1)

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        answered(never.wait, stop)
    never.set()
    assert answered(lambda: 3, lambda: None) == 3


def test_what_the_disk_refuses_is_raised():
    def refuse():
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        answered(refuse, lambda: None)
