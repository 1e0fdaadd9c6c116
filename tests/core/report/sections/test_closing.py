"""The last sections: failures, limits, what is needed to do it again."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.report.render.document import Bullets, Note, Signatures, Table
from pathgui.core.report.sections import closing
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.record import EncoderFailure, RunEvent
from tests.run_factory import make_evaluation

EVALUATION = make_evaluation()


def subject(**changes):
    run = replace(EVALUATION.run, **changes)
    return Subject(replace(EVALUATION, run=run), ReportOptions())


def texts(value):
    """All text in blocks."""
    if isinstance(value, str):
        return value
    if hasattr(value, "__dataclass_fields__"):
        value = [getattr(value, name) for name in value.__dataclass_fields__]
    if isinstance(value, (list, tuple)):
        return "\n".join(texts(each) for each in value)
    return ""


def test_an_encoder_that_failed_stands_with_its_reason():
    failed = EncoderFailure("uni", "UNI", "The weights are damaged.")
    assert "The weights are damaged." in texts(closing.failures(subject(failures=[failed])))


def test_events_stand_with_their_time_and_without_folders():
    event = RunEvent("2026-11-23T09:34:12+01:00", "/home/me/x/tile.png could not be read")
    said = texts(closing.events(subject(events=[event])))
    assert "09:34:12" in said
    assert "/home/me" not in said
    assert "tile.png could not be read" in said


def test_limits_are_always_there():
    blocks = closing.limits(subject())
    assert any(isinstance(block, (Bullets, Note)) for block in blocks)


def test_the_machine_is_that_of_the_run():
    said = texts(closing.environment(subject()))
    for value in EVALUATION.run.environment.values():
        assert value in said


def test_reproduction_has_the_command_and_the_checksum():
    said = texts(closing.reproduction(subject(command="pathgui evaluate a.svs"), "abc123", []))
    assert "pathgui evaluate a.svs" in said.replace("\\\n", "")
    assert "abc123" in said


def test_the_checklist_points_to_sections_of_this_report():
    assert any(isinstance(block, Table) for block in closing.checklist(subject()))
    assert "section" in texts(closing.checklist(subject()))


def test_people_sign_by_hand():
    assert any(isinstance(block, Signatures) for block in closing.approval(subject()))
