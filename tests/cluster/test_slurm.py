"""All shards by a real SLURM: its array is killed in the middle, and the numbers are the same."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.runs.run_files import load_run
from tests.cli.test_evaluate_cohort import QUICK
from tests.cluster.slurm import slurm, why_not
from tests.cohorts import make_study
from tests.core.evaluation.test_many_slides import numbers
from tests.material import make_reference

pytestmark = [pytest.mark.service("SLURM")]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300


@pytest.fixture(scope="module")
def cluster():
    if reason := why_not():
        pytest.skip(reason)
    pytest.importorskip("submitit", reason="pathgui[cluster] is not installed")
    with slurm() as conf:
        yield conf


@pytest.fixture
def here(cluster, tmp_path, monkeypatch):
    """A folder with a cohort and a set, where commands of SLURM find their cluster."""
    monkeypatch.setenv("SLURM_CONF", str(cluster))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = make_reference(tmp_path / "set", slides=2, tiles=3)
    made.folder.rename(tmp_path / "r.pgref")
    make_study(tmp_path / "study", 6).folder.rename(tmp_path / "study" / "s.pgcohort")
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path / "study"


WORDS = ["evaluate", "--cohort", "s.pgcohort", *QUICK, "--keep-names"]


def asked(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def kill_when(there, program: subprocess.Popen[str]) -> None:
    """Kill all that runs on the cluster as soon as it is time."""
    end = time.monotonic() + PATIENCE
    while not there():
        assert program.poll() is None, "it ended before anything could be killed"
        assert time.monotonic() < end
        time.sleep(0.1)
    jobs = asked("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%i").split()
    assert jobs
    asked("scancel", "--signal=KILL", *jobs)


def test_an_array_that_is_killed_in_the_middle_gives_the_numbers_of_one_machine(here):
    words = [*WORDS, "--out", "many.pgrun", "--engine", "slurm", "--shards", "3"]
    program = subprocess.Popen(
        [sys.executable, "-m", "pathgui", *words], stderr=subprocess.PIPE, text=True
    )
    done = here / "many.unfinished.pgrun" / "slides"
    kill_when(lambda: list(done.glob("[!.]*/slide.json")), program)
    _, told = program.communicate(timeout=PATIENCE)
    assert program.returncode == EXIT_DONE, told
    assert "was killed, or its machine was lost; it is begun again (try 2 of 3)" in told
    assert run([*WORDS, "--out", "one.pgrun"]) == EXIT_DONE
    many, one = load_run(here / "many.pgrun"), load_run(here / "one.pgrun")
    assert numbers(many) == numbers(one)
    assert many.over_slides == one.over_slides
    assert any(not each.finished for each in many.shards)  # those that were killed
    assert {each.number for each in many.shards if each.finished} == {0, 1, 2, 3}
    assert not list(here.glob(".many*"))


def test_the_script_for_sbatch_does_the_same_by_hand(here, capsys):
    words = [*WORDS, "--out", "hand.pgrun", "--engine", "slurm", "--shards", "2"]
    assert run([*words, "--partition", "main", "--time", "0:30:00", "--print-script"]) == EXIT_DONE
    text = capsys.readouterr().out
    (here / "shards.sbatch").write_text(text)
    told = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    (here / "submit.sh").write_text(
        "set -eu\n" + "\n".join(told).replace("--wrap", "--wait --wrap")
    )
    asked("bash", "submit.sh")
    assert [slide.state for slide in load_run(here / "hand.pgrun").slides] == ["done"] * 6


def test_what_slurm_refuses_is_told_in_its_words(here, capsys):
    words = [*WORDS, "--out", "no.pgrun", "--engine", "slurm", "--partition", "moon"]
    assert run(words) != EXIT_DONE
    assert "invalid partition" in capsys.readouterr().err
