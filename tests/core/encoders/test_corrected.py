"""Variants of encoders whose embeddings are corrected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.corrections.correction_file import (
    CorrectionHead,
    load_correction,
    save_correction,
)
from pathgui.core.corrections.registry import correction
from pathgui.core.corrections.stain import LabLook
from pathgui.core.encoders.corrected import (
    add_corrected,
    corrected_encoder,
    list_corrected,
    remove_corrected,
)
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import CorrectionError, EncoderError

NAME = "color-statistics~leace"


def spec_and_tiles():
    spec = standard_encoders().encoder("color-statistics")
    tiles = np.random.default_rng(0).integers(0, 255, (24, 32, 32, 3), np.uint8)
    return spec, tiles


def write(path, fit="leace", **changed):
    spec, tiles = spec_and_tiles()
    values = spec.load("cpu", "fp32")(tiles)
    center = np.repeat(["A", "B"], 12)
    fitted = correction(fit).fit(values, center, np.tile(["t", "n"], 12))
    head = CorrectionHead(
        1, fit, "0.1", spec.name, spec.pooling, spec.dim, spec.readiness().weights_sha256,
        "set", "1", "cd", 24, ["A", "B"],
    )  # fmt: skip
    save_correction(path, fitted, replace(head, **changed))
    return fitted, values


def test_it_stands_in_the_list_and_gives_corrected_embeddings(tmp_path):
    fitted, values = write(tmp_path / "a.safetensors")
    known = standard_encoders()
    assert add_corrected(known, tmp_path) == ()
    spec = known.encoder(NAME)
    assert spec.title == "Color statistics (control) after LEACE"
    assert spec.correction == load_correction(tmp_path / "a.safetensors").sha256
    assert spec.corrected_on == "cd"
    assert spec.readiness().ready
    after = spec.load("cpu", "fp32")(spec_and_tiles()[1])
    assert after.dtype == np.float32
    np.testing.assert_allclose(after, fitted.apply(values), atol=1e-5)
    assert add_corrected(known, tmp_path) == ()  # read again, it takes its own place


def test_it_takes_neither_another_pooling_nor_other_weights(tmp_path):
    write(tmp_path / "a.safetensors")
    known = standard_encoders()
    add_corrected(known, tmp_path)
    with pytest.raises(EncoderError):
        known.encoder(f"{NAME}@mean")
    with pytest.raises(EncoderError, match="takes no other weights"):
        known.use_weights(NAME, tmp_path / "w.pt")


def test_other_weights_are_refused_when_it_is_to_run(tmp_path):
    write(tmp_path / "a.safetensors", weights_sha256="other")
    readiness = corrected_encoder(standard_encoders(), tmp_path / "a.safetensors").readiness()
    assert not readiness.ready
    assert "other weights" in readiness.detail


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pooling": "cls"}, "cannot be applied"),
        ({"encoder": "shell"}, "fitted on shell"),
        ({"encoder": "nobody"}, "No encoder is called"),
        ({"method": "harmony"}, "no correction"),
    ],
)
def test_what_does_not_belong_is_a_fault_and_the_list_stays_whole(changed, said, tmp_path):
    write(tmp_path / "a.safetensors", **changed)
    known = standard_encoders()
    before = len(known.encoders())
    faults = add_corrected(known, tmp_path)
    assert len(faults) == 1
    assert said in faults[0]
    assert len(known.encoders()) == before


def test_a_correction_that_needs_the_center_cannot_stand_as_an_encoder(tmp_path):
    write(tmp_path / "a.safetensors", "combat")
    with pytest.raises(CorrectionError, match="needs to know the center of each tile"):
        corrected_encoder(standard_encoders(), tmp_path / "a.safetensors")


def test_one_that_is_taken_off_the_list_stays_off(tmp_path):
    write(tmp_path / "by hand.safetensors")
    (tmp_path / "other.safetensors").write_bytes(b"no correction")
    known = standard_encoders()
    add_corrected(known, tmp_path)
    remove_corrected(known, NAME, tmp_path)
    with pytest.raises(EncoderError):
        known.encoder(NAME)
    assert [path.name for path in tmp_path.iterdir()] == ["other.safetensors"]


def test_two_files_of_one_correction_are_told(tmp_path):
    write(tmp_path / "a.safetensors")
    write(tmp_path / "b.safetensors", n_tiles=23)
    faults = add_corrected(standard_encoders(), tmp_path)
    assert len(faults) == 1
    assert "b.safetensors" in faults[0]


def test_a_correction_is_listed_at_once_and_a_later_one_takes_its_place(tmp_path):
    fitted, _ = write(tmp_path / "a.safetensors")
    head = load_correction(tmp_path / "a.safetensors").head
    known, folder = standard_encoders(), tmp_path / "new" / "corrected"
    assert list_corrected(known, folder, fitted, head).name == NAME
    again = list_corrected(known, folder, fitted, replace(head, reference="another"))
    assert known.encoder(NAME) == again
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.safetensors"]
    assert add_corrected(standard_encoders(), folder) == ()
    with pytest.raises(CorrectionError, match="the center of each tile"):
        list_corrected(known, folder, fitted, replace(head, method="combat"))


def write_stain(path, method="reinhard", **changed):
    spec, _ = spec_and_tiles()
    look = LabLook(np.array([70.0, 12.0, -9.0]), np.array([15.0, 8.0, 6.0]))
    head = CorrectionHead(
        1, method, "0.1", spec.name, spec.pooling, spec.dim, spec.readiness().weights_sha256,
        "set", "1", "cd", 24, ["A", "B"], "A",
    )  # fmt: skip
    save_correction(path, look, replace(head, **changed))
    return look


def test_after_a_correction_of_tiles_the_encoder_is_the_same_and_sees_other_tiles(tmp_path):
    look = write_stain(tmp_path / "a.safetensors")
    known = standard_encoders()
    assert add_corrected(known, tmp_path) == ()
    spec = known.encoder("color-statistics~reinhard")
    assert spec.title == "Color statistics (control) after Reinhard"
    assert [each.correction.name for each in spec.recolorings] == ["reinhard"]
    np.testing.assert_array_equal(spec.recolorings[0].look.numbers, look.numbers)
    assert spec.load is spec_and_tiles()[0].load


def test_a_correction_of_embeddings_can_follow_one_of_tiles(tmp_path):
    write_stain(tmp_path / "a.safetensors")
    known = standard_encoders()
    add_corrected(known, tmp_path)
    write(tmp_path / "b.safetensors", encoder="color-statistics~reinhard")
    spec = corrected_encoder(known, tmp_path / "b.safetensors")
    assert spec.name == "color-statistics~reinhard~leace"
    assert len(spec.recolorings) == 1
    before = spec.correction
    write_stain(tmp_path / "a.safetensors", n_tiles=23)  # the first one is fitted again
    again = standard_encoders()
    add_corrected(again, tmp_path)
    assert again.encoder(spec.name).correction != before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "leace"}, "holds another correction"),
        ({"encoder": "shell"}, "fitted on shell"),
        ({"dim": 3}, "cannot be applied"),
    ],
)
def test_a_stain_is_refused_where_it_does_not_belong(changed, said, tmp_path):
    write_stain(tmp_path / "a.safetensors", **changed)
    (fault,) = add_corrected(standard_encoders(), tmp_path)
    assert said in fault
