"""What differs between people, and between tissues not at all."""

from __future__ import annotations

import dataclasses

import numpy as np

from pathgui.core.phantom.brushes import Patient, px
from pathgui.core.phantom.nuclei import MPP

PEOPLE = [Patient.draw(np.random.default_rng(seed)) for seed in range(300)]
FACTORS = (
    "nuclear_size", "nuclear_stain", "cellularity", "gland_size", "waviness", "looseness",
    "adipocyte_size",
)  # fmt: skip


def test_factors_are_about_one_and_shares_are_shares():
    for field in dataclasses.fields(Patient):
        values = np.array([getattr(person, field.name) for person in PEOPLE])
        if field.name in FACTORS:
            assert abs(np.median(values) - 1) < 0.1
            assert values.min() > 0
        else:
            assert values.min() >= 0
            assert values.max() <= 1


def test_people_differ_and_a_seed_is_a_person():
    assert len(set(PEOPLE)) == len(PEOPLE)
    assert Patient.draw(np.random.default_rng(7)) == PEOPLE[7]


def test_lengths_in_tissue_become_pixels():
    assert px(10.0) == 10.0 / MPP
