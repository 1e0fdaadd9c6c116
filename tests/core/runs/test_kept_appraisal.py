"""What a set was found to be after a run lies beside it, and goes into its report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.appraisal.appraisal import appraise
from pathgui.core.errors import RecordError
from pathgui.core.runs.kept_appraisal import (
    APPRAISAL_FILE,
    KeptAppraisal,
    belongs,
    keep_appraisal,
    load_appraisal,
)
from tests.material import make_reference
from tests.run_factory import make_evaluation


def test_it_comes_back_belongs_to_its_set_alone_and_is_refused_beside_another_run(tmp_path):
    found = appraise(make_reference(tmp_path / "set"))
    made = make_evaluation(1).run
    run = replace(made, reference=replace(made.reference, sha256=found.sha256))
    assert load_appraisal(tmp_path, run) is None
    kept = KeptAppraisal(run.id, "2026-11-30T18:00:00+00:00", "0.1.0", found)
    keep_appraisal(kept, tmp_path)
    assert load_appraisal(tmp_path, run) == kept
    assert belongs(found, run)
    assert not belongs(found, made)
    with pytest.raises(RecordError, match="another run"):
        load_appraisal(tmp_path, replace(run, id="other"))
    (tmp_path / APPRAISAL_FILE).write_text("[]")
    with pytest.raises(RecordError, match="damaged"):
        load_appraisal(tmp_path, run)
