"""How the numbers came about, in the report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.report.sections.methods import methods
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from tests.core.report.sections.test_closing import texts
from tests.core.report.sections.test_materials import RUN, subject


@pytest.mark.parametrize(
    ("used", "chosen", "said"),
    [
        (None, None, "(tissue mask: by color)"),
        (0.0312, None, "(tissue mask: by color; threshold 0.0312, automatic)"),
        (0.01, 0.01, "(tissue mask: by color; threshold 0.01, chosen)"),
    ],
)
def test_the_tissue_mask_is_said_with_its_threshold(used, chosen, said):
    run = subject(tissue_mask_method="by color", tissue_threshold=used).run
    run = replace(run, settings=replace(run.settings, tissue_threshold=chosen))
    assert said in texts(methods(Subject(replace(RUN, run=run), ReportOptions())))
