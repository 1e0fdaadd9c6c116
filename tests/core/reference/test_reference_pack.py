"""A reference set in one zip opens elsewhere, with names or without."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.reference_pack import pack_reference
from pathgui.core.reference.reference_set import (
    REFERENCE_FILE,
    ReferenceInfo,
    load_reference,
)
from pathgui.core.reference.sampling_plan import Sampling
from pathgui.core.system.json_records import from_json, to_json
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("pack"), slides=2, tiles=2)


def unpacked(zipped, folder):
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    (made,) = folder.iterdir()
    return load_reference(made)


def test_a_packed_set_is_the_same_set(reference, tmp_path):
    packed = pack_reference(reference, tmp_path / "set.zip")
    again = unpacked(packed, tmp_path / "there")
    assert again.info == reference.info
    np.testing.assert_array_equal(again.labels.slide, reference.labels.slide)


def test_without_names_slides_are_still_told_apart(reference, tmp_path):
    packed = pack_reference(reference, tmp_path / "set.zip", pseudonymous=True)
    again = unpacked(packed, tmp_path / "there")
    assert again.info.tiles_sha256 != reference.info.tiles_sha256
    there, here = again.labels.groups, reference.labels.groups
    np.testing.assert_array_equal(there[:, None] == there, here[:, None] == here)
    np.testing.assert_array_equal(again.labels.tissue, reference.labels.tissue)
    assert not set(again.labels.slide) & set(reference.labels.slide)


def test_two_packings_bear_different_pseudonyms(reference, tmp_path):
    slides = [
        unpacked(
            pack_reference(reference, tmp_path / f"{i}.zip", pseudonymous=True), tmp_path / str(i)
        ).labels.slide.tolist()
        for i in range(2)
    ]
    assert not set(slides[0]) & set(slides[1])  # the key is thrown away


def test_a_place_that_cannot_be_written_to_is_named(reference, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ReferenceSetError, match="could not be packed into"):
        pack_reference(reference, tmp_path / "file" / "set.zip")


def test_a_pseudonymous_copy_does_not_name_the_cohort_it_was_drawn_from(tmp_path):
    folder = make_reference(tmp_path).folder
    record = folder / REFERENCE_FILE
    sampled = Sampling("Secret study", "tissue", "center", "patient_id")
    record.write_bytes(to_json(replace(load_reference(folder).info, sampled=sampled)))
    known = load_reference(folder)
    assert known.info.sampled == sampled
    for pseudonymous, cohort in ((False, "Secret study"), (True, "")):
        out = pack_reference(known, tmp_path / "a.zip", pseudonymous=pseudonymous)
        with zipfile.ZipFile(out) as packed:
            content = packed.read(f"{folder.name}/{REFERENCE_FILE}")
        assert from_json(ReferenceInfo, content).sampled == replace(sampled, cohort=cohort)
        out.unlink()


def test_a_set_without_names_keeps_which_public_collection_it_is_of(tmp_path):
    names = {"Lakeside-0": "TCGA-3C-AALI-01Z-00-DX1"}
    made = make_reference(tmp_path / "tcga", slides=2, tiles=2, slide_names=names)
    packed = pack_reference(made, tmp_path / "set.zip", pseudonymous=True)
    again = unpacked(packed, tmp_path / "there")
    assert again.info.collections == ("TCGA",)
    assert "TCGA" not in "".join(again.labels.slide.tolist() + list(again.tiles))
    twice = pack_reference(again, tmp_path / "again.zip", pseudonymous=True)
    assert unpacked(twice, tmp_path / "again").info.collections == ("TCGA",)
