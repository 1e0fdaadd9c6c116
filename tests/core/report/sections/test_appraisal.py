"""Whether the reference set is any good, in the report."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.appraisal.appraisal import EncoderAppraisal, appraise
from pathgui.core.appraisal.overlap import Training
from pathgui.core.report.render.document import Note
from pathgui.core.report.sections.appraisal import appraisal
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.set_appraisal import beside_abilities
from tests.core.appraisal.making import full_rows, reference_of
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation

RUN = make_evaluation(1)


def blocks_of(found):
    reference = replace(RUN.run.reference, appraisal=found)
    run = replace(RUN.run, reference=reference)
    return appraisal(Subject(replace(RUN, run=run), ReportOptions()))


def test_the_report_says_all_that_the_terminal_says_and_that_power_was_not_computed():
    training = Training("TCGA", ["TCGA"], "unverified")
    encoder = EncoderAppraisal("made", "Made up", training, unread=0, power=None)
    rows = [("tumor", "North", "TCGA-3C-AALI-01Z-00-DX1"), *full_rows()]
    found = appraise(reference_of(rows), [encoder])
    told = texts(blocks_of(found))
    for part in beside_abilities(found):
        assert part.title in told
        for line in part.lines:
            assert line.text in told
    assert "It was trained on TCGA, of which the set has slides" in told
    assert "was not computed" in told


def test_what_must_be_mended_is_set_apart():
    pictures = [str(number) for number in range(96)]
    pictures[40] = pictures[0]
    found = appraise(reference_of(full_rows(), pictures=pictures))
    (note,) = (block for block in blocks_of(found) if isinstance(block, Note))
    assert note.tone == "warning"
    assert "The same picture under several slides or labels" in note.text


def test_a_run_of_an_earlier_version_says_that_nobody_looked():
    (note,) = (block for block in blocks_of(None) if isinstance(block, Note))
    assert note.tone == "absent"
