"""Processes that read slides: one a slide, used again, never a fork's or a dead one's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pathgui.core.slides.slide import open_slide


def test_one_process_serves_one_slide_after_another(path, pool):
    for _ in range(3):
        with open_slide(path, direct=False) as slide:
            slide.read((0, 0), 0, (9, 9))
    assert len(pool._all) == 1
    with open_slide(path, direct=False), open_slide(path, direct=False):
        assert len(pool._all) == 2


def test_a_fork_reads_slides_with_processes_of_its_own(path, picture):
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    code = f"""
import os, sys
from pathgui.core.slides.slide import open_slide
slide = open_slide({str(path)!r}, direct=False)
open_slide({str(path)!r}, direct=False).close()  # one waits in the pool
before = slide.read((5, 5), 0, (9, 9))
child = os.fork()
same = (slide.read((5, 5), 0, (9, 9)) == before).all()
same &= (open_slide({str(path)!r}).read((5, 5), 0, (9, 9)) == before).all()
if child == 0:
    os._exit(0 if same else 1)
sys.exit(0 if same and os.waitpid(child, 0)[1] == 0 else 1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_child_is_found_from_a_folder_with_modules_of_the_same_names(path, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    code = f"""
import sys
sys.path.insert(0, {os.getcwd()!r})
from pathgui.core.slides.slide import open_slide
import os
os.chdir({str(tmp_path)!r})
open_slide({str(path)!r}).close()
"""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_process_that_ended_while_it_waited_is_not_used(path, pool):
    open_slide(path).close()
    (process,) = pool._idle
    process._child.kill()
    process._child.wait()
    with open_slide(path, direct=False) as slide:
        slide.read((0, 0), 0, (9, 9))
