"""A few of the damaged slides of ``tests/fuzz``, which tries thousands."""

from __future__ import annotations

import pytest

from tests.fuzz.mutants import KINDS, mutant, seed_of
from tests.fuzz.slides import LONGEST_S, Clock, outcome_of
from tests.shared_data import shared

SEEDS = (
    "CMU-1-Small-Region.svs",
    "cmu-generic-pyramid-mpp.tif",
    "boxes-synthetic.tiff",
    "hamamatsu-dapi-fluorescence.ndpi",
    "tiny-dicom-sm-50px.dcm",
    "CMU-1-Small-Region-dicom",
)


@pytest.mark.filterwarnings("ignore")  # of libraries, on what they read
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_slide_is_opened_in_part_or_refused_in_a_sentence(tmp_path, name, kind):
    seed = seed_of(shared("slides", name))
    path, damage = mutant(seed, KINDS.index(kind), tmp_path)
    clock = Clock()
    outcome, error = outcome_of(path, clock)
    assert damage == kind
    assert outcome in ("opened", "read in part", "refused"), error
    assert clock.longest < LONGEST_S


def test_the_same_number_is_the_same_damage(tmp_path):
    seed = seed_of(shared("slides", "boxes-synthetic.tiff"))
    for number in range(14):
        first, second = tmp_path / f"{number} a", tmp_path / f"{number} b"
        first.mkdir()
        second.mkdir()
        one, other = (mutant(seed, number, folder)[0] for folder in (first, second))
        assert one.read_bytes() == other.read_bytes() != seed.data
