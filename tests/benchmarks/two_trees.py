"""This checkout beside another one, of an earlier commit say: is anything slower?

    git worktree add ../before COMMIT
    python -m tests.benchmarks.two_trees ../before           # 7 rounds, some ten minutes

Both trees do the same work in turns, each time in a process of its own with one thread; the
ratios are of CPU seconds (user and system) of this tree to the other's, pair by pair, which a busy
machine disturbs least. Above 1 this tree is slower. The median is what counts; the range says how
far to trust it. The window is the one that opens, painted once, without a screen.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from pathgui.core.phantom.demo_to_evaluate import prepare_demo

HERE = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

FIRST_WINDOW = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
app = QApplication([])
try:
    from pathgui.gui.shell.main_window import MainWindow
except ImportError:
    from pathgui.gui.main_window import MainWindow
window = MainWindow()
window.show()
while not window._painted:
    app.processEvents()
os._exit(0)
"""


def samples(folder: Path) -> dict[str, list[str]]:
    """What is done, by name: the arguments of a fresh interpreter."""
    rng = np.random.default_rng(0)
    n, slides = 6_000, 48
    slide = np.arange(n) % slides
    tissue, center = slide % 4, slide // 4 % 4
    values = rng.standard_normal((n, 512)).astype(np.float32)
    values += (
        0.6 * rng.standard_normal((4, 512))[tissue] + 0.5 * rng.standard_normal((4, 512))[center]
    )
    file = folder / "embeddings.npz"
    np.savez(
        file, embeddings=values, tissue=tissue.astype(str), center=center.astype(str),
        slide=np.char.add("s", slide.astype(str)),
    )  # fmt: skip
    demo = prepare_demo(folder / "demo")
    command = ["-m", "pathgui"]
    return {
        "help of the command line": [*command, "--help"],
        "first window": ["-c", FIRST_WINDOW],
        "metrics of 6,000 x 512": [*command, "metrics", str(file), "--json"],
        "evaluation of 200 tiles": [
            *command,
            "evaluate",
            str(demo.slide),
            "--reference",
            str(demo.reference.folder),
            "--encoder",
            "color-statistics",
            "--max-tiles",
            "200",
            "--device",
            "cpu",
            "--out",
            "{scratch}/run.pgrun",
        ],
    }


def spent(tree: Path, arguments: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of one process in a tree."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | ONE_THREAD | {
            "PYTHONPATH": str(tree), "PATHGUI_HOME": scratch, "XDG_RUNTIME_DIR": scratch,
        }  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *(each.replace("{scratch}", scratch) for each in arguments)],
            cwd=scratch, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{tree}: {' '.join(arguments)[:80]} ended with {done.returncode}\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="a word of what is to be done")
    options = parser.parse_args()
    other = options.other.resolve()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':28} {'this':>8} {'other':>8}  CPU s, median    ratio   lowest to highest")
        for name, arguments in samples(Path(folder)).items():
            if options.only not in name:
                continue
            spent(HERE, arguments), spent(other, arguments)  # so that files are in memory
            pairs = []
            for turn in range(options.rounds):
                trees = (HERE, other) if turn % 2 else (other, HERE)
                cost = {tree: spent(tree, arguments)[0] for tree in trees}
                pairs.append((cost[HERE], cost[other]))
            ratios = sorted(here / there for here, there in pairs)
            print(
                f"{name:28} {median(p[0] for p in pairs):8.2f} {median(p[1] for p in pairs):8.2f}"
                f"                   {median(ratios):6.3f}   {ratios[0]:.3f} to {ratios[-1]:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
