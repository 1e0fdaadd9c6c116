"""All shards by a real Ray of two nodes, one of which is lost in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.runs.run_files import load_run
from tests.cli.test_evaluate_cohort import QUICK
from tests.cohorts import make_study
from tests.core.evaluation.test_many_slides import numbers
from tests.material import make_reference

pytestmark = [
    pytest.mark.service("Ray"),
    pytest.mark.filterwarnings("ignore"),  # of Ray's own
]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300
WORDS = ["evaluate", "--cohort", "s.pgcohort", *QUICK, "--keep-names"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a cohort and a set."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = make_reference(tmp_path / "set", slides=2, tiles=3)
    made.folder.rename(tmp_path / "r.pgref")
    make_study(tmp_path / "study", 6).folder.rename(tmp_path / "study" / "s.pgcohort")
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def cluster(here):
    """A head that takes no tasks, and two nodes that take one each."""
    utils = pytest.importorskip("ray.cluster_utils", reason="pathgui[cluster] is not installed")
    made = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield made
    made.shutdown()


def test_with_a_node_lost_in_the_middle_the_numbers_are_those_of_one_machine(here, cluster):
    lost, _ = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)
    words = [*WORDS, "--out", "many.pgrun", "--engine", "ray", "--shards", "3"]
    program = subprocess.Popen(
        [sys.executable, "-m", "pathgui", *words, "--address", cluster.address],
        stderr=subprocess.PIPE,
        text=True,
    )
    done, end = here / "many.unfinished.pgrun" / "slides", time.monotonic() + PATIENCE
    while not list(done.glob("[!.]*/slide.json")):
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < end
        time.sleep(0.1)
    cluster.remove_node(lost, allow_graceful=False)
    _, told = program.communicate(timeout=PATIENCE)
    assert program.returncode == EXIT_DONE, told
    assert run([*WORDS, "--out", "one.pgrun"]) == EXIT_DONE
    many, one = load_run(here / "many.pgrun"), load_run(here / "one.pgrun")
    assert numbers(many) == numbers(one)
    assert many.over_slides == one.over_slides
    assert {each.number for each in many.shards if each.finished} == {0, 1, 2, 3}
    assert "it is begun again" in told
    assert any(not each.finished for each in many.shards)
