"""Encoders that users add: described in a file, or announced by a package."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.words import fact_lines
from pathgui.core.encoders.own_encoders import own_encoder, own_encoders, packaged_encoders
from pathgui.core.errors import EncoderError, WeightsError
from tests.core.stand_ins import MemoryTiles
from tests.known import add_own_encoders, encoder, encoders

DESCRIPTION = """\
title = "Our fine-tune"
licence = "in-house"
dim = 384
input_px = 64
mpp = 0.5
mean = [0.5, 0.5, 0.5]
std = [0.5, 0.5, 0.5]
pooling = "cls"

[model]
arch = "vit_small_patch16_224"
arguments = { img_size = 64, depth = 2, init_values = 1e-5 }

[weights]
file = "our-fine-tune.safetensors"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "our-fine-tune.toml").write_text(DESCRIPTION)
    return tmp_path


def put_weights(folder: Path) -> torch.nn.Module:
    import timm

    torch.manual_seed(0)
    model = timm.create_model(
        "vit_small_patch16_224", img_size=64, depth=2, init_values=1e-5, num_classes=0
    )
    save_file(model.state_dict(), folder / "our-fine-tune.safetensors")
    return model.eval()


def test_a_description_of_fewer_than_30_lines_is_an_encoder(folder: Path) -> None:
    assert DESCRIPTION.count("\n") < 30
    model = put_weights(folder)
    assert add_own_encoders(folder) == ()
    spec = encoder("our-fine-tune")
    assert spec in encoders()
    assert spec.origin == f"described in {folder / 'our-fine-tune.toml'}"
    assert spec.readiness().ready
    assert len(spec.readiness().weights_sha256) == 64
    tiles = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    with torch.inference_mode():
        x = (torch.from_numpy(tiles).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
        tokens = model.forward_features(x)  # type: ignore[operator]
    embeddings = spec.load("cpu", "fp32")(tiles)
    np.testing.assert_allclose(embeddings, tokens[:, 0], atol=1e-5)
    pooled = encoder("our-fine-tune@cls+mean")
    assert pooled.dim == 768
    np.testing.assert_allclose(
        pooled.load("cpu", "fp32")(tiles)[:, 384:], tokens[:, 1:].mean(dim=1), atol=1e-5
    )


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("[model]\n", "[model]\nunit = true\n"),
        ("[model]\n", "[model]\neps = 1e-2\n"),
        ("mean = [0.5, ", "mean = [0.50000001, "),  # more digits than the words for it have
    ],
)
def test_a_corrected_description_is_embedded_anew(folder: Path, line: str, corrected: str) -> None:
    put_weights(folder)
    path = folder / "our-fine-tune.toml"
    store, tiles = EmbeddingStore(folder / "store"), MemoryTiles(8)
    embed(tiles, own_encoder(path), store=store)
    assert embed(tiles, own_encoder(path), store=store).resumed == 8
    path.write_text(DESCRIPTION.replace(line, corrected))
    assert embed(tiles, own_encoder(path), store=store).resumed == 0


def test_without_its_weights_it_says_where_they_should_be(folder: Path) -> None:
    spec = own_encoder(folder / "our-fine-tune.toml")
    readiness = spec.readiness()
    assert not readiness.ready
    assert str(folder / "our-fine-tune.safetensors") in readiness.detail
    with pytest.raises(WeightsError, match=r"our-fine-tune\.safetensors"):
        spec.load("cpu", "fp32")


def test_weights_that_do_not_fit_its_description_are_refused(folder: Path) -> None:
    put_weights(folder)
    path = folder / "our-fine-tune.toml"
    path.write_text(DESCRIPTION.replace(", init_values = 1e-5", ""))
    with pytest.raises(WeightsError, match=r"not part of the model: blocks\.0\.ls1\.gamma"):
        own_encoder(path).load("cpu", "fp32")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("input_px = 64", "", "input_px is missing"),
        ("dim = 384", 'dim = "many"', "dim must be a whole number, not text"),
        ('pooling = "cls"', 'pooling = "best"', "no pooling is called 'best'. There are: cls,"),
        ("mpp = 0.5", "mpp = 0.0", "must be above 0"),
        ("[model]", "[mdoel]", "mdoel is not known"),
        ("[model]", "[model", "is not TOML"),
        ("[weights]", "[weights]\nurl = 'x'", "weights.url is not known"),
        ('file = "our-fine-tune.safetensors"', "", "names no weights"),
    ],
)
def test_a_faulty_description_is_named_and_others_still_work(
    folder: Path, old: str, new: str, text: str
) -> None:
    (folder / "wrong.toml").write_text(DESCRIPTION.replace(old, new))
    specs, faults = own_encoders(folder)
    assert [spec.name for spec in specs] == ["our-fine-tune"]
    (fault,) = faults
    assert fault.startswith(str(folder / "wrong.toml"))
    assert text in fault


