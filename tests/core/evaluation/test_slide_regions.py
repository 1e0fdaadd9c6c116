"""Labeled regions of a cohort: the tissue mask of each slide, and what is cut out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.cohort.opened import open_cohort
from pathgui.core.errors import NoTissueError, RegionError
from pathgui.core.evaluation.slide_ahead import open_slide_of
from pathgui.core.evaluation.slide_regions import require_classes
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import ignore_progress
from pathgui.core.slides.region_choice import ClassChoice, RegionClasses
from tests.cohorts import SIDE, ask_for, make_study
from tests.core.cohort.making import feature, geojson
from tests.core.slide_factory import write_slide
from tests.core.stand_ins import spec_of
from tests.material import make_reference

SPECS = (spec_of(),)


def box(x, y, width, height):
    ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
    return {"coordinates": [ring]}


TUMOR = feature("Tumor", **box(64, 64, 256, 128))
STROMA = feature("Stroma", **box(64, 192, 256, 128))
FOLD = feature("Fold", **box(64, 64, 128, 256))
IGNORE = feature("Ignore*", **box(256, 0, 128, SIDE))


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=3)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Four slides: with regions, without, pale with a region, and with a damaged file."""
    study = make_study(tmp_path_factory.mktemp("studies") / "Fälle 1", 4)
    pale = study.folder.parent / "s 3.tif"
    write_slide(pale, np.full((SIDE, SIDE, 3), 243, np.uint8), mpp=0.5, factors=(1, 2))
    regions = study.folder / "regions"
    geojson(regions / "S-01.geojson", TUMOR, STROMA, FOLD, IGNORE)
    geojson(regions / "S-03.geojson", TUMOR)
    (regions / "S-04.geojson").write_text("{")
    return open_cohort(study.folder, study.folder.parent / "places", to_change=False)


@pytest.fixture
def ready(study, reference):
    """``ready(row, choice, **settings)``: the slide of a row as it is to be evaluated."""
    opened = []

    def one(row, choice=ClassChoice(), **settings):  # noqa: B008  it is frozen
        asked = replace(ask_for(study, reference, SPECS, **settings), region_choice=choice)
        imports = MatchedImports.read(SPECS, ignore_progress)
        opened.append(open_slide_of(asked, asked.slides[row], reference, imports))
        return opened[-1]

    yield one
    for each in opened:
        each.close()


def middles(found):
    grid = found.plan.grid
    return {tuple(at) for at in (grid.origins_l0 + grid.size_l0 // 2).tolist()}


def lies_in(middle, area):
    (x, y), *_, (right, bottom), _, _ = area["geometry"]["coordinates"][0]
    return x <= middle[0] < right and y <= middle[1] < bottom


@pytest.mark.parametrize(
    ("choice", "settings", "kept", "classes"),
    [
        # Asked for nothing: only what nobody looks at is cut out of the slide.
        (ClassChoice(), {}, None, RegionClasses((), ("Ignore*",))),
        (ClassChoice(left_out=("Fold",)), {}, None, RegionClasses((), ("Fold", "Ignore*"))),
        (ClassChoice(("Tumor",)), {}, [TUMOR], RegionClasses(("Tumor",), ("Ignore*",))),
        (
            ClassChoice(left_out=("Fold",)),
            {"tissue_from_region": True},
            [TUMOR, STROMA],
            RegionClasses(("Stroma", "Tumor"), ("Fold", "Ignore*")),
        ),
    ],
)
def test_only_the_tiles_that_the_classes_leave_are_evaluated(
    ready, study, reference, choice, settings, kept, classes
):
    cut_out = [FOLD, IGNORE] if choice.left_out else [IGNORE]
    found = ready(0, choice, **settings)
    whole = middles(ready(0, **settings)) | {
        (x, y) for x in range(96, 320, 64) for y in range(96, 320, 64)
    }
    wanted = {
        at
        for at in whole
        if not any(lies_in(at, area) for area in cut_out)
        and (kept is None or any(lies_in(at, area) for area in kept))
    }
    assert middles(found) == wanted
    facts = found.plan.facts(found.request, None)
    assert facts.region_classes == classes
    left = facts.tissue_left_out
    assert (left is None) == bool(settings)  # no tissue was sought
    assert left is None or 0 < left.regions_mm2 < left.found_mm2 == facts.tissue_area_mm2
    assert found.plan.mask.drawn == bool(settings)


def test_a_slide_whose_tissue_is_not_found_is_evaluated_in_its_regions(ready):
    with pytest.raises(NoTissueError, match=r"make that the tissue mask \(--tissue-from-region\)"):
        ready(2)
    found = ready(2, tissue_from_region=True)
    assert middles(found) == {(x, y) for x in range(96, 320, 64) for y in (96, 160)}


@pytest.mark.parametrize(("regions", "rows"), [(True, (96, 160)), (False, range(32, SIDE, 64))])
def test_a_slide_that_is_wanted_anyway_is_evaluated_in_its_regions_or_all_of_it(
    study, reference, regions, rows
):
    asked = ask_for(study, reference, SPECS)
    pale = replace(asked.slides[2], anyway=True)
    pale = pale if regions else replace(pale, regions=None)
    found = open_slide_of(asked, pale, reference, MatchedImports.read(SPECS, ignore_progress))
    found.close()
    columns = range(96, 320, 64) if regions else range(32, SIDE, 64)
    assert middles(found) == {(x, y) for x in columns for y in rows}
    assert found.plan.mask.drawn
    said = "its labeled regions are" if regions else "all that was scanned is"
    assert any(said in text for text in found.notices)


def test_a_slide_without_regions_has_its_tissue_sought_and_that_is_told(ready):
    found = ready(1, tissue_from_region=True)
    assert not found.plan.mask.drawn
    assert not found.request.settings.tissue_from_region
    assert middles(found) == middles(ready(1))
    assert any("no labeled regions to be its tissue mask" in text for text in found.notices)


def test_a_slide_that_lacks_the_class_chosen_is_set_aside_with_what_it_has(ready):
    with pytest.raises(RegionError, match=r"no labeled region of Stroma\. It has: Tumor\."):
        ready(2, ClassChoice(("Stroma",)))


def test_damaged_regions_are_told_and_never_taken_for_none_where_something_is_asked_of_them(ready):
    assert any("not used" in text for text in ready(3).notices)
    for choice, is_mask in ((ClassChoice(left_out=("Fold",)), False), (ClassChoice(), True)):
        with pytest.raises(RegionError, match="not GeoJSON"):
            ready(3, choice, tissue_from_region=is_mask)


def test_a_class_that_no_slide_of_the_cohort_has_is_refused_before_any_work(study):
    require_classes(study, ClassChoice(("Tumor",), ("Fold",)))
    with pytest.raises(RegionError, match=r"no area of the class Folds\. It has: Fold, Ignore\*"):
        require_classes(study, ClassChoice(left_out=("Folds",)))
