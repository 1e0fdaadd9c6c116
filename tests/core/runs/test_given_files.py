"""What a new evaluation takes from a file, or from an earlier run that holds it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pathgui.core.errors import IntendedUseError, RecordError, RegionError
from pathgui.core.runs.given_files import k_in, region_in, use_in
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import make_evaluation

BOUNDS = (0, 0, 1000, 1000)
AREA = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
NOW = "2026-11-30T02:00:00+00:00"


@pytest.fixture
def kept(tmp_path):
    """A run with a region and an intended use."""
    made = make_evaluation(1)
    settings = replace(made.run.settings, region_l0=(AREA,))
    run = replace(made.run, settings=settings, intended_use=IntendedUse("triage"))
    save_evaluation(replace(made, run=run), tmp_path / "a.pgrun")
    return tmp_path / "a.pgrun"


@pytest.fixture
def bare(tmp_path):
    save_evaluation(make_evaluation(1), tmp_path / "bare.pgrun")
    return tmp_path / "bare.pgrun"


def test_a_region_comes_from_a_file_with_its_classes_or_from_a_run(kept, tmp_path):
    outline = [[*map(list, AREA), list(AREA[0])]]
    file = tmp_path / "tumor.geojson"
    file.write_text(
        json.dumps(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": outline},
                "properties": {"classification": {"name": "Tumor"}},
            }
        )
    )
    assert len(region_in(file, BOUNDS, ["Tumor"])) == 1
    with pytest.raises(RegionError):
        region_in(file, BOUNDS, ["Stroma"])
    assert region_in(kept, BOUNDS) == (AREA,)


def test_a_run_without_a_region_or_asked_for_a_class_is_refused(kept, bare):
    with pytest.raises(RegionError, match="is of a whole slide"):
        region_in(bare, BOUNDS)
    with pytest.raises(RegionError, match="has no classes"):
        region_in(kept, BOUNDS, ["Tumor"])


def test_an_intended_use_comes_from_a_file_or_from_a_run(kept, bare, tmp_path):
    (tmp_path / "use.toml").write_text('use = "triage"\n')
    assert use_in(tmp_path / "use.toml", set_at=NOW) == IntendedUse("triage", set_at=NOW)
    assert use_in(kept, set_at=NOW).use == "triage"
    with pytest.raises(IntendedUseError, match="without an intended use"):
        use_in(bare, set_at=NOW)


def test_k_comes_from_a_run_whose_encoders_share_one(kept, tmp_path):
    k, origin = k_in(kept)
    assert k == make_evaluation(1).run.encoders[0].reference.k
    assert origin.startswith("as in an earlier run, finished 20")
    made = make_evaluation(2)
    first, second = made.run.encoders
    second = replace(second, reference=replace(second.reference, k=first.reference.k + 1))
    save_evaluation(
        replace(made, run=replace(made.run, encoders=[first, second])), tmp_path / "b.pgrun"
    )
    with pytest.raises(RecordError, match="has no k that all its encoders share"):
        k_in(tmp_path / "b.pgrun")
