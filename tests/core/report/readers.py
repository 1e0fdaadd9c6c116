"""Reports as a reader goes through them: kinds of runs, and their text from the first page on."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.measurement.measurable import measurable
from pathgui.core.reference.labels import TileLabels
from pathgui.core.report.render.document import Document
from pathgui.core.report.render.html import render_html
from pathgui.core.report.report import build
from pathgui.core.report.sections.options import REQUIRED, SECTIONS, ReportOptions
from pathgui.core.results.judging import judge
from pathgui.core.results.measures import MEASURES
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.record import EncoderFailure, Evaluation
from tests.cohort_run_factory import make_cohort_run
from tests.run_factory import (
    LONG_CENTERS,
    earlier,
    make_evaluation,
    of_an_earlier_version,
    thumbnail,
    with_maps,
)


def _in_depth(n: int = 3, **kwargs: object) -> Evaluation:
    return make_evaluation(n, given_center=True, in_depth=True, **kwargs)  # type: ignore[arg-type]


def _judged() -> Evaluation:
    """By every measurement that there is."""
    evaluation = _in_depth(2)
    criteria = [Criterion(each.key, "at least", 0.2) for each in MEASURES]
    judged = judge(criteria, evaluation.run.encoders, [], frozen_at=evaluation.run.started)
    return replace(evaluation, run=replace(evaluation.run, criteria=judged))


def _of_a_cohort() -> Evaluation:
    evaluation, _ = make_cohort_run(6)
    run = evaluation.run
    names = [result.encoder.name for result in run.encoders]
    together = slides_together(run.slides, names, run.reference.centers)
    return replace(evaluation, run=replace(run, over_slides=together))


def _of_nothing() -> Evaluation:
    evaluation = make_evaluation(1)
    run = replace(
        evaluation.run,
        encoders=[],
        k=None,
        failures=[EncoderFailure("uni2-h", "UNI2-h", "The weights are not on this machine.")],
    )
    return replace(evaluation, run=run)


def _of_a_small_set() -> Evaluation:
    """With what the labels of a set of few slides allow."""
    evaluation = make_evaluation(2, slide=False)
    tissue, center = np.array(list("AABBAABB")), np.array(list("XYXYXYXY"))
    labels = TileLabels(tissue, center, np.array([f"{i}" for i in range(8)]))
    facts = replace(evaluation.run.reference, measurable=measurable(labels))
    return replace(evaluation, run=replace(evaluation.run, reference=facts))


RUNS: dict[str, Callable[[], Evaluation]] = {
    "a cohort": _of_a_cohort,
    "one encoder": lambda: make_evaluation(1),
    "three encoders": make_evaluation,
    "no slide": lambda: make_evaluation(2, slide=False),
    "no index": lambda: make_evaluation(2, assessable=False),
    "no encoder": _of_nothing,
    "a failure": lambda: make_evaluation(2, failure=True),
    "in depth": _in_depth,
    "in depth, no slide": lambda: _in_depth(slide=False),
    "maps": lambda: with_maps(_in_depth(2)),
    "twelve encoders, forty centers": lambda: _in_depth(12, centers=LONG_CENTERS),
    "organs": lambda: _in_depth(2, tissues=["bladder", "Breast", "kidney", "lymph node"]),
    "criteria": _judged,
    "what the set can measure": _of_a_small_set,
    "an earlier version": lambda: of_an_earlier_version(_in_depth(2)),
    "uncalibrated": lambda: earlier(make_evaluation(2)),
}
# Reports without some sections, so that their terms first occur in later ones.
OPTIONS: dict[str, ReportOptions] = {
    "all": ReportOptions(),
    **{
        f"without {key}": ReportOptions(left_out=frozenset({key}))
        for key in ("summary", "materials", "methods", "results", "glossary")
    },
    "limits alone": ReportOptions(
        left_out=frozenset(key for key, _ in SECTIONS if key not in REQUIRED)
    ),
}
CASES = [(run, "all") for run in RUNS] + [("maps", options) for options in OPTIONS]
IDS = [f"{run}; {options}" for run, options in CASES]


@cache
def report(run: str, options: str = "all") -> Document:
    """The report of one of :data:`RUNS` with one of :data:`OPTIONS`."""
    evaluation = RUNS[run]()
    if evaluation.tiles is not None:
        evaluation = replace(evaluation, thumbnail=thumbnail())
    return build(evaluation, b"{}", OPTIONS[options])


@cache
def page(run: str, options: str = "all") -> str:
    """The same as HTML, without styles, pictures and texts in the tone of commands."""
    text = render_html(report(run, options)).decode()
    text = re.sub(r"<style>.*?</style>|(?<=\")data:[^\"]*", "", text, flags=re.DOTALL)
    return re.sub(r'<span class="mono">.*?</span>', "", text, flags=re.DOTALL)


_END = re.compile(r"</(?:p|table|figure|ul|ol|dl|nav|header)>")


def blocks(source: str) -> list[str]:
    """What a reader meets, block by block; headings and formulas go with the block below them.

    The cover is one block. Words that stand for pictures are read too.
    """
    source = re.sub(r'(<p class="formula">.*?)</p>', r"\1", source)
    cover, header, rest = source.partition("</header>")
    source = _END.sub(" ", cover) + header + rest
    source = re.sub(r'<img\b[^>]*\balt="([^"]*)"[^>]*>', r" \1 ", source)
    found = (words(part) for part in _END.split(source.partition("<body>")[2]))
    return [text for text in found if text]


def words(source: str) -> str:
    """HTML as plain text; each element on a line of its own."""
    return "\n".join(line for line in (each.strip() for each in _lines(source)) if line)


def _lines(source: str) -> list[str]:
    source = re.sub(r"\s*\n\s*", " ", source.replace("<br>", " "))
    return [html.unescape(each) for each in re.sub(r"<[^>]*>", "\n", source).split("\n")]
