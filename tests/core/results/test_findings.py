"""What stands out in a run, in words that window, terminal and report share."""

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.results.charts import index_bars
from pathgui.core.results.findings import (
    LOW_SUPPORT,
    MANY_FAR,
    findings,
    in_short,
    is_control,
    ranked,
    scale_is_off,
    verdict,
    with_index,
)
from tests.run_factory import make_evaluation

NO = NotAssessable("Not assessable: all tiles are from one center.")


def changed(result, **fields):
    return replace(result, reference=replace(result.reference, **fields))


def clean(n=2):
    """A run in which nothing stands out."""
    run = make_evaluation(n).run
    encoders = []
    for result in run.encoders:
        index = structs.replace(
            result.reference.robustness_index, value=0.7, low=0.6, high=0.8, null=0.5
        )
        probe = replace(result.reference.probe, center_balanced_accuracy=0.26)
        slide = replace(result.slide, outside_share=0.05)
        result = replace(result, slide=slide, warnings=[])
        encoders.append(changed(result, robustness_index=index, probe=probe))
    return replace(
        run,
        encoders=encoders,
        slide=replace(run.slide, tiles_unreadable=0),
        reference=replace(run.reference, refused=0),
    )


def with_first(run, result):
    return replace(run, encoders=[result, *run.encoders[1:]])


def texts(run):
    return [each.text for each in findings(run)]


def test_where_nothing_stands_out_nothing_is_found():
    assert findings(clean()) == []


def below_null(result):
    index = result.reference.robustness_index
    return changed(result, robustness_index=structs.replace(index, value=0.3, low=0.2, high=0.4))


def on_few_tiles(result):
    index = structs.replace(result.reference.robustness_index, support=LOW_SUPPORT - 0.01)
    return changed(result, robustness_index=index)


def center_told_better(result):
    return changed(result, probe=replace(result.reference.probe, center_balanced_accuracy=0.99))


def far_from_the_set(result):
    return replace(result, slide=replace(result.slide, outside_share=MANY_FAR + 0.01))


# From the worst to the least; what a run as a whole says stands among what its encoders say.
STEPS = [
    (lambda result: changed(result, robustness_index=NO), "index not assessable, because all"),
    (below_null, "grouped by center more than chance: index 0.300, chance value 0.500"),
    (on_few_tiles, "the index rests on 19 % of the tiles only"),
    (center_told_better, "a linear probe tells the center better than the tissue"),
    (far_from_the_set, "21 % of the slide’s tiles lie far from every reference tile"),
    (lambda result: replace(result, warnings=["The weights are odd."]), "The weights are odd."),
]


@pytest.mark.parametrize(("make", "words"), STEPS)
def test_what_stands_out_names_its_encoder(make, words):
    run = clean()
    (only,) = texts(with_first(run, make(run.encoders[0])))
    assert words in only
    assert only.startswith(f"{run.encoders[0].encoder.title}: ")


@pytest.mark.parametrize("place", [0, 1, 2, 4])  # 3 and 4 are of one kind: the stronger is first
def test_the_worse_kind_comes_first(place):
    run = clean()
    worse, less = (make(run.encoders[i]) for i, (make, _) in enumerate(STEPS[place : place + 2]))
    found = texts(replace(run, encoders=[worse, less]))
    assert [STEPS[place + i][1] in text for i, text in enumerate(found)] == [True, True]


def test_at_the_limits_nothing_stands_out():
    run = clean()
    first = run.encoders[0]
    index = structs.replace(
        first.reference.robustness_index, support=LOW_SUPPORT, low=0.2, high=0.5
    )
    first = changed(first, robustness_index=index)
    first = replace(first, slide=replace(first.slide, outside_share=MANY_FAR))
    assert findings(with_first(run, first)) == []


def test_what_holds_for_several_encoders_is_said_once():
    run = clean(3)
    (only,) = texts(replace(run, encoders=[on_few_tiles(each) for each in run.encoders]))
    assert only.startswith("Every encoder: the index rests on")
    two = [*map(on_few_tiles, run.encoders[:2]), run.encoders[2]]
    assert " and " in texts(replace(run, encoders=two))[0].partition(":")[0]


def test_what_could_not_run_or_be_read_is_found():
    run = make_evaluation(2, failure=True).run
    run = replace(clean(), failures=run.failures, slide=run.slide, reference=run.reference)
    assert texts(run) == [
        "UNI2-h was asked for and could not run: The weights are not on this machine.",
        "2 tiles of the slide could not be read.",
        "3 rows of the reference set’s manifest were refused when it was built.",
    ]


def test_chart_verdict_and_sentence_agree_on_which_side_of_its_null_an_index_lies():
    for bar, result in zip(
        index_bars(make_evaluation(5).run), make_evaluation(5).run.encoders, strict=True
    ):
        said = verdict(result.reference.robustness_index)
        words = {1: "by tissue more than by center", -1: "by center more than", 0: "can be chance"}
        assert words[bar.side] in said
        below = "grouped by center" in " ".join(texts(replace(clean(), encoders=[result])))
        assert below == (bar.side < 0)


def test_encoders_are_ranked_by_their_index_and_those_without_come_last():
    run = make_evaluation(4).run
    run = with_first(run, changed(run.encoders[0], robustness_index=NO))
    values = [index.value for _, index in with_index(run)]
    assert values == sorted(values, reverse=True)
    assert ranked(run)[-1] is run.encoders[0]


def test_a_run_in_short_says_best_and_last_the_null_and_what_can_be_read():
    run = make_evaluation(3).run
    first, against, center = in_short(run)
    best, last = ranked(run)[0].encoder.title, ranked(run)[-1].encoder.title
    assert first.index(best) < first.index(last)
    assert "compared with chance" in against
    assert "center of a tile can be read" in center
    assert in_short(make_evaluation(2, assessable=False).run) == []


