"""Calls as a job array of SLURM, through submitit; and the script for those who submit by hand."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pathgui.core.cluster.call import Call, Ended, carry_out, last_lines
from pathgui.core.cluster.engine import State
from pathgui.core.cluster.packages import how_to_install
from pathgui.core.errors import ClusterError
from pathgui.core.language.texts import say

_MISSED = 3  # looks at which SLURM does not know a task, before it counts as lost
_SECONDS = 60  # for one answer of SLURM


@dataclass(frozen=True)
class SlurmWishes:
    """What each task asks of SLURM; "" and 0: what the cluster gives by default."""

    partition: str = ""
    gpus: int = 0  # of each task
    time: str = ""  # as SLURM writes it: "8:00:00"
    at_once: int = 0  # tasks of the array; 0: as many as there is room for

    @property
    def options(self) -> dict[str, str]:
        """As options of sbatch."""
        options = {"partition": self.partition, "time": self.time}
        if self.gpus:
            options["gres"] = f"gpu:{self.gpus}"
        return {name: value for name, value in options.items() if value}


class SlurmEngine:
    """A SLURM cluster, asked from a machine on which ``sbatch`` works.

    ``folder`` must be one that all nodes reach: calls and their answers lie there.
    """

    def __init__(self, folder: Path, wishes: SlurmWishes, name: str = "pathgui") -> None:
        for program in ("sbatch", "squeue", "scancel"):
            if shutil.which(program) is None:
                raise ClusterError(
                    say(
                        "{program} is not found, so there is no SLURM here. Give the command on a "
                        "machine of the cluster from which jobs are submitted, or take --engine "
                        "local.",
                        program=program,
                    )
                )
        self._folder = folder
        self._wishes = wishes
        self._name = name

    @property
    def title(self) -> str:
        """The engine in words."""
        return "SLURM"

    def submit(self, calls: Sequence[Call]) -> list[_Task]:
        """Submit an array of one task for each call. Raises ClusterError."""
        submitit = _submitit()
        options = self._wishes.options
        try:
            executor = submitit.SlurmExecutor(folder=self._folder, max_num_timeout=0)
            executor.update_parameters(
                job_name=self._name,
                array_parallelism=self._wishes.at_once or max(1, len(calls)),
                time=options.pop("time", None) or 24 * 60,
                additional_parameters=options,
                stderr_to_stdout=True,
            )
            jobs = executor.map_array(carry_out, calls)
        except Exception as error:  # submitit raises what sbatch says in classes of its own
            raise ClusterError(
                say("SLURM takes no jobs: {why}", why=last_lines(str(error)))
            ) from error
        return [_Task(job) for job in jobs]


class _Task:
    """A task of an array."""

    def __init__(self, job: Any) -> None:
        self._job = job
        self._missed = 0

    def look(self) -> Ended | State:
        """How it ended, or whether it runs yet."""
        if self._job.paths.result_pickle.exists():
            return self._answer()
        state = _ask("squeue", "--noheader", "--format=%T", "--jobs", self._job.job_id)
        if state:
            self._missed = 0
            return "waiting" if state.split()[0] in ("PENDING", "CONFIGURING") else "running"
        self._missed += 1  # a folder on a network may show the answer late
        if self._missed < _MISSED:
            return "running"
        return Ended(-1, last_lines(self._job.stdout() or ""), killed=True)

    def _answer(self) -> Ended:
        try:
            outcome, result = self._job._get_outcome_and_result()
        except Exception as error:  # noqa: BLE001 - a file that was cut off, a class that is gone
            return Ended(-1, last_lines(str(error)), killed=True)
        if outcome == "error":
            return Ended(1, last_lines(str(result)))
        assert isinstance(result, Ended)
        return result

    def stop(self) -> None:
        """End it, if it has not ended."""
        _ask("scancel", self._job.job_id)


def _ask(*words: str) -> str:
    """What SLURM answers; "" where it does not know the job, or does not answer."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _submitit() -> Any:
    try:
        import submitit
    except ImportError as error:
        raise ClusterError(
            say(
                "SLURM is asked through submitit, which is missing. {how}",
                how=how_to_install("submitit"),
            )
        ) from error
    return submitit


def script(
    words: Sequence[str], merge: Sequence[str], of: int, folder: Path, wishes: SlurmWishes
) -> str:
    """A script for ``sbatch`` whose task I carries out ``words`` with ``--shard I/of``.

    Its comments say how the tasks, and what merges them, are submitted one after the other.
    """
    name = "shards.sbatch"
    lines = [f"#SBATCH --{option}={value}" for option, value in wishes.options.items()]
    limit = f"%{wishes.at_once}" if wishes.at_once else ""
    return "\n".join(
        [
            "#!/bin/bash",
            "#SBATCH --job-name=pathgui",
            "#SBATCH --output=pathgui-%A_%a.log",
            *lines,
            "#",
            f"# Keep this as {name}. Task 0 measures the reference set, tasks 1 to {of} evaluate "
            "one shard each:",
            f"#   first=$(sbatch --parsable --array=0 {name})",
            "#   shards=$(sbatch --parsable --dependency=afterok:$first "
            f"--array=1-{of}{limit} {name})",
            f"#   sbatch --dependency=afterok:$shards --wrap {shlex.quote(shlex.join(merge))}",
            "# A task that was killed is submitted again by its number: sbatch --array=3 " + name,
            "set -euo pipefail",
            f"cd {shlex.quote(str(folder))}",
            f'exec {shlex.join(words)} --shard "$SLURM_ARRAY_TASK_ID/{of}"',
            "",
        ]
    )
