import json
from dataclasses import replace

import pytest

from pathgui.core.baselines.baseline import (
    file_baseline,
    filing_cautions,
    is_filed,
    load_baseline,
    verify,
    why_not_filed,
)
from pathgui.core.errors import BaselineError, PathguiError, RecordError
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.kept_runs import delete_run, rename_run
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.qualification import (
    QUALIFICATION_FILE,
    Qualification,
    Step,
    keep_qualification,
    load_qualification,
)
from pathgui.core.runs.run_files import add_later, load_evaluation, save_evaluation
from pathgui.core.runs.targets import require_target
from tests.run_factory import make_evaluation


def kept(folder, *, use=None, **changes):
    made = make_evaluation(n_encoders=2)
    run = replace(made.run, intended_use=use, **changes)
    save_evaluation(replace(made, run=run), folder)
    return folder


@pytest.fixture
def filed(tmp_path):
    folder = kept(
        tmp_path / "Größe 1.pgrun", use=IntendedUse(every_months=6, triggers=("a stain",))
    )
    file_baseline(folder, who="A. Rossi", at="2026-05-31T10:00:00+02:00")
    return folder


def test_a_filed_run_holds_its_set_weights_versions_plan_and_who_filed_it(filed):
    found, run = load_baseline(filed), load_evaluation(filed).run
    assert found.run_id == run.id
    assert found.who == "A. Rossi"
    assert found.reference_sha256 == run.reference.sha256
    assert [each.weights_sha256 for each in found.encoders] == [
        each.encoder.weights_sha256 for each in run.encoders
    ]
    assert found.versions["pathgui"] == run.pathgui
    assert found.plan == MonitoringPlan(6, ("a stain",))
    assert {each.name for each in found.files} >= {"run.json", "tiles.parquet"}
    verify(filed, found)


def test_a_filed_run_is_neither_filed_again_nor_replaced_nor_deleted(filed):
    before = (filed / "baseline.json").read_bytes()
    with pytest.raises(BaselineError, match=r"was filed on 2026-05-31.*stays as it was filed"):
        file_baseline(filed)
    with pytest.raises(PathguiError, match="filed as a baseline"):
        require_target(filed, "run", replace=True)
    with pytest.raises(RecordError, match="filed as a baseline"):
        delete_run(filed)
    assert (filed / "baseline.json").read_bytes() == before
    assert load_baseline(rename_run(filed, "another name")).run_id


@pytest.mark.parametrize("name", ["run.json", "tiles.parquet"])
def test_a_file_that_was_changed_or_is_gone_is_found_out(filed, name):
    found = load_baseline(filed)
    (filed / name).write_bytes((filed / name).read_bytes() + b" ")
    with pytest.raises(BaselineError, match=f"{name} was changed since it was filed"):
        verify(filed, found)
    (filed / name).unlink()
    with pytest.raises(BaselineError, match="cannot be read"):
        verify(filed, found)


def test_a_qualification_is_not_filed_and_may_be_renewed_before_and_after(tmp_path):
    folder = kept(tmp_path / "run.pgrun")
    run = load_evaluation(folder).run
    first = Qualification(run.id, "2026-05-30T10:00:00+02:00", "0.1", "ab", 7)
    keep_qualification(first, folder)
    filed = file_baseline(folder)
    assert QUALIFICATION_FILE not in {each.name for each in filed.files}
    verify(folder, filed)
    later = replace(first, at="2026-09-01T10:00:00+02:00", steps=[Step("measure", True, "7/16")])
    keep_qualification(later, folder)
    verify(folder, load_baseline(folder))
    assert load_qualification(folder, run) == later
    assert is_filed(folder)


def test_criteria_and_reports_that_come_later_change_nothing(filed):
    evaluation = load_evaluation(filed)
    add_later(filed, evaluation.run, JudgedCriteria("2026-06-01T10:00:00+02:00", []))
    (filed / "report.pdf").write_bytes(b"%PDF")
    verify(filed, load_baseline(filed))


@pytest.mark.parametrize(
    "change", [{"who": "B"}, {"filed_at": "2020-01-01"}, {"tolerances": []}, {"content_sha256": ""}]
)
def test_a_baseline_that_was_edited_is_refused(filed, change):
    path = filed / "baseline.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change, indent=2) + "\n")
    with pytest.raises(BaselineError, match="changed since it was filed"):
        load_baseline(filed)


def test_one_of_a_later_version_damaged_or_absent_says_so(filed, tmp_path):
    path = filed / "baseline.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 9}))
    with pytest.raises(BaselineError, match="newer than this one"):
        load_baseline(filed)
    path.write_text("{")
    with pytest.raises(BaselineError, match="Restore the folder"):
        load_baseline(filed)
    path.unlink()
    with pytest.raises(BaselineError, match="is not filed as a baseline"):
        load_baseline(filed)
    with pytest.raises(BaselineError, match="does not exist"):
        load_baseline(tmp_path / "none.pgrun")


def test_a_field_of_a_later_version_does_not_break_the_seal(filed):
    """The seal is over the bytes of the file, whatever this version reads of them."""
    import hashlib

    path = filed / "baseline.json"
    content = json.loads(path.read_text()) | {"content_sha256": "", "later": 1}
    text = json.dumps(content, indent=2)
    seal = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(text.replace('"content_sha256": ""', f'"content_sha256": "{seal}"'))
    assert load_baseline(filed).content_sha256 == seal


def test_runs_of_earlier_versions_are_filed_or_say_in_words_why_not():
    run = make_evaluation(n_encoders=2).run
    first, second = run.encoders
    old = replace(second, reference=replace(second.reference, intervals="", k=3))
    assert why_not_filed(run) == ""
    assert "Measure the run again first" in why_not_filed(replace(run, encoders=[first, old]))
    assert "no number to file" in why_not_filed(replace(run, encoders=[]))
    assert filing_cautions(run) == []
    assert "no interval" in filing_cautions(replace(run, encoders=[old]))[0]


def test_a_run_whose_numbers_have_no_interval_needs_tolerances_of_its_own(tmp_path):
    made = make_evaluation(n_encoders=1, assessable=False, slide=False)
    save_evaluation(made, tmp_path / "a.pgrun")
    with pytest.raises(BaselineError, match="cannot be filed without tolerances"):
        file_baseline(tmp_path / "a.pgrun")
