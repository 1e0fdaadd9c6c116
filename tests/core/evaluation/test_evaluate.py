"""The main job on slides and reference sets that the tests make."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pathgui.core.embedding.embed import input_px
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Readiness
from pathgui.core.errors import (
    EncoderError,
    RecordError,
    ReferenceSetError,
)
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.progress import Cancelled, Event, Progress, TileAnswers, TilePlan
from pathgui.core.reference.reference_set import ReferenceTiles
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate, evaluation_cost, plan_slide
from tests.core.slide_factory import tissue_picture, write_slide
from tests.core.stand_ins import spec_of
from tests.known import encoder, put
from tests.material import make_reference

CONTROL = ("color-statistics",)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


def test_every_tile_gets_a_tissue_a_center_and_a_distance(reference, slide):
    evaluation = evaluate(ask(reference, CONTROL, slide))
    tiles, facts = evaluation.tiles, evaluation.run.slide
    assert tiles is not None
    assert facts is not None
    assert facts.tile_size_l0 == 64  # 64 px at 0.5 µm/px on a slide of 0.5 µm/px
    assert facts.tiles_used == len(tiles.cells) > 50
    assert facts.tiles_unreadable == 0
    assert (tiles.tissue["color-statistics"] >= 0).all()
    assert (tiles.center["color-statistics"] >= 0).all()
    assert np.isfinite(tiles.distance["color-statistics"]).all()
    assert evaluation.run.encoders[0].slide.n_tiles == len(tiles.cells)


def test_partial_answers_come_after_the_plan_and_cover_every_tile_once(reference, slide):
    events: list[Event] = []
    evaluation = evaluate(ask(reference, CONTROL, slide), report=events.append)
    kinds = [type(event) for event in events]
    assert kinds.count(TilePlan) == 1
    assert kinds.index(TilePlan) < kinds.index(TileAnswers)
    answers = [event for event in events if isinstance(event, TileAnswers)]
    rows = np.concatenate([event.rows for event in answers])
    assert sorted(rows.tolist()) == list(range(len(evaluation.tiles.cells)))
    tissue = np.concatenate([event.tissue for event in answers])[np.argsort(rows)]
    assert np.array_equal(tissue, evaluation.tiles.tissue["color-statistics"])


def test_without_a_slide_the_reference_set_alone_is_measured(reference):
    evaluation = evaluate(ask(reference, CONTROL, k=11))
    assert evaluation.tiles is None
    assert evaluation.run.slide is None
    index = evaluation.run.encoders[0].reference.robustness_index
    assert isinstance(index, RobustnessIndex)
    assert index.n_anchors == len(reference)


def test_a_run_reads_back_as_it_was_saved(reference, slide, tmp_path):
    evaluation = evaluate(ask(reference, CONTROL, slide, center="Lakeside"))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    back = load_evaluation(tmp_path / "a.pgrun")
    assert back.run == evaluation.run
    name = "color-statistics"
    assert np.array_equal(back.tiles.cells, evaluation.tiles.cells)
    assert np.array_equal(back.tiles.tissue[name], evaluation.tiles.tissue[name])
    assert np.array_equal(back.tiles.kinds[name], evaluation.tiles.kinds[name])
    assert np.array_equal(back.thumbnail, evaluation.thumbnail)


def test_the_names_that_others_read_are_in_run_json(reference, tmp_path):
    evaluation = evaluate(ask(reference, CONTROL, k=11))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    measured = json.loads((tmp_path / "a.pgrun" / "run.json").read_text())["encoders"][0][
        "reference"
    ]
    index = {"value", "low", "high", "null", "support", "k", "n_anchors", "definition"}
    assert index <= measured["robustness_index"].keys()
    assert {"value", "null"} <= measured["robustness_index_2025"].keys()
    assert measured["counts"].keys() == {"kind", "SS", "SO", "OS", "OO"}
    for predictor in ("knn", "probe"):
        assert {"tissue_balanced_accuracy", "center_balanced_accuracy"} <= measured[
            predictor
        ].keys()


def test_an_encoder_that_keeps_its_scale_sees_slide_and_reference_set_at_one_size(tmp_path):
    reference = make_reference(tmp_path, mpp=3.5)  # 224 µm: halfway between two sizes
    picture, _ = tissue_picture(2048, 2048)
    path = write_slide(tmp_path / "slide.tif", picture, mpp=0.504)  # on which no tile has 224 µm
    shell = encoder("shell")
    with open_slide(path) as slide:
        request = ask(reference, ("shell",), slide)
        plan = plan_slide(request, MatchedImports([]), lambda event: None)
        assert plan.grid.edge_um != 224
        assert input_px(shell, plan.tiles) == input_px(shell, ReferenceTiles(reference))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"center": "lake side"}, "no center 'lake side'. Did you mean 'Lakeside'?"),
        ({"center": "Elsewhere"}, "It has: Lakeside, Northfield. If the slide comes from a center"),
        ({"center": "Lakeside", "tissue": "tumour"}, "no tissue 'tumour'. Did you mean 'tumor'?"),
        ({"center": "Lakeside", "new_center": True}, "it is not new"),
        ({"center": "lakeSIDE ", "new_center": True}, "spelled 'Lakeside': it is not new"),
        ({"new_center": True}, "Which center is new?"),
    ],
)
def test_what_the_reference_set_does_not_have_is_an_error_before_any_work(
    reference, slide, given, text
):
    events: list[Event] = []
    request = ask(reference, CONTROL, slide, **given)
    with pytest.raises(ReferenceSetError) as error:
        evaluate(request, report=events.append)
    assert text in str(error.value)
    with pytest.raises(ReferenceSetError):
        evaluation_cost(request)
    stages = {event.stage for event in events if isinstance(event, Progress)}
    assert not {stage for stage in stages if "tissue" in stage or "Embedding" in stage}


LEFT_HALF = ((0.0, 0.0), (700.0, 0.0), (700.0, 1024.0), (0.0, 1024.0))


def test_tiles_of_a_region_are_answered_as_they_are_in_the_whole_slide(reference, slide):
    whole = evaluate(ask(reference, CONTROL, slide)).tiles
    request = ask(reference, CONTROL, slide, region_l0=(LEFT_HALF,))
    part = evaluate(request).tiles
    place = {tuple(cell): row for row, cell in enumerate(whole.cells.tolist())}
    rows = [place[tuple(cell)] for cell in part.cells.tolist()]
    name = CONTROL[0]
    assert np.array_equal(part.tissue[name], whole.tissue[name][rows])
    assert np.allclose(part.distance[name], whole.distance[name][rows], atol=1e-6)


def test_a_run_kept_before_there_were_regions_still_opens(reference, slide, tmp_path):
    save_evaluation(evaluate(ask(reference, CONTROL, slide)), tmp_path / "a.pgrun")
    path = tmp_path / "a.pgrun" / "run.json"
    record = json.loads(path.read_text())
    del record["settings"]["region_l0"], record["slide"]["tiles_region"]
    path.write_text(json.dumps(record))
    assert load_evaluation(tmp_path / "a.pgrun").run.settings.region_l0 == ()


@pytest.fixture
def missing_encoder():
    """An encoder whose weights are not there."""
    spec = replace(
        encoder("color-statistics"),
        name="missing",
        title="Missing",
        readiness=lambda: Readiness(False, "Its weights are not here."),
    )
    put(spec)
    return "missing"


def test_an_encoder_that_cannot_run_is_recorded_and_the_others_go_on(reference, missing_encoder):
    run = evaluate(ask(reference, (missing_encoder, *CONTROL))).run
    assert [result.encoder.name for result in run.encoders] == ["color-statistics"]
    assert [(f.name, f.reason) for f in run.failures] == [("missing", "Its weights are not here.")]


def test_if_no_encoder_can_run_the_reasons_are_given(reference, missing_encoder):
    with pytest.raises(EncoderError, match="Its weights are not here"):
        evaluate(ask(reference, (missing_encoder,)))


def test_no_encoder_at_all_and_an_unknown_one_are_errors(reference):
    with pytest.raises(EncoderError, match="Tick at least one"):
        evaluate(ask(reference, ()))
    with pytest.raises(EncoderError, match="color-statistics"):
        evaluate(ask(reference, ("no-such-encoder",)))


def test_cancelled_and_started_again_it_ends_with_the_same_numbers(reference, slide, tmp_path):
    store = EmbeddingStore(tmp_path / "store")
    undisturbed = evaluate(ask(reference, CONTROL, slide))

    def cancel_on_the_slide(event: Event) -> None:
        if isinstance(event, TileAnswers):
            raise Cancelled

    request = ask(reference, CONTROL, slide)
    with pytest.raises(Cancelled):
        evaluate(request, store=store, report=cancel_on_the_slide)
    resumed = evaluate(request, store=store)
    assert resumed.run.encoders[0].reference == undisturbed.run.encoders[0].reference
    assert resumed.run.encoders[0].slide == undisturbed.run.encoders[0].slide


def test_encoders_are_compared_pair_by_pair(reference, slide):
    put(replace(encoder("color-statistics"), name="twin", title="Twin"))
    run = evaluate(ask(reference, (*CONTROL, "twin"), slide, k=11)).run
    group = run.comparison.groups[0]
    assert group.letters["twin"] == group.letters["color-statistics"]
    assert group.differences[0].difference == 0
    assert [(pair.one, pair.other) for pair in run.agreement] == [("color-statistics", "twin")]
    assert run.agreement[0].tissue.share == 1


def test_a_rate_is_of_tiles_embedded_in_this_run(reference, slide, tmp_path):
    store = EmbeddingStore(tmp_path / "store")
    request = ask(reference, CONTROL, slide)
    first, second = (evaluate(request, store=store).run.encoders[0] for _ in range(2))
    assert first.tiles_per_second > 0
    assert second.tiles_per_second is None


def test_progress_never_runs_backwards_within_a_stage(reference, slide):
    seen: dict[str, int] = {}

    def check(event: Event) -> None:
        if isinstance(event, Progress):
            assert 0 <= seen.get(event.stage, 0) <= event.done <= event.total
            seen[event.stage] = event.done

    evaluate(ask(reference, CONTROL, slide), report=check)
    assert len(seen) > 3


@pytest.mark.parametrize(
    ("file", "content", "text"),
    [
        ("run.json", b"{", "changed or damaged"),
        ("run.json", b'{"format": 1}', "is missing"),
        ("tiles.parquet", b"", "cannot be read"),
    ],
)
def test_a_damaged_run_says_what_is_wrong(reference, slide, tmp_path, file, content, text):
    save_evaluation(evaluate(ask(reference, CONTROL, slide)), tmp_path / "a.pgrun")
    (tmp_path / "a.pgrun" / file).write_bytes(content)
    with pytest.raises(RecordError, match=text):
        load_evaluation(tmp_path / "a.pgrun")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("color-statistics.neighbors", pa.array([1] * 96)),  # not lists
        ("color-statistics.tissue", pa.array([{"a": 1}] * 96)),  # not names
        ("column", pa.array([None] * 96, pa.string())),
    ],
)
def test_a_run_whose_table_is_another_says_so(reference, slide, tmp_path, name, values):
    save_evaluation(evaluate(ask(reference, CONTROL, slide)), tmp_path / "a.pgrun")
    path = tmp_path / "a.pgrun" / "tiles.parquet"
    table = pq.read_table(path)
    place = table.column_names.index(name)
    pq.write_table(table.set_column(place, name, values), path)
    with pytest.raises(RecordError, match="cannot be read"):
        load_evaluation(tmp_path / "a.pgrun")


def test_a_run_of_a_later_version_and_a_folder_that_is_none_say_so(reference, tmp_path):
    evaluation = evaluate(ask(reference, CONTROL))
    later = replace(evaluation, run=replace(evaluation.run, format=99))
    save_evaluation(later, tmp_path / "a.pgrun")
    with pytest.raises(RecordError, match="newer"):
        load_evaluation(tmp_path / "a.pgrun")
    with pytest.raises(RecordError, match="does not exist"):
        load_evaluation(Path(tmp_path / "none.pgrun"))


def test_an_encoder_that_sees_everything_alike_has_no_number_and_no_map(tmp_path):
    """Rows of one direction and many lengths: a copy is a copy however long it is."""

    def constant(tiles):
        return np.outer(np.linspace(1, 2, len(tiles)), np.arange(1, 7)).astype(np.float32)

    put(spec_of(constant, name="constant"))
    demand = Criterion("tissue_knn", "at least", 0.2)
    request = ask(make_reference(tmp_path, slides=3), ("constant",), maps=True, criteria=(demand,))
    run = evaluate(request).run
    measured = run.encoders[0].reference
    assert "all embeddings are alike" in measured.robustness_index.reason
    assert measured.on_map is None
    assert run.criteria.outcome == "not assessable"
