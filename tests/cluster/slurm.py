"""A real SLURM of one machine, on the loopback: slurmctld, slurmd and munged of Debian, as root.

python -m tests.cluster.slurm      starts one, says how to use it, and stops it on Ctrl-C
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel", "scontrol")
PATIENCE = 60  # seconds, on a busy machine
CONF = """\
ClusterName=local
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort={controller}
SlurmdPort={node}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=1
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=4000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """Why no SLURM can be started here; "": it can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"{', '.join(missing)} missing: apt-get install slurm-wlm munge"
    return "" if os.geteuid() == 0 else "slurmctld and slurmd are started as root"


@contextlib.contextmanager
def slurm() -> Iterator[Path]:
    """Start it; ends with the block. Gives its configuration, for ``SLURM_CONF``."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        for each in ("state", "spool"):
            (folder / each).mkdir()
        conf = folder / "slurm.conf"
        conf.write_text(
            CONF.format(
                host=socket.gethostname().partition(".")[0],
                folder=folder,
                controller=_free_port(),
                node=_free_port(),
                cores=os.cpu_count(),
            )
        )
        environment = {**os.environ, "SLURM_CONF": str(conf)}
        _munge(stack)
        for program in ("slurmctld", "slurmd"):
            log = stack.enter_context((folder / f"{program}.out").open("wb"))
            process = subprocess.Popen(
                [program, "-D", "-f", str(conf)], stdout=log, stderr=log, env=environment
            )
            stack.callback(_stop, process)
        _wait_for_node(environment, folder)
        yield conf


def _munge(stack: contextlib.ExitStack) -> None:
    """Start munged, unless one runs."""
    if _says("munge", "-n"):
        return
    key = Path("/etc/munge/munge.key")
    if not key.exists():
        key.write_bytes(secrets.token_bytes(1024))
        shutil.chown(key, "munge", "munge")
        key.chmod(0o400)
    run = Path("/run/munge")
    run.mkdir(mode=0o755, exist_ok=True)
    shutil.chown(run, "munge", "munge")
    process = subprocess.Popen(["munged", "--foreground"], user="munge", group="munge")
    stack.callback(_stop, process)
    _wait(lambda: _says("munge", "-n"), "munged does not answer")


def _wait_for_node(environment: dict[str, str], folder: Path) -> None:
    def idle() -> bool:
        words = ["sinfo", "--noheader", "--format=%T"]
        done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
        return done.stdout.strip() == "idle"

    try:
        _wait(idle, "the node is not idle")
    except TimeoutError as error:
        logs = "\n".join(each.read_text()[-2000:] for each in folder.glob("*.log"))
        raise TimeoutError(f"{error}\n{logs}") from None


def _wait(there, why: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > end:
            raise TimeoutError(why)
        time.sleep(0.2)


def _says(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    with slurm() as conf:
        print(f"export SLURM_CONF={conf}", flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
