"""Calls in processes of this machine."""

from __future__ import annotations

import sys
import time

import pytest

from pathgui.core.cluster.call import Call, Ended
from pathgui.core.cluster.local import LocalEngine
from pathgui.core.errors import ClusterError


def call(code: str, folder) -> Call:
    return Call(code, (sys.executable, "-S", "-c", code), str(folder))


def test_some_run_at_a_time_and_each_gets_a_gpu_of_its_own(tmp_path):
    engine = LocalEngine(2, tmp_path / "logs", gpus=2)
    waits = (
        f"import os, time\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(.01)\n"
    )
    waits += "print(os.environ['CUDA_VISIBLE_DEVICES'])"
    running = engine.submit([call(waits, tmp_path)] * 3)
    assert [each.look() for each in running] == ["running", "running", "waiting"]
    (tmp_path / "go").touch()
    found = []
    for each in running:
        while not isinstance(ended := each.look(), Ended):
            time.sleep(0.01)
        found.append(ended.told)
    assert found[:2] == ["0", "1"]
    assert found[2] in ("0", "1")


def test_what_is_stopped_was_killed_and_what_waits_is_not_begun(tmp_path):
    engine = LocalEngine(1, tmp_path / "logs")
    first, second = engine.submit([call("import time; time.sleep(60)", tmp_path)] * 2)
    second.stop()
    first.stop()
    assert first.look().killed
    assert second.look() == "waiting"


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ClusterError, match="Processes cannot be started"):
        LocalEngine(1, tmp_path / "file" / "logs").submit([call("", tmp_path)])
