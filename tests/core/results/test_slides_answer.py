"""Of a cohort it is said how many slides are unlike the set, which, and what gives centers away."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.measurement.over_slides import OwnCenter
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.answers import answers, as_text, decision_lines
from pathgui.core.results.slides_answer import slides_answer
from pathgui.core.runs.record import Run
from tests.cohort_run_factory import make_cohort_run


def cohort_run(n_unlike: int = 0, *, p: float | None = 0.004, known: bool = True) -> Run:
    """A cohort of 6 slides; much of the first ``n_unlike`` lies outside; ``p`` of own centers."""
    evaluation, _ = make_cohort_run(6)
    run = evaluation.run
    slides = [
        replace(
            slide,
            encoders=[
                replace(
                    said,
                    slide=replace(
                        said.slide,
                        outside=None,
                        outside_share=(0.5 if i < n_unlike else 0.02) if known else None,
                    ),
                )
                for said in slide.encoders
            ],
        )
        for i, slide in enumerate(run.slides)
    ]
    names = [result.encoder.name for result in run.encoders]
    together = slides_together(slides, names, run.reference.centers)
    for each in together:
        assert isinstance(each.own_center, OwnCenter)
    together = [
        replace(each, own_center=msgspec.structs.replace(each.own_center, p=p)) for each in together
    ]
    return replace(run, slides=slides, over_slides=together)


def best(run: Run):
    return answers(run)[0]  # EfficientNet-Lite0, of which nothing else speaks against it


@pytest.mark.parametrize(
    ("n_unlike", "tone", "decision"),
    [
        (0, "good", "Go on: test your own task"),
        (1, "caution", "Go on, but without 1 of 6 slides: it is unlike the reference set"),
        (2, "caution", "Go on, but without 2 of 6 slides: they are unlike the reference set"),
        (6, "caution", "Not on these 6 slides: all are unlike the reference set"),
    ],
)
def test_the_decision_leaves_out_the_slides_that_are_unlike_the_set(n_unlike, tone, decision):
    answer = best(cohort_run(n_unlike))
    assert (answer.tone, answer.decision[: len(decision)]) == (tone, decision)
    assert any("Add tiles like theirs" in line for line in answer.next) == (n_unlike > 0)


def test_the_slides_are_named_and_counted_with_what_unlike_means() -> None:
    why = best(cohort_run(2)).why
    (line,) = (text for text in why if "of 6 slides are unlike" in text)
    assert line.endswith(": S-01, S-02.")
    assert "more than 20 % of the tiles far from every reference tile" in line
    (mean,) = (text for text in why if text.startswith("Of a slide's tiles"))
    assert "18 %" in mean
    assert "over 6 slides" in mean
    assert "5 % of the set's own do" in mean


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.004, "5 of 6 slides placed at their own center, more than chance."),
        (0.3, "5 of 6 slides placed at their own center, which can be chance."),
        (None, "5 of 6 slides placed at their own center, chance cannot be tested."),
    ],
)
def test_own_centers_are_held_against_chance(p, said) -> None:
    answer = best(cohort_run(p=p))
    assert answer.slides.endswith(said)
    splits = any("Split your own data by center" in line for line in answer.next)
    assert splits == (p == 0.004)


def test_what_is_not_known_of_slides_is_called_so() -> None:
    answer = best(cohort_run(known=False))
    assert "whether 6 slides lie outside is not assessable" in answer.slides
    assert any(line.startswith("Whether 6 slides lie outside") for line in answer.missing)


def test_lines_and_text_hold_the_decision_of_each_encoder() -> None:
    run = cohort_run(2)
    lines, text = decision_lines(run), as_text(run)
    assert [line.partition(":")[0] for line in lines] == [e.encoder.title for e in run.encoders][
        ::-1
    ]
    assert all(line in text.splitlines() for line in lines)
    assert "S-01, S-02" in text
    assert "6 of the 7 slides of the cohort colon 2026 were evaluated; 1 failed." in text


def test_a_run_of_no_cohort_has_no_slides_to_speak_of() -> None:
    _, one = make_cohort_run(1)
    assert slides_answer(one.run, one.run.encoders[0].encoder.name) is None
    assert all(not answer.slides for answer in answers(one.run))


def test_not_assessable_is_said_once() -> None:
    """Reasons may begin with the words that the sentence has already."""
    run = cohort_run()
    lacking = NotAssessable("Not assessable: no center is known.")
    together = [replace(each, own_center=lacking) for each in run.over_slides]
    why = best(replace(run, over_slides=together)).why
    (line,) = (text for text in why if text.startswith("It places"))
    assert line == (
        "It places slides, but at their own center is not assessable: no center is known."
    )
