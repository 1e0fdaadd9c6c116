"""An X server of one's own, and the first window that a program shows on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

NEEDED = ("Xvfb", "xdotool", "import")
PATIENCE_S = 180


def missing() -> list[str]:
    """The programs that this module starts and that are not here."""
    return [program for program in NEEDED if not shutil.which(program)]


@contextmanager
def x_server(size: str = "1366x768") -> Iterator[str]:
    """A screen of that size; the name of its display."""
    read, write = os.pipe()
    words = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-ac", "-noreset"]
    with subprocess.Popen(words, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as answer:
                yield f":{answer.readline().strip()}"
        finally:
            server.terminate()


class Shown:
    """A program whose window is on a screen."""

    def __init__(self, process: subprocess.Popen[bytes], display: str, began: float) -> None:
        self.process = process
        self.display = display
        self.window = self._find()
        self.seconds = time.monotonic() - began
        self.cpu_seconds = self._cpu_seconds()

    def _find(self) -> str:
        words = ["xdotool", "search", "--onlyvisible", "--name", "pathgui"]
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            done = self._ask(words)
            if done.returncode == 0 and done.stdout.strip():
                return done.stdout.split()[0].decode()
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}")
            time.sleep(0.02)
        raise AssertionError("no window was shown")

    def _cpu_seconds(self) -> float:
        """Of the program, without those of its children."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ask(self, words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(words, env=environment, capture_output=True)

    def title(self) -> str:
        """What stands above the window."""
        return self._ask(["xdotool", "getwindowname", self.window]).stdout.decode().strip()

    def picture(self, path: Path) -> None:
        """Keep what is on the screen."""
        done = self._ask(["import", "-window", "root", str(path)])
        assert done.returncode == 0, done.stderr

    def end(self) -> int:
        """Close the program as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextmanager
def shown(words: Sequence[str], display: str, environment: Mapping[str, str]) -> Iterator[Shown]:
    """Start a program, and wait until its window is on the screen."""
    began = time.monotonic()
    told = {**environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(words, env=told, stderr=subprocess.DEVNULL) as process:
        try:
            yield Shown(process, display, began)
        finally:
            process.terminate()
