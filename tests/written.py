"""What pathgui writes for programs, written in the language of this process.

    PATHGUI_LANGUAGE=de python -m tests.written FOLDER

``FOLDER`` has a reference set ``colors.pgref`` and a slide ``block.tif``. The files are written
beside them.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from pathgui.cli.main import run
from pathgui.core.encoders.own_file import toml_of
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.report.copied import evaluate_command, evaluate_python, report_python
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.settings import Settings, save_settings
from tests.asking import COLUMNS, ask

CRITERIA = """
[[criterion]]
metric = "robustness_index"
at_least = 0.25
[[criterion]]
metric = "croma_median"
at_least = 0.5
"""


def write_all(folder: Path) -> None:
    """Every kind of file for programs, and what commands print for them."""
    os.chdir(folder)
    Path("criteria.toml").write_text(CRITERIA, encoding="utf-8")
    Path("slides.csv").write_text("slide,center,note\nblock.tif,Lakeside,\nno.tif,North,x\n")
    asked = "evaluate block.tif --reference colors.pgref --encoder color-statistics --out run.pgrun"
    _said(f"{asked} --max-tiles 8 --no-maps --sweep none --criteria criteria.toml", "evaluate.txt")
    _said("evaluate --reference colors.pgref --encoder color-statistics --out set.pgrun "
          "--center-column scanner --center-column center --no-maps --keep-names "
          "--tissue-column marker", "set.txt")  # fmt: skip
    for form in ("csv", "parquet", "geojson", "csv --tiles", "h5ad"):
        name = form.replace(" --", "-")
        _said(f"export run.pgrun --format {form} --out exported-{name}.{form.split()[0]}")
    _said("runs run.pgrun --json", "run-shown.json")
    _said("judge run.pgrun --criteria criteria.toml --json", "judged.json")
    _said("reference check colors.pgref --json checked.json")
    _said("cohort new study.pgcohort --table slides.csv --yes")
    _said("cohort check study.pgcohort --json", "cohort.json")
    _said("reference embeddings colors.pgref --encoder color-statistics --out set.npz")
    _said("metrics set.npz --json", "metrics.json")
    set_ = load_reference(Path("colors.pgref"))
    request = ask(set_, ["color-statistics"], **COLUMNS, k=7, tissue_threshold=0.5)
    words = AskedAs("run.pgrun", "block.tif", 0.25)
    report = ReportOptions(site="Ulm")
    copied = [
        evaluate_command(request, words),
        evaluate_python(request, words),
        report_python(Path("run.pgrun"), Path("a.pdf"), report),
    ]
    Path("copied.txt").write_text("\n\n".join(copied).replace(str(folder), ""), encoding="utf-8")
    save_settings(Settings(), Path("settings.json"))
    Path("own.toml").write_text(toml_of({"title": "Ours", "mpp": 0.5, "mean": [0.5] * 3}))


def _said(command: str, file: str = "") -> None:
    """Run a command; keep what it prints as a file."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = run(command.split())
    sys.stderr.write(f"{code} {command}\n")
    if file:
        Path(file).write_text(printed.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