@pytest.mark.parametrize(("n_read", "words"), [
    (0, "was not shown: the balanced accuracy is 0.44 to 0.50, which can be chance; the chance"),
    (1, "can be read from the embeddings of 1 of 2 encoders with a balanced accuracy of 0.88;"),
    (2, "can be read from the embedding with a balanced accuracy of 0.88 to 0.90; the chance"),
])  # fmt: skip
def test_the_center_is_said_to_be_read_only_where_the_interval_lies_above_chance(n_read, words):
    run = made_of(make_evaluation(3).run, controls=0)
    values = [((0.88, 0.8), (0.9, 0.85)), ((0.50, 0.12), (0.44, 0.11))]
    encoders = []
    for at, result in enumerate(run.encoders):
        value, low = values[at >= n_read][at]
        probe = replace(
            result.reference.probe, center_balanced_accuracy=value, center_chance=0.5,
            center_interval=Interval(low, 0.95), tissue_balanced_accuracy=0.03,
        )  # fmt: skip
        encoders.append(changed(result, probe=probe))
    run = replace(run, encoders=encoders)
    assert words in in_short(run)[-1]
    assert sum("The center can be read" in text for text in texts(run)) == n_read


def test_the_side_of_each_interval_is_said_once_and_no_more_than_that():
    run = make_evaluation(4).run
    sides = [(0.6, 0.8), (0.55, 0.7), (0.2, 0.4), (0.4, 0.6)]
    encoders = [
        changed(
            result,
            robustness_index=structs.replace(
                result.reference.robustness_index, value=sum(side) / 2, low=side[0], high=side[1],
                null=0.5,
            ),
        )
        for result, side in zip(run.encoders, sides, strict=True)
    ]  # fmt: skip
    a, b, c, d = (result.encoder.title for result in encoders)

    def said(*results):
        return in_short(replace(run, encoders=list(results)))[1]

    assert said(*encoders) == (
        f"{a} and {b} group these tiles by tissue more than by center, compared with chance. "
        f"{c} groups these tiles by center more than by tissue, compared with chance. "
        f"The result of {d} can be chance: the 95 % interval holds the chance value. "
        "Add slides, not tiles."
    )
    assert said(*encoders[3:], *encoders[3:]).startswith(f"The results of {d} and {d} can be ")


def made_of(run, encoders=2, controls=0):
    """A run of so many encoders, and then so many controls, each measured like one of ``run``."""
    used = [each for each in run.encoders if not is_control(each)] * encoders
    control = [each for each in run.encoders if is_control(each)] * controls
    return replace(run, encoders=[*used[:encoders], *control[:controls]])


def test_of_many_encoders_that_say_the_same_controls_are_counted_apart():
    run = make_evaluation(3).run
    index = structs.replace(
        run.encoders[0].reference.robustness_index, value=0.7, low=0.6, high=0.8, null=0.5
    )

    def said(encoders, controls):
        made = made_of(run, encoders, controls)
        alike = [changed(each, robustness_index=index) for each in made.encoders]
        return in_short(replace(made, encoders=alike))[1].partition(" group")[0]

    assert said(4, 1) == "4 encoders and 1 control"
    assert said(5, 0) == "5 encoders"
    assert said(0, 5) == "5 controls"


def test_a_control_does_not_count_among_those_that_the_center_is_read_from():
    run = make_evaluation(3).run
    made = made_of(run, 1, 1)
    high = [
        changed(each, probe=replace(
            each.reference.probe, center_balanced_accuracy=value, center_chance=0.5,
            center_interval=Interval(value - 0.05, value + 0.05),
        ))
        for each, value in zip(made.encoders, (0.7, 0.9), strict=True)
    ]  # fmt: skip
    whose = "can be read from the embedding with a balanced accuracy of"
    assert f"{whose} 0.70;" in in_short(replace(made, encoders=high))[-1]
    assert f"{whose} 0.90;" in in_short(replace(made, encoders=high[1:]))[-1]


NO_INTERVAL = {"low": None, "high": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"low": 0.6, "high": 0.8},
        {"low": 0.2, "high": 0.4},
        {"low": 0.4, "high": 0.6},
        {**NO_INTERVAL, "no_interval": "each tissue is of one slide"},
        {**NO_INTERVAL, "no_interval": ""},
    ],
)
def test_a_run_in_short_says_of_an_encoder_what_its_verdict_says(changes):
    run = make_evaluation(1).run
    index = structs.replace(run.encoders[0].reference.robustness_index, null=0.5, **changes)
    run = with_first(run, changed(run.encoders[0], robustness_index=index))
    title = run.encoders[0].encoder.title
    of_name = in_short(run)[1].replace(title, "The encoder")
    for named, alone in (("index of The encoder", "index"), ("result of The encoder", "result")):
        of_name = of_name.replace(named, alone)
    assert of_name == verdict(index)


@pytest.mark.parametrize(("used", "off"), [(None, False), (0.5, False), (0.52, False), (0.6, True)])
def test_a_scale_is_off_where_it_is_not_the_one_expected(used, off):
    facts = replace(make_evaluation(1).run.encoders[0].encoder, mpp_expected=0.5, mpp_used=used)
    assert scale_is_off(facts) == off


def test_a_control_is_not_counted_among_the_encoders() -> None:
    run = make_evaluation(3).run
    assert in_short(run)[0].startswith("Of 3 measured, SHELL has")
    others = [each for each in run.encoders if not is_control(each)]
    assert in_short(replace(run, encoders=others))[0].startswith("Of 2 encoders, SHELL has")
    two = in_short(make_evaluation(2).run)[0]
    assert two.startswith("Of 1 encoder and 1 control, EfficientNet-Lite0 has")
