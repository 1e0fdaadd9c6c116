"""Encoders against each other in the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pathgui.core.measurement.comparison import ComparedEncoders, Comparison
from pathgui.core.measurement.results import IntervalBasis
from pathgui.core.report.report import write_report
from pathgui.core.runs.run_files import save_evaluation
from tests.core.report.conftest import MakeRun
from tests.pdf_text import words_of
from tests.run_factory import make_evaluation, of_an_earlier_version


def flat(path: Path) -> str:
    return words_of(path)


def test_the_better_encoder_of_a_pair_stands_first(make_run: MakeRun, tmp_path: Path) -> None:
    text = flat(write_report(make_run(2, in_depth=True), tmp_path / "r.pdf"))
    pairs = text.partition("Differences between encoders")[2]
    row = pairs[pairs.index("EfficientNet-Lite0 Color statistics") :]
    assert row.startswith("EfficientNet-Lite0 Color statistics +0.6")


def test_encoders_measured_on_other_tiles_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    evaluation = make_evaluation(3, slide=False)
    one, two, three = (result.encoder.name for result in evaluation.run.encoders)
    apart = Comparison(
        [
            ComparedEncoders([one, two], {one: "a", two: "a"}, []),
            ComparedEncoders([three], {three: "a"}, []),
        ],
        [],
    )
    folder = tmp_path / "demo.pgrun"
    save_evaluation(replace(evaluation, run=replace(evaluation.run, comparison=apart)), folder)
    text = flat(write_report(folder))
    assert "must not be ranked across them" in text
    assert "follows tissue most" not in text
    assert "so this is no ranking" in text
    assert text.count("Encoders that share a letter cannot be told apart") == 1
    summary = text.partition("What to look at first")[0]
    assert summary.count("Accuracies are balanced accuracies") == 2


def test_few_slides_are_said_beside_the_table_of_the_first_page(tmp_path: Path) -> None:
    evaluation = make_evaluation(2, slide=False)
    basis = IntervalBasis(8, "slides", 2, 6, 4, caution="Only 4 slides.")
    encoders = [
        replace(each, reference=replace(each.reference, interval_basis=basis))
        for each in evaluation.run.encoders
    ]
    folder = tmp_path / "few.pgrun"
    save_evaluation(replace(evaluation, run=replace(evaluation.run, encoders=encoders)), folder)
    summary = flat(write_report(folder)).partition("What to look at first")[0]
    assert summary.count("Only 4 slides.") == 1


def test_differences_are_said_to_rest_on_what_they_rest_on(tmp_path: Path) -> None:
    now = make_evaluation(2, in_depth=True)
    before = of_an_earlier_version(now)
    save_evaluation(now, tmp_path / "now.pgrun")
    assert "with the same slides left out in turn" in flat(write_report(tmp_path / "now.pgrun"))
    save_evaluation(before, tmp_path / "before.pgrun")
    text = flat(write_report(tmp_path / "before.pgrun"))
    assert "the same draws of slides" in text
    assert "drew slides with replacement" in text
    assert "left out one after the other" not in text


def test_encoders_that_cannot_be_told_apart_are_not_said_to_differ(tmp_path: Path) -> None:
    evaluation = make_evaluation(3, slide=False)
    names = [result.encoder.name for result in evaluation.run.encoders]

    def first_sentence(letters: str) -> str:
        given = dict(zip(names, letters, strict=True))
        alike = Comparison([ComparedEncoders(names, given, [])], [])
        folder = tmp_path / f"{letters}.pgrun"
        save_evaluation(replace(evaluation, run=replace(evaluation.run, comparison=alike)), folder)
        return flat(write_report(folder)).partition("The 95 % interval")[0]

    apart = first_sentence("cba")
    assert "SHELL has the highest robustness index: 0.940" in apart
    assert "The first differs from all others by more than chance." in apart
    first_two = first_sentence("baa")
    assert "differs" not in first_two
    assert "SHELL has the highest robustness index: 0.940" in first_two
    assert "The first cannot be told apart from" in first_two
    alike = first_sentence("aaa")
    assert "SHELL has the highest robustness index: 0.940" in alike
    assert "has the lowest: 0.310" in alike
    assert "The two cannot be told apart." in alike
    assert "differs" not in alike
