"""A look before a run over many slides says what the run would say, and embeds nothing."""

from __future__ import annotations

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.evaluation.cohort_preflight import check_table, preflight
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.runs.shards import Shard
from tests.cohorts import ask_for, make_study
from tests.core.stand_ins import spec_of
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    names = {"Lakeside-0": "S-02"}  # which the cohort has, too
    return make_reference(
        tmp_path_factory.mktemp("reference"), slides=2, tiles=2, slide_names=names
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"), 5, broken=True)


@pytest.fixture(scope="module")
def found(study, reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    request = ask_for(study, reference, [spec_of()])
    told = []
    store = EmbeddingStore(folder / "store")
    seen = preflight(
        study, request, reference=reference, target=folder / "a.pgrun", store=store,
        report=told.append,
    )  # fmt: skip
    assert not list(folder.iterdir())
    return seen, told


def by_what(found) -> dict[str, object]:
    return {finding.what: finding for finding in found.findings}


def test_a_slide_is_said_to_fail_if_and_only_if_its_evaluation_fails(
    found, study, reference, tmp_path
):
    request = ask_for(study, reference, [spec_of()], keep_names=True)
    run = evaluate_slides(request, tmp_path / "a.pgrun", reference=reference).run
    states = {slide.slide_id: slide for slide in run.slides}
    seen = {each.slide_id: each for each in found[0].slides}
    twins = {"S-01", "D-twin"}  # one of the two fails: which, the order of the run decides
    for name in seen.keys() - twins:
        assert (seen[name].state == "good") == (states[name].state == "done"), name
        if seen[name].state == "good":
            assert seen[name].tiles == states[name].slide.tiles_used
            left_out = sum(each.tiles for each in states[name].slide.left_out)
            assert seen[name].left_out == left_out
    assert {seen[name].state for name in twins} == {"good", "bad"}
    assert not found[0].good


def test_what_is_to_be_mended_comes_in_kinds_with_each_case(found):
    said = by_what(found[0])
    assert said["slides"].state == "bad"
    assert said["slides"].detail.startswith("5 of 9 slides can be evaluated, with ")
    assert "row 6 (A-no scale): its file does not say how large" in said["mpp"].cases[0]
    assert "B-no slide" in said["readable file"].cases[0]
    assert "--find FOLDER" in said["file"].cases[0]
    assert "the same slide as S-01" in said["content of its own"].cases[0]
    assert said["patient at two centers"].state == "note"
    assert said["patients"].cases == ("A-no scale", "B-no slide", "C-gone", "D-twin")
    assert said["tiles of their own"].cases[0].startswith("row 2 (S-02): ")
    assert "Far Away" in said["centers"].detail


def test_machine_folders_and_cost_are_told_with_it(found):
    said = by_what(found[0])
    for what in ("versions", "device", "Mean color", "store of embeddings", "folder of the run"):
        assert said[what].state == "good", said[what]
    cost = found[0].cost
    assert cost.tiles_slide == sum(e.tiles for e in found[0].slides if e.state == "good")
    (encoder,) = cost.encoders
    assert encoder.tiles == cost.tiles_slide + cost.tiles_reference
    counted = [each for each in found[1] if isinstance(each, Progress)]
    assert max(each.done for each in counted if each.stage == "Looking at slides") == 9


def test_of_a_shard_only_its_slides_are_opened(study, reference):
    request = ask_for(study, reference, [spec_of(ready=False)])
    names = []
    for number in (1, 2, 3):
        seen = preflight(study, request, reference=reference, shard=Shard(number, 3))
        names += [each.slide_id for each in seen.slides]
        assert "of shard" in by_what(seen)["slides"].detail
        assert by_what(seen)["Mean color"].state == "bad"
    assert sorted(names) == sorted(each.slide_id for each in request.slides)


def test_it_can_be_cancelled(study, reference):
    def report(event):
        if isinstance(event, Progress) and event.stage == "Looking at slides":
            raise Cancelled

    with pytest.raises(Cancelled):
        preflight(study, ask_for(study, reference, [spec_of()]), report=report)


def test_without_a_reference_set_the_table_and_the_files_are_looked_at(study):
    found = check_table(study)
    said = by_what(found)
    assert said["slides"].detail == "5 of 9 slides can be evaluated"
    assert not found.good
    assert found.cost is None
