"""The table of encoders: every entry builds, and gives what it promises."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from pathgui.core.encoders.catalog import spec_of
from pathgui.core.encoders.facts.entry import TOKEN_POOLINGS, Entry, read_catalog
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.encoders.facts.words import fact_lines
from pathgui.core.encoders.networks import heads
from pathgui.core.encoders.networks.runner import TorchEncoder, normalizer
from pathgui.core.encoders.networks.timm_encoder import build, convert, skeleton
from pathgui.core.encoders.recognition import architecture_of
from pathgui.core.encoders.weights.weights_files import load_strictly
from pathgui.core.errors import EncoderError, WeightsError
from pathgui.core.reference.barcodes import COLLECTIONS
from tests.known import encoder, encoders

ENTRIES, LISTED = read_catalog()
WITH_TOKENS = [entry for entry in ENTRIES if set(entry.poolings) & set(TOKEN_POOLINGS)]
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
every_entry_with_tokens = pytest.mark.parametrize(
    "entry", WITH_TOKENS, ids=lambda entry: entry.name
)
every_spec = pytest.mark.parametrize("spec", encoders(), ids=lambda spec: spec.name)


@cache
def built(architecture: bytes) -> Any:
    """Of encoders that are built alike, one model."""
    return skeleton(next(entry for entry in ENTRIES if architecture_of(entry) == architecture))


def model_of(name: str) -> Any:
    return built(architecture_of(next(entry for entry in ENTRIES if entry.name == name)))


@every_entry
def test_an_entry_builds_and_every_pooling_has_the_width_it_promises(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(entry.name)
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    assert millions == pytest.approx(entry.params_m, rel=0.01)
    tiles = torch.empty(1, 3, entry.input_px, entry.input_px, device="meta")
    blocks = list(getattr(model, "blocks", ()))
    if entry in WITH_TOKENS:  # blocks between the first and the last hand on what they are given
        for block in blocks[1:-1]:
            monkeypatch.setattr(block, "forward", lambda tokens, *_, **__: tokens)
    with torch.inference_mode():
        for pooling in entry.poolings:
            embed = heads.embedder(model, pooling, entry.model.head, entry.model.unit)
            assert embed(tiles).shape == (1, entry.dim_of(pooling)), pooling


@every_entry_with_tokens
def test_the_final_norm_and_layer_scale_of_a_transformer_are_not_lost(entry: Entry) -> None:
    """What is pooled must have passed the norm, and no norm may wait behind the pooling."""
    model = model_of(entry.name)
    if entry.name == "isight":  # what it projects has not passed the norm, as published
        assert isinstance(model.norm, torch.nn.Identity)
    else:
        assert isinstance(model.norm, torch.nn.LayerNorm)
    assert isinstance(model.fc_norm, torch.nn.Identity)
    said = entry.model.arguments.get("init_values") is not None or "dino" in entry.model.arch
    scaled = any(name.endswith((".gamma", ".gamma_1")) for name, _ in model.named_parameters())
    assert scaled == said


@every_entry
def test_the_transform_is_the_published_one(entry: Entry) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    inputs = torch.from_numpy(tiles).permute(0, 3, 1, 2)
    ours = normalizer(entry.mean, entry.std, "cpu")(inputs).numpy()
    expected = (tiles / 255 - np.array(entry.mean)) / np.array(entry.std)
    np.testing.assert_allclose(ours, expected.transpose(0, 3, 1, 2), atol=2e-6)
    known_means = {
        (0.485, 0.456, 0.406): (0.229, 0.224, 0.225),  # ImageNet
        (0.5, 0.5, 0.5): (0.5, 0.5, 0.5),
        (0.48145466, 0.4578275, 0.40821073): (0.26862954, 0.26130258, 0.27577711),  # CLIP
        (0.707223, 0.578729, 0.703617): (0.211883, 0.230117, 0.177517),  # Bioptimus
        (0.7068, 0.5755, 0.722): (0.195, 0.2316, 0.1816),  # Hibou
        (0.697, 0.575, 0.728): (0.188, 0.24, 0.187),  # GenBio
        (0.7072, 0.5787, 0.7036): (0.2119, 0.2301, 0.1775),  # RudolfV 2
    }
    assert known_means[entry.mean] == entry.std


IMAGENET = (0.485, 0.456, 0.406)
CLIP = (0.48145466, 0.4578275, 0.40821073)
HALF = (0.5, 0.5, 0.5)
# Where a mirror's description, or another program, has other numbers than the authors.
NORMALIZED_BY = {
    "mstar": IMAGENET,
    "kaiko-vits16": HALF,
    "kaiko-vits8": HALF,
    "kaiko-vitb16": HALF,
    "kaiko-vitb8": HALF,
    "kaiko-vitl14": HALF,
    "musk": HALF,
    "conch": CLIP,
    "conch-v1.5": IMAGENET,
}


def test_where_sources_differ_in_normalization_the_authors_numbers_are_taken() -> None:
    found = {entry.name: entry.mean for entry in ENTRIES if entry.name in NORMALIZED_BY}
    assert found == NORMALIZED_BY


@pytest.mark.parametrize("name", ["virchow", "virchow2", "h0-mini", "uni2-h", "gigapath"])
def test_gated_mlps_are_built_although_a_hub_description_cannot_name_them(name: str) -> None:
    from timm.layers import GluMlp

    mlps = [block.mlp for block in model_of(name).blocks]
    assert {type(mlp) for mlp in mlps} == {GluMlp}
    assert {(type(mlp.act), mlp.gate_last) for mlp in mlps} == {(torch.nn.SiLU, False)}


@every_entry
def test_what_it_was_trained_on_is_of_known_collections_and_says_whether_it_was_checked(
    entry: Entry,
) -> None:
    assert set(entry.trained_on) <= set(COLLECTIONS)
    for collection in entry.trained_on:
        assert collection in entry.training
    assert entry.training or (not entry.trained_on and entry.training_facts == "unverified")


def test_a_fact_that_nobody_checked_is_said_to_be_so() -> None:
    lines = "\n".join(fact_lines(encoder("midnight-12k")))
    assert "Trained on: TCGA (not checked)" in lines
    assert "Trained on: 40 million tiles of TCGA\n" in "\n".join(fact_lines(encoder("phikon")))
    assert "Trained on: not known" in "\n".join(fact_lines(encoder("omiclip")))


@every_spec
def test_an_encoder_says_all_a_user_wants_to_know(spec: EncoderSpec) -> None:
    assert all([spec.title, spec.family, spec.licence, spec.transform, spec.pooling, spec.source])
    assert spec.facts in ("verified", "partly", "unverified", "conflict")
    assert spec.facts == "verified" or spec.notes, "a doubt needs a word"
    assert spec.page.startswith("https://") or spec.name == "color-statistics"
    assert min(spec.dim, spec.tile.size_px, spec.tile.mpp) > 0
    readiness = spec.readiness()
    assert readiness.ready or readiness.detail.endswith(".")
    assert "\n" not in readiness.detail


def test_listing_takes_no_network_and_no_time_and_says_what_each_lacks() -> None:
    states = {spec.name: spec.readiness().state for spec in encoders()}
    assert states["shell"] == "ready"
    assert states["phikon"] == "offline"  # tests run with the hub switched off
    assert states["lunit-bt"] == "file"


def test_without_a_token_gated_encoders_ask_to_sign_in_and_open_ones_for_a_click(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_TOKEN_PATH", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    assert encoder("phikon").readiness().state == "download"
    assert encoder("dinov3-s").readiness().state == "download"  # gated? The hub will say
    assert encoder("uni").readiness().state == "sign-in"
    assert "https://huggingface.co/MahmoodLab/UNI" in encoder("uni").readiness().detail
    (tmp_path / "token").write_text("hf_x")
    assert encoder("uni").readiness().state == "terms"


def test_names_are_unique_over_what_runs_and_what_is_only_listed() -> None:
    names = [entry.name for entry in ENTRIES] + [row.name for row in LISTED]
    assert len(names) == len(set(names)) == 137


def test_another_pooling_is_chosen_by_name_and_kept_apart() -> None:
    spec = encoder("virchow2@cls")
    assert (spec.name, spec.dim, spec.pooling) == ("virchow2@cls", 1280, "cls")
    assert encoder("virchow2").dim == 2560
    assert encoder("uni@cls+mean").dim == 2048
    assert encoder("uni@cls") == encoder("uni")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uni@median", "UNI has no pooling 'median'. There are: cls, mean, cls+mean."),
        ("shell@cls", "has one pooling only: average of the bottleneck."),
        ("nothing@cls", "No encoder is called 'nothing'"),
    ],
)
def test_a_pooling_that_does_not_exist_is_answered_with_those_that_do(name: str, text: str) -> None:
    with pytest.raises(EncoderError, match=re.escape(text)):
        encoder(name)


def test_class_and_register_tokens_are_skipped_in_the_mean() -> None:
    """The traps: Virchow2 and H-optimus have 5 tokens before the patches, UNI2-h 9."""

    class Tokens(torch.nn.Module):
        num_prefix_tokens = 9

        def forward_features(self, x: torch.Tensor) -> torch.Tensor:
            return torch.arange(12.0).reshape(1, 12, 1)

    for pooling, answer in (("cls", [0.0]), ("mean", [10.0]), ("cls+mean", [0.0, 10.0])):
        assert heads.embedder(Tokens(), pooling)(torch.empty(1)).tolist() == [answer]
    prefix = {name: model_of(name).num_prefix_tokens for name in PREFIXES}
    assert prefix == PREFIXES


PREFIXES = {"uni": 1, "uni2-h": 9, "virchow": 1, "virchow2": 5, "h-optimus-1": 5, "dinov3-s": 5}


def test_a_model_of_one_channel_sees_each_color_alone_and_joins_what_it_saw() -> None:
    class Tokens(torch.nn.Module):
        """Class token: the mean of the picture; patches: that and 2."""

        num_prefix_tokens = 1

        def forward_features(self, x: torch.Tensor) -> torch.Tensor:
            assert x.shape[1:] == (1, 4, 4)
            mean = x.mean(dim=(1, 2, 3))[:, None]
            return torch.stack([mean, mean + 1, mean + 3], dim=1)

    colors = torch.tensor([[1.0, 2.0, 3.0], [7.0, 8.0, 9.0]])
    x = colors[..., None, None].expand(2, 3, 4, 4)
    for pooling, shift in (("cls", [0]), ("mean", [2]), ("cls+mean", [0, 2])):
        expected = torch.cat([colors + each for each in shift], dim=1)
        assert heads.embedder(Tokens(), pooling, "channels")(x).equal(expected)


def test_gigapath_has_patches_of_16_although_its_name_says_14() -> None:
    assert model_of("gigapath").patch_embed.proj.weight.shape == (1536, 3, 16, 16)


def test_gigapath_sees_the_middle_that_its_authors_crop_at_their_scale() -> None:
    """Resize(256) and CenterCrop(224) of 256 px at 0.5 µm: 224 px at that scale, not at 0.57."""
    tile = encoder("gigapath").tile
    assert (tile.size_px, tile.mpp) == (224, 0.5)


PRINTED = {"virchow", "virchow2", "gigapath", "h-optimus-0", "h-optimus-1", "midnight-12k"}
PRINTED |= {"phikon", "phikon-v2", "sp22m", "openpath", "lunit-dino-s16", "lunit-dino-s8"}
AS_20X = {"uni", "h0-mini", "gpfm", "mstar", "hipt", "conch-v1.5"}


def test_a_scale_says_whether_its_authors_printed_it() -> None:
    """0.5 µm is printed for some, for some only "20x", and for others it is habit."""
    by_facts: dict[str, set[str]] = {}
    for entry in ENTRIES:
        by_facts.setdefault(entry.mpp_facts, set()).add(entry.name)
    assert by_facts["stated"] >= PRINTED
    assert by_facts["magnification"] == AS_20X
    assert by_facts["convention"] >= {"uni2-h", "musk", "conch", "kaiko-vitb16", "plip"}
    assert "(scale from 20x, which is what its authors state)" in fact_lines(encoder("uni"))[1]
    advised = {e.name for e in ENTRIES if e.mpp == 1.0}
    assert advised == {"ctranspath", "chief-ctranspath", "retccl"}
    assert "512 px at 40x" in encoder("gpfm").notes


DOUBTS = {
    "gpfm": "licence",
    "plip": "licence",
    "chief-ctranspath": "licence",
    "lunit-dino-s16": "norm",
    "lunit-dino-s8": "norm",
    "kaiko-vitl14": "repository",
    "pathclip": "GELU",
    "ciga": "normalization",
}


def test_where_sources_disagree_the_row_says_about_what() -> None:
    doubtful = {entry.name: entry.notes for entry in ENTRIES if entry.facts == "conflict"}
    assert doubtful.keys() == DOUBTS.keys()
    for name, what in DOUBTS.items():
        assert what in doubtful[name][:80], name
    (madeleine,) = (row for row in LISTED if row.name == "madeleine")
    assert madeleine.facts == "conflict"
    assert "sources disagree" in madeleine.licence


def test_weights_of_lunits_resnets_are_of_the_release_not_of_its_mirrors() -> None:
    """The mirrors have other statistics in their batch norms."""
    for name in ("lunit-bt", "lunit-mocov2", "lunit-swav"):
        spec = encoder(name)
        assert spec.hub is None
        assert "github.com/lunit-io/benchmark-ssl-pathology" in spec.page
        assert "original release" in spec.notes


@pytest.mark.parametrize("name", ["swin-t", "dinov3-s", "resnet18"])
def test_nothing_that_is_computed_when_a_model_is_built_is_missing_from_it(name: str) -> None:
    (entry,) = (e for e in ENTRIES if e.name == name)
    built = build(entry)
    saved = set(built.state_dict())
    assert not [n for n, b in built.named_buffers() if n not in saved and b.is_meta]


FEWER: dict[str, dict[str, Any]] = {  # blocks, which are alike
    "sp22m": {"depth": 1},
    "dinov3-s": {"depth": 1},
    "swin-t": {"depths": (1, 1, 1, 1)},
    "resnet18": {},
    "resnet50-trunc": {"layers": (1, 1, 1, 1)},
    "prost40m": {"depth": 1},
    "tinypath": {"depth": 1},
}


@pytest.mark.parametrize("name", FEWER)
def test_an_encoder_with_random_weights_runs_from_a_file_to_embeddings(
    tmp_path: Any, name: str
) -> None:
    """The whole way of a downloaded file, without the download."""
    import timm
    from safetensors.torch import save_file

    (entry,) = (e for e in ENTRIES if e.name == name)
    arguments = entry.model.arguments | FEWER[name]
    shallow = msgspec.structs.replace(entry.model, arguments=arguments)
    entry = msgspec.structs.replace(entry, model=shallow)
    torch.manual_seed(0)
    model = timm.create_model(entry.model.arch, **arguments).eval()
    path = tmp_path / "model.safetensors"
    save_file(model.state_dict(), path)
    spec = spec_of(entry)
    assert spec.with_weights is not None
    ours = spec.with_weights(path)
    readiness = ours.readiness()
    assert readiness.ready
    assert len(readiness.weights_sha256) == 64
    px = entry.input_px
    tiles = np.random.default_rng(0).integers(0, 256, (2, px, px, 3), np.uint8)
    embedder = ours.load("cpu", "fp32")
    assert isinstance(embedder, TorchEncoder)
    embeddings = embedder(tiles)
    assert embeddings.shape == (2, entry.dim)
    with torch.inference_mode():
        x = normalizer(entry.mean, entry.std, "cpu")(torch.from_numpy(tiles).permute(0, 3, 1, 2))
        if name == "resnet50-trunc":
            maps = model.layer3(
                model.layer2(model.layer1(model.maxpool(model.act1(model.bn1(model.conv1(x))))))
            )
            expected = maps.mean(dim=(2, 3))
        elif entry.pooling == "cls":
            expected = model.forward_features(x)[:, 0]
        else:
            expected = model.forward_head(model.forward_features(x), pre_logits=True)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5 * float(expected.abs().max()))


def test_arguments_of_the_table_can_be_written_as_json() -> None:
    """Classes are named, so the facts of an entry fit any record."""
    for entry in ENTRIES:
        json.dumps(entry.model.arguments)


NEW = [e for e in ENTRIES if e.name.startswith(("rudolfv2", "distillpath", "tinypath"))]
NEW += [e for e in ENTRIES if e.name in ("stainnet-small", "prost40m")]
AS_PUBLISHED = (  # the names that adapters of RudolfV 2 use, for timm's
    (r"^reg_token$", "register_tokens"),
    (r"\.gamma_([12])$", r".ls\1.gamma"),
)


def as_published(entry: Entry) -> dict[str, torch.Tensor]:
    """Tensors of the names and shapes of the published file, of no size in memory."""
    state = {n: torch.zeros(()).expand(t.shape) for n, t in skeleton(entry).state_dict().items()}
    if entry.model.form != "rudolf":
        return state
    for pattern, text in AS_PUBLISHED:
        state = {re.sub(pattern, text, name): tensor for name, tensor in state.items()}
    width = state["blocks.0.attn.q_norm.weight"].shape[0]
    state["rope.periods"] = 100 ** (torch.arange(width // 4) / (width // 4))
    return {f"model.{name}": tensor for name, tensor in state.items()}


@pytest.mark.parametrize("entry", NEW, ids=lambda entry: entry.name)
def test_weights_in_the_published_layout_are_strictly_loaded(entry: Entry) -> None:
    published = as_published(entry)
    model = skeleton(entry)
    load_strictly(model, convert(entry.model, published, model), entry.title, Path("x"))
    assert not any(parameter.is_meta for parameter in model.parameters())
    less = dict(list(published.items())[1:])
    with pytest.raises(WeightsError, match="missing: cls_token"):
        load_strictly(model, convert(entry.model, less, model), entry.title, Path("x"))


def test_rudolfv2_has_all_the_numbers_that_the_hub_counts() -> None:
    """The only fact on its file that is public: 1,133,789,200, of which 16 are periods."""
    (entry,) = (e for e in ENTRIES if e.name == "rudolfv2")
    assert sum(t.numel() for t in as_published(entry).values()) == 1_133_789_200


def test_a_layout_that_was_supposed_is_said_in_the_name_and_in_the_facts() -> None:
    supposed = {entry.name for entry in ENTRIES if entry.layout == "supposed"}
    assert supposed == {"rudolfv2", "rudolfv2-b", "rudolfv2-s"}
    spec = encoder("rudolfv2-s@cls")
    assert spec.title == "RudolfV 2-S (cls), layout not verified"
    assert "Layout: not verified" in "\n".join(fact_lines(spec))
    assert "Layout" not in "\n".join(fact_lines(encoder("uni")))
