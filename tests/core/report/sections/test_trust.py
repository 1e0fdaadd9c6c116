"""How far what is said of the slide can be trusted."""

from __future__ import annotations

import json
from pathlib import Path

from pathgui.core.report.report import write_report
from pathgui.core.results.readings import NOTHING_OUTSIDE
from tests.core.report.conftest import MakeRun
from tests.core.report.test_numbers import flat


def test_a_share_outside_that_is_not_assessable_comes_with_its_reason(
    make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(1)
    run = json.loads((folder / "run.json").read_text())
    run["encoders"][0]["slide"] |= {"outside_share": None, "outside_threshold": None}
    (folder / "run.json").write_text(json.dumps(run))
    text = flat(write_report(folder, tmp_path / "r.pdf"))
    assert f"not assessable {NOTHING_OUTSIDE}" in text
