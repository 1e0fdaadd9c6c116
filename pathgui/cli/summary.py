"""A finished run in the terminal: its numbers, its criteria, its slide or slides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from pathgui.cli.corrections_table import print_corrections
from pathgui.cli.slides_of_run import print_slides
from pathgui.cli.terminal import out, print_json, tell
from pathgui.core.errors import plural
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.results import confounders
from pathgui.core.results.answers import QUESTION, decision_lines
from pathgui.core.results.judging import (
    OUTCOME_WORDS,
    criterion_text,
    judgement_text,
    outcome_sentence,
)
from pathgui.core.results.resolution import resolution_sentence
from pathgui.core.results.slide_verdict import slide_verdict
from pathgui.core.results.summary import TERMINAL, SummaryRow, columns_of, summary_rows
from pathgui.core.results.tissue_share import tissue_left_out_said
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.k_words import k_caution, k_sentence
from pathgui.core.runs.record import Evaluation, Run


def print_result(evaluation: Evaluation, folder: Path, further: str, as_json: bool = False) -> None:
    """The run that is kept in ``folder`` on stdout: its record, or its summary and what is next."""
    if as_json:
        print_json(evaluation.run)
        return
    print_summary(evaluation)
    tell(say("Run:    {folder}", folder=folder / "run.json"))
    tell(further)


def print_summary(evaluation: Evaluation) -> None:
    """The robustness summary on stdout."""
    run = evaluation.run
    table = Table(
        title=say("Robustness on {reference_name}", reference_name=run.reference.name),
        title_justify="left",
    )
    columns = [column for column in columns_of(run) if column.key in TERMINAL]
    for column in columns:
        table.add_column(column.title, justify="right" if column.right else "left")
    rows = summary_rows(run)
    for row in rows:
        table.add_row(*(row.cells[column.key].text for column in columns))
    out.print(table)
    if run.encoders:
        tell(QUESTION)
    for line in decision_lines(run):
        tell(f"  {line}")
    for result, row in zip(run.encoders, rows, strict=True):
        tell(f"{result.encoder.title}: {row.sentence}")
    _print_confounders(run)
    for result in run.encoders:
        if result.corrections is not None:
            print_corrections(result.encoder.title, result.corrections, result.reference.columns)
    for said in (k_sentence(run), resolution_sentence(run)):
        if said:
            tell(said)
    if caution := k_caution(run.encoders):
        tell(say("Warning: {caution}", caution=caution))
    for warning, titles in _warnings(run, rows).items():
        whose = "" if len(titles) == len(rows) else f" ({', '.join(titles)})"
        tell(say("Warning{whose}: {warning}", whose=whose, warning=warning))
    for failure in evaluation.failures:
        tell(
            say(
                "{failure_title}: could not run. {reason}",
                failure_title=failure.title,
                reason=retold(failure.reason),
            )
        )
    if run.criteria is not None:
        print_judged(run.criteria)
    if run.intended_use is not None:
        tell(say("Intended use, set before the run:"))
        for title, text in run.intended_use.said():
            if text:
                tell(f"  {title}: {text}")
    _print_slide(run)
    print_slides(run)


def _print_confounders(run: Run) -> None:
    """Several columns in the center's role, side by side."""
    if not confounders.has_confounders(run):
        return
    title = say("Side by side: {columns_words}", columns_words=confounders.columns_words(run))
    table = Table(title=title, title_justify="left")
    columns = [each for each in confounders.COLUMNS if each.key in confounders.TERMINAL]
    for column in columns:
        table.add_column(column.title, justify="right" if column.right else "left")
    rows = confounders.confounder_rows(run)
    for row in rows:
        table.add_row(*(row.cells[column.key].text for column in columns))
    out.print(table)
    for pair, text in confounders.association_rows(run):
        tell(f"{pair}: {text}.")
    for text in confounders.association_sentences(run):
        tell(text)
    for text in dict.fromkeys(text for row in rows for text in row.warnings):
        tell(say("Warning: {text}", text=text))


def _warnings(run: Run, rows: Sequence[SummaryRow]) -> dict[str, list[str]]:
    """Each warning once, with the encoders it is about."""
    found: dict[str, list[str]] = {}
    for result, row in zip(run.encoders, rows, strict=True):
        for warning in row.warnings:
            found.setdefault(warning, []).append(result.encoder.title)
    return found


def _print_slide(run: Run) -> None:
    if run.slide is None:
        return
    slide = run.slide
    tell(
        say(
            "\nSlide {file_name}: {tiles} of {tile_edge_um:.4g} µm, {tiles_unreadable} unreadable",
            file_name=slide.file_name,
            tiles=plural(slide.tiles_used, "tile"),
            tile_edge_um=slide.tile_edge_um,
            tiles_unreadable=slide.tiles_unreadable,
        )
    )
    for said in tissue_left_out_said(slide):
        tell(f"  {said}")
    for each in slide.left_out or ():
        tell(say("  Not compared with the slide: {words}", words=each.words))
    for result in run.encoders:
        if said := slide_verdict(result):
            tell(f"  {result.encoder.title}: {said}")


def print_judged(judged: JudgedCriteria) -> None:
    """Each criterion, encoder by encoder, on stdout."""
    table = Table(
        title=say(
            "Acceptance criteria: {outcome_sentence}", outcome_sentence=outcome_sentence(judged)
        ),
        title_justify="left",
    )
    for title in (say("Criterion"), say("Encoder"), say("Result"), say("Outcome")):
        table.add_column(title)
    for item in judged.items:
        for found in item.judgements:
            table.add_row(
                criterion_text(item.criterion),
                found.title,
                judgement_text(item.criterion, found),
                OUTCOME_WORDS[found.outcome],
            )
    out.print(table)
