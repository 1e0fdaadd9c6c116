"""A file of one's own weights becomes an encoder that gives what the model itself gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pathgui.core.encoders.facts.entry import read_entry
from pathgui.core.encoders.own_draft import Draft, draft_of, facts_of, try_out
from pathgui.core.encoders.own_file import add_described
from pathgui.core.errors import EncoderError, WeightsError
from pathgui.core.phantom.reference import two_tiles
from tests.core.encoders.weights.test_weights_files import small_vit
from tests.known import registry


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return small_vit(img_size=32).eval()


@pytest.fixture(scope="module")
def checkpoint(model, tmp_path_factory) -> Path:
    """As a training program under DistributedDataParallel leaves it."""
    path = tmp_path_factory.mktemp("own") / "lab_vit.pth"
    torch.save({"state_dict": {f"module.{n}": t for n, t in model.state_dict().items()}}, path)
    return path


def facts(draft: Draft, **others):
    proposal = draft.proposals[0]
    given = {
        "title": "Lab ViT",
        "mpp": 0.25,
        "input_px": proposal.input_px,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.2, 0.2, 0.2),
        "pooling": "mean",
    }
    return facts_of(draft, proposal, **(given | others))


def test_what_the_form_writes_gives_the_numbers_of_the_model_itself(model, checkpoint, tmp_path):
    draft = draft_of(checkpoint)
    assert draft.taken_off == ("module.",)
    assert "Taken off the names of its tensors: module." in draft.said(draft.proposals[0])
    spec = add_described(registry, facts(draft), "Lab ViT", tmp_path)
    assert (spec.name, spec.title, spec.dim, spec.pooling) == ("lab-vit", "Lab ViT", 384, "mean")
    assert (spec.tile.size_px, spec.tile.mpp) == (32, 0.25)
    tiles = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    with torch.inference_mode():
        x = ((torch.from_numpy(tiles) / 255 - 0.5) / 0.2).permute(0, 3, 1, 2)
        expected = model.forward_features(x)[:, 1:].mean(1)
    np.testing.assert_allclose(spec.load("cpu", "fp32")(tiles), expected, atol=2e-5)
    assert read_entry(tmp_path / "lab-vit.toml").model.strip == ["module."]


def test_tiles_of_another_side_are_taken_by_interpolated_positions(checkpoint):
    draft = draft_of(checkpoint)
    assert try_out(facts(draft, input_px=48, pooling="cls+mean"), draft, two_tiles).dim == 768
    with pytest.raises(EncoderError, match=r"a multiple of that\. 50 px is not"):
        facts(draft, input_px=50)
    with pytest.raises(EncoderError, match="has no pooling 'attention'"):
        facts(draft, pooling="attention")


def test_a_trial_says_what_two_tiles_gave(checkpoint):
    draft = draft_of(checkpoint)
    said = str(try_out(facts(draft), draft, two_tiles))
    assert said.startswith("Two drawn tiles gave 384 numbers each, from -")
    assert "The cosine between them is " in said


@pytest.mark.parametrize(
    ("value", "why"), [(float("nan"), "not finite"), (0.0, "same numbers for two unlike tiles")]
)
def test_weights_that_no_training_gave_are_refused_by_the_trial(model, tmp_path, value, why):
    path = tmp_path / "w.pth"
    torch.save({n: torch.full_like(t, value) for n, t in model.state_dict().items()}, path)
    draft = draft_of(path)
    with pytest.raises(EncoderError, match=why):
        try_out(facts(draft), draft, two_tiles)


def test_a_file_that_nothing_is_known_of_says_so_and_names_its_tensors(tmp_path):
    path = tmp_path / "head.pth"
    torch.save({"cell.0.weight": torch.zeros(3, 4)}, path)
    draft = draft_of(path)
    assert draft.proposals == ()
    assert "no way to build a model" in draft.said(None)
    assert "cell.0.weight" in draft.said(None)


def test_weights_in_several_files_are_one_model(model, tmp_path):
    state = model.state_dict()
    names = sorted(state)
    shards = {"model-00001-of-00002.safetensors": names[:9]}
    shards["model-00002-of-00002.safetensors"] = names[9:]
    for file, inside in shards.items():
        save_file({name: state[name] for name in inside}, tmp_path / file)
    where = {name: file for file, inside in shards.items() for name in inside}
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": where}))
    for pointed in (tmp_path, index, tmp_path / "model-00002-of-00002.safetensors"):
        assert draft_of(pointed).weights == index
    draft = draft_of(tmp_path)
    assert draft.title == tmp_path.name
    try_out(facts(draft), draft, two_tiles)
    spec = add_described(registry, facts(draft), "shards", tmp_path / "encoders")
    before = spec.readiness().weights_sha256
    save_file({n: state[n] + 1 for n in names[9:]}, tmp_path / "model-00002-of-00002.safetensors")
    assert spec.readiness().weights_sha256 not in ("", before)
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"1 of them is not beside it: model-00002-of-00002"):
        draft_of(index)
