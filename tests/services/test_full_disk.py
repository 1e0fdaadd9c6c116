"""A shard on a disk that is really full: what is done stays, and the same command goes on.

The disk is a small one in memory (tmpfs), which only root can mount.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT
from pathgui.core.runs.run_files import load_run
from tests.cli.test_evaluate_cohort import QUICK
from tests.cohorts import make_study
from tests.core.evaluation.test_many_slides import numbers
from tests.material import make_reference

pytestmark = [
    pytest.mark.service("a disk of its own"),
    pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs of Linux"),
]
ROOT = Path(__file__).resolve().parents[2]
SLIDES = 6


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    make_reference(folder / "set", slides=2, tiles=3).folder.rename(folder / "r.pgref")
    study = make_study(folder / "study", SLIDES)
    study.folder.rename(folder / "study" / "s.pgcohort")
    return folder / "study"


def mounted(folder: Path, megabytes: int, *more: str) -> None:
    options = ",".join([*more, f"size={megabytes}m"])
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"only who may mount can try it: {done.stderr.strip()}")


@pytest.fixture
def small(tmp_path):
    """A folder on a disk that is smaller than the run."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted(folder, 2)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def pathgui(here: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATHGUI_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "pathgui", *words],
        cwd=here, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


WORDS = ["evaluate", "--cohort", "s.pgcohort", *QUICK, "--keep-names", "--out"]


def test_the_disk_of_the_run_is_full(here, small, tmp_path):
    home = tmp_path / "home"
    words = [*WORDS, str(small / "a.pgrun"), "--shard", "1/1"]
    before = pathgui(here, home, "doctor", *words[1:])
    assert before.returncode == EXIT_INPUT
    assert "Make room, or choose another disk." in before.stdout

    full = pathgui(here, home, *words)
    assert full.returncode == EXIT_INPUT, full.stderr
    errors = [line for line in full.stderr.splitlines() if line.startswith("Error")]
    assert len(errors) == 1
    assert "No space left on device. Make room" in errors[0]
    kept = list((small / "a.unfinished.pgrun" / "slides").glob("[!.]*/slide.json"))
    assert 0 < len(kept) < SLIDES
    assert pathgui(here, home, "merge", str(small / "a.pgrun")).returncode == EXIT_INPUT

    mounted(small, 100, "remount")
    assert pathgui(here, home, *words).returncode == EXIT_DONE
    merged = pathgui(here, home, "merge", str(small / "a.pgrun"))
    assert merged.returncode == EXIT_DONE, merged.stderr
    assert pathgui(here, home, *WORDS, str(here / "one.pgrun")).returncode == EXIT_DONE
    assert numbers(load_run(small / "a.pgrun")) == numbers(load_run(here / "one.pgrun"))


def test_the_disk_of_the_store_is_full(here, small, tmp_path):
    """Embeddings are then kept in memory, and each slide is evaluated."""
    (small / "filled").write_bytes(bytes(1_900_000))
    done = pathgui(here, small, *WORDS, str(tmp_path / "b.pgrun"), "--shard", "1/1")
    assert done.returncode == EXIT_DONE, done.stderr
    assert "No space left on device" in done.stderr
    assert "kept in memory only" in done.stderr
    assert done.stderr.count("kept in memory only") <= 4  # the set, and slides at most twice
    assert f"{SLIDES} slides evaluated" in done.stderr