def test_an_architecture_that_timm_does_not_know_is_said_when_it_is_loaded(folder: Path) -> None:
    put_weights(folder)
    path = folder / "our-fine-tune.toml"
    path.write_text(DESCRIPTION.replace("vit_small_patch16_224", "vit_enormous"))
    with pytest.raises(EncoderError, match=r"timm .* has no model 'vit_enormous'"):
        own_encoder(path).load("cpu", "fp32")
    path.write_text(DESCRIPTION.replace("depth = 2", "deppth = 2"))
    with pytest.raises(EncoderError, match=r"timm cannot build vit_small_patch16_224 .*deppth"):
        own_encoder(path).load("cpu", "fp32")


def test_a_folder_that_is_not_there_holds_no_encoders(tmp_path: Path) -> None:
    assert own_encoders(tmp_path / "nowhere") == ((), ())


def test_a_folder_called_as_a_description_is_named_and_the_others_are_there(folder: Path) -> None:
    (folder / "another.toml").mkdir()
    specs, (fault,) = own_encoders(folder)
    assert [spec.name for spec in specs] == ["our-fine-tune"]
    assert fault.startswith(f"{folder / 'another.toml'} cannot be read")


def test_weights_on_the_hub_may_be_named_too(folder: Path) -> None:
    path = folder / "our-fine-tune.toml"
    path.write_text(DESCRIPTION + 'repository = "our-lab/fine-tune"\n')
    spec = own_encoder(path)
    assert spec.hub is not None
    assert (spec.hub.repository, spec.hub.file) == (
        "our-lab/fine-tune",
        "our-fine-tune.safetensors",
    )
    assert spec.readiness().state == "offline"


PACKAGE = """
from dataclasses import replace
import numpy as np
from pathgui.core.encoders.facts.registry import EncoderSpec, Readiness
from pathgui.core.slides.tiling import TileSpec

def ready():
    return Readiness(True)

def unsure():
    raise OSError("their license server is away")

def brightness(tiles):
    return tiles.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]

SPEC = EncoderSpec(
    name="brightness", title="Brightness", dim=1, tile=TileSpec(224, 0.5), licence="MIT",
    source="their package", transform="none", pooling="mean", params_m=0.0,
    readiness=ready, load=lambda device, precision: brightness)

def several():
    return [SPEC]

def changed():
    return replace(SPEC, readiness=unsure)

def broken():
    raise RuntimeError("needs their license key")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "their_encoders.py").write_text(PACKAGE)
    facts = tmp_path / "their_encoders-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: their-encoders\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "their_encoders", raising=False)
    return facts


def test_a_package_that_cannot_say_whether_it_is_ready_is_listed_as_not(package: Path) -> None:
    (package / "entry_points.txt").write_text(
        "[pathgui.encoders]\nbrightness = their_encoders:changed\n"
    )
    ((spec,), faults) = packaged_encoders()
    assert faults == ()
    assert not spec.readiness().ready
    assert "their license server is away" in spec.readiness().detail


@pytest.mark.parametrize("announced", ["SPEC", "several"])
def test_an_installed_package_can_bring_encoders(package: Path, announced: str) -> None:
    (package / "entry_points.txt").write_text(
        f"[pathgui.encoders]\nbrightness = their_encoders:{announced}\n"
    )
    specs, faults = packaged_encoders()
    assert faults == ()
    (spec,) = specs
    assert spec.origin == "the package their-encoders"
    assert spec.load("cpu", "fp32")(np.full((2, 8, 8, 3), 7, np.uint8)).tolist() == [[7.0], [7.0]]


def test_facts_of_a_package_are_not_verified_unless_it_says_so(package: Path) -> None:
    (package / "entry_points.txt").write_text(
        "[pathgui.encoders]\nbrightness = their_encoders:SPEC\n"
    )
    ((spec,), _) = packaged_encoders()
    assert (spec.facts, spec.mpp_facts) == ("unverified", "unverified")
    lines = fact_lines(spec)
    assert "Facts: not checked: nobody compared the recipe with what the authors say" in lines
    assert any("(scale not checked)" in line for line in lines)
    told = fact_lines(replace(spec, facts="verified"))
    assert (
        "Facts: verified, but not by pathgui: the word of its maker (the package their-encoders)"
    ) in told


@pytest.mark.parametrize("announced", ["broken", "missing", "PACKAGE"])
def test_a_package_that_fails_is_named_and_the_program_starts(
    package: Path, announced: str
) -> None:
    (package / "entry_points.txt").write_text(
        f"[pathgui.encoders]\nbrightness = their_encoders:{announced}\n"
    )
    specs, (fault,) = packaged_encoders()
    assert specs == ()
    assert fault.startswith("The encoder brightness of the package their-encoders cannot be used:")


def test_facts_of_an_encoder_of_ones_own_fit_a_record(folder: Path) -> None:
    spec = own_encoder(folder / "our-fine-tune.toml")
    json.dumps([spec.name, spec.title, spec.transform, spec.pooling, spec.source, spec.origin])
    assert spec.source == "described in our-fine-tune.toml"  # no path of this machine in records
