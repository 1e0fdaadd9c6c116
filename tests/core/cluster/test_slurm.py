"""SLURM, short of a cluster: what is asked of it. tests/cluster asks a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.cluster import slurm
from pathgui.core.cluster.slurm import SlurmEngine, SlurmWishes, script
from pathgui.core.errors import ClusterError

WISHES = SlurmWishes("gpu", 1, "8:00:00", 16)


def test_a_machine_without_slurm_is_told_where_to_give_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm.shutil, "which", lambda program: None)
    with pytest.raises(ClusterError, match="sbatch is not found"):
        SlurmEngine(tmp_path, WISHES)


def test_the_script_has_the_wishes_and_says_how_it_is_submitted():
    words = ["python", "-m", "pathgui", "evaluate", "--out", "a b.pgrun"]
    text = script(words, ["pathgui", "merge", "a b.pgrun"], 64, Path("/data/my study"), WISHES)
    lines = text.splitlines()
    assert lines[0] == "#!/bin/bash"
    for line in ("#SBATCH --partition=gpu", "#SBATCH --time=8:00:00", "#SBATCH --gres=gpu:1"):
        assert line in lines
    assert "cd '/data/my study'" in lines
    assert lines[-1].endswith("--out 'a b.pgrun' --shard \"$SLURM_ARRAY_TASK_ID/64\"")
    assert "--array=1-64%16" in text
    assert "#SBATCH --gres" not in script(words, [], 2, Path("/"), SlurmWishes())
