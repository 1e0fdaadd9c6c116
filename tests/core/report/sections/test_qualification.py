"""The page that says whether the program works on the machine that ran it."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.baselines.standing import Evidence, evidence_of
from pathgui.core.report.render.document import Note, Paragraph, Table
from pathgui.core.report.sections.file import file as for_the_file
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.qualification import qualification
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.kept_appraisal import APPRAISAL_FILE
from pathgui.core.runs.qualification import QUALIFICATION_FILE, KnownEffect, Qualification
from tests.core.runs.test_qualification import FOUND
from tests.run_factory import make_evaluation


def of(found: Qualification | None):
    return qualification(
        Subject(make_evaluation(1), ReportOptions(), evidence=Evidence(qualification=found))
    )


def test_where_nobody_tried_it_says_what_does():
    (note,) = of(None)
    assert isinstance(note, Note)
    assert "pathgui qualify" in note.text


def test_steps_known_effects_and_checksums_stand_with_what_was_expected():
    blocks = of(FOUND)
    assert isinstance(blocks[0], Paragraph)
    assert "came out as it should" in blocks[0].text
    steps, phantom, checksums = (each for each in blocks if isinstance(each, Table))
    assert steps.rows[0][-1].text == "✓ passed"
    assert [cell.text for cell in phantom.rows[0]] == [
        "0.8", "0.310", "0.200 to 0.500", "0.440", "✓ passed"
    ]  # fmt: skip
    assert [row[-1].text for row in checksums.rows] == [
        "the same", "not found here, so not compared"
    ]  # fmt: skip


def test_what_failed_is_said_first():
    first = of(replace(FOUND, phantom=[KnownEffect(0.8, None, None, 0.2, 0.5)]))[0]
    assert isinstance(first, Note)
    assert first.tone == "warning"


def test_what_is_damaged_is_not_said_to_be_missing(tmp_path):
    made = make_evaluation(1)
    (tmp_path / QUALIFICATION_FILE).write_text("[")
    (tmp_path / APPRAISAL_FILE).write_text("[")
    subject = Subject(made, ReportOptions(), evidence=evidence_of(tmp_path, made.run))
    (note,) = qualification(subject)
    assert (note.title, "damaged" in note.text) == ("Not shown", True)
    said = [each.text for each in for_the_file(subject) if isinstance(each, Note)]
    assert "damaged" in said[0]
    assert not any("was not computed" in text for text in said)
