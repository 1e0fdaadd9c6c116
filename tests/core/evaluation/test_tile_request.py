"""Plan, cost, preview and export take the same tiles of a slide, whatever decides which."""

from __future__ import annotations

from dataclasses import fields, replace

import h5py
import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import NoTissueError
from pathgui.core.evaluation.tile_request import TileRequest, WholeGrid
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import ignore_progress
from pathgui.core.runs.options import OPTIONS, RunSettings, new_settings
from pathgui.core.slides.slide import open_slide
from tests.asking import AREA, another, ask, evaluate, evaluation_cost, export_trident, plan_slide
from tests.material import make_reference

CONTROL = ("color-statistics",)
NONE = MatchedImports([])


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


def preview(asked, slide):
    """The tiles of a request, found as the window does."""
    tiles = TileRequest.of(asked, asked.at_hand.reference.info.edge_um)
    return tiles.choose(tiles.whole(slide, NONE, ignore_progress).grid, "slide")


def exported(evaluation, slide, reference, folder, store):
    (path,) = export_trident(evaluation, slide, reference, folder, store)
    with h5py.File(path, "r") as file:
        return file["coords"][:]


def all_take_the_same(asked, slide, reference, folder):
    """The tiles of plan, cost, preview and export, which are the same; their places."""
    plan, chosen = plan_slide(asked, NONE, ignore_progress), preview(asked, slide)
    np.testing.assert_array_equal(plan.grid.cells, chosen.grid.cells)
    assert len(chosen) == len(chosen.grid)
    cost = evaluation_cost(asked, warm_up=False)
    assert cost.tiles_slide == len(chosen)
    assert cost.encoders[0].tiles == len(chosen) + len(reference)
    store = EmbeddingStore(folder / "store")
    evaluation = evaluate(asked, store=store)
    places = exported(evaluation, slide, reference, folder / "out", store)
    np.testing.assert_array_equal(places, chosen.grid.origins_l0)
    return places.tolist()


@pytest.mark.parametrize("options", [{}, {"region_l0": AREA}, {"max_tiles": 9, "seed": 3}])
def test_what_a_region_or_a_sample_takes_all_take(reference, slide, tmp_path, options):
    asked = ask(reference, CONTROL, slide, device="cpu", k=5, maps=False, **options)
    places = all_take_the_same(asked, slide, reference, tmp_path)
    whole = ask(reference, CONTROL, slide)
    assert (len(places) < len(preview(whole, slide))) == bool(options)


@pytest.fixture
def cut_by_seed(monkeypatch):
    """A made-up option, here the seed, that decides which tiles the slide has."""
    whole = TileRequest.whole

    def every_other(self, slide, imports, report):
        found = whole(self, slide, imports, report)
        odd = self.settings.seed > 0
        kept = found.grid.cells[found.grid.cells[:, 0] % 2 == odd]
        return replace(found, grid=replace(found.grid, cells=kept))

    monkeypatch.setattr(TileRequest, "whole", every_other)


@pytest.mark.usefixtures("cut_by_seed")
def test_what_a_setting_leaves_uncut_nobody_takes(reference, slide, tmp_path):
    # Of a sample the export needs to know all tiles that there are.
    asked = ask(reference, CONTROL, slide, device="cpu", k=5, maps=False, max_tiles=9)
    even = all_take_the_same(asked, slide, reference, tmp_path / "even")
    asked = replace(asked, settings=replace(asked.settings, seed=1))
    odd = all_take_the_same(asked, slide, reference, tmp_path / "odd")
    assert len(even) == len(odd) == 9
    assert not {x for x, _ in even} & {x for x, _ in odd}


class Watched(RunSettings):
    """Settings that know which of them were looked at."""

    seen: set[str]

    def __getattribute__(self, name):
        if name in {option.name for option in OPTIONS}:
            object.__getattribute__(self, "seen").add(name)
        return object.__getattribute__(self, name)


def test_tiles_are_looked_for_anew_when_a_setting_changes_that_they_are_cut_by(slide):
    wanted = new_settings()
    watched = Watched(**{each.name: getattr(wanted, each.name) for each in fields(wanted)})
    object.__setattr__(watched, "seen", set())
    TileRequest(112.0, (), watched).whole(slide, NONE, ignore_progress)
    assert watched.seen == {option.name for option in OPTIONS if option.cuts}
    for option in OPTIONS:
        changed = new_settings(**{option.name: another(option)})
        keys = [TileRequest(112.0, (), settings).key for settings in (wanted, changed)]
        assert (keys[0] != keys[1]) == option.cuts, option.name


def without_effect(slide, names):
    """Those options of ``names`` of which another value leaves the slide the same tiles."""

    def cells(**chosen):
        try:
            request = TileRequest(112.0, (), new_settings(**chosen))
            return request.whole(slide, NONE, ignore_progress).grid.cells.tolist()
        except NoTissueError:
            return []

    return {
        option.name
        for option in OPTIONS
        if option.name in names and cells(**{option.name: another(option)}) == cells()
    }


@pytest.mark.usefixtures("cut_by_seed")
def test_an_option_that_leaves_the_tiles_as_they_are_is_found(slide):
    assert without_effect(slide, {"seed", "k"}) == {"k"}


def test_an_option_that_the_cut_depends_on_changes_the_tiles(slide):
    assert without_effect(slide, {option.name for option in OPTIONS if option.cuts}) == set()


def test_an_option_that_the_cut_depends_on_costs_too_and_means_nothing_without_a_slide():
    assert all(option.costs and option.of_slide for option in OPTIONS if option.cuts)


def test_another_edge_is_another_cut_and_another_encoder_is_none(reference):
    asked = ask(reference, CONTROL)
    keys = [
        TileRequest(edge, specs, asked.settings).key
        for edge, specs in ((112.0, asked.specs), (112.0, ()), (128.0, ()))
    ]
    assert keys[0] == keys[1] != keys[2]


def test_a_region_without_a_tile_is_refused_with_what_to_do(reference, slide):
    corner = ((1400.0, 900.0), (1500.0, 900.0), (1500.0, 1000.0))
    asked = ask(reference, CONTROL, slide, region_l0=(corner,))
    with pytest.raises(NoTissueError, match="Draw the region over tissue"):
        preview(asked, slide)


def test_a_sample_of_more_tiles_than_there_are_is_all_of_them(reference, slide):
    every = preview(ask(reference, CONTROL, slide), slide)
    asked = ask(reference, CONTROL, slide, max_tiles=len(every) + 1)
    assert preview(asked, slide).grid.cells.tolist() == every.grid.cells.tolist()


def test_the_whole_grid_names_no_import_where_there_is_none(slide):
    found = TileRequest(112.0, (), new_settings()).whole(slide, NONE, ignore_progress)
    assert isinstance(found, WholeGrid)
    assert found.title == ""
    assert found.mask.mask.any()
