"""The attachments of the report: its numbers as CSV, its environment as text."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

from pathgui.core.language.texts import in_english
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import cohort_summary
from pathgui.core.runs.record import EncoderResult


@in_english()
def results_csv(subject: Subject) -> bytes:
    """One row per encoder with full precision; where there is no number, the reason."""
    text = io.StringIO(newline="")
    rows = [_row(result) for result in subject.run.encoders]
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue().encode()


@in_english()
def slides_csv(subject: Subject) -> bytes:
    """One row per slide of a cohort and encoder, named as the report names slides."""
    run = subject.run
    if not subject.options.show_file_names:
        slides = [replace(slide, slide_id=slide.folder) for slide in run.slides]
        slides = [replace(slide, reason=subject.private(slide.reason)) for slide in slides]
        run = replace(run, slides=slides)
    return cohort_summary.slides_csv(run)


def _row(result: EncoderResult) -> dict[str, object]:
    reference = result.reference
    index, earlier = reference.robustness_index, reference.robustness_index_2025
    row: dict[str, object] = {"encoder": result.encoder.name}
    for name in ("value", "low", "high", "null", "support", "k", "n_anchors"):
        known = isinstance(index, RobustnessIndex)
        row[f"robustness_index.{name}"] = getattr(index, name) if known else ""
    for name in ("value", "null"):
        known = not isinstance(earlier, NotAssessable)
        row[f"robustness_index_2025.{name}"] = getattr(earlier, name) if known else ""
    for kind in KINDS:
        counts = reference.counts
        row[f"counts.{kind}"] = "" if isinstance(counts, NotAssessable) else getattr(counts, kind)
    for group in ("knn", "probe"):
        accuracies = getattr(reference, group)
        for name in ("tissue_balanced_accuracy", "center_balanced_accuracy"):
            value = getattr(accuracies, name)
            row[f"{group}.{name}"] = "" if isinstance(value, NotAssessable) else value
    row["not_assessable"] = index.reason if isinstance(index, NotAssessable) else ""
    return row


def environment_text(subject: Subject) -> bytes:
    """``name: value`` lines."""
    run = subject.run
    lines = {"pathgui": run.pathgui, "device": run.settings.device, **run.environment}
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode()


def pseudonymous_json(subject: Subject, run_json: bytes) -> bytes:
    """The record with every text as the report would print it."""

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return subject.private(value)
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, dict):
            return {name: walk(item) for name, item in value.items()}
        return value

    record = walk(json.loads(run_json)) | {"command": subject.command}
    return json.dumps(record, indent=2, ensure_ascii=False).encode() + b"\n"
