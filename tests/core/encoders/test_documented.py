"""The examples of docs/own-encoder.md, executed as they stand there; counts of docs/encoders.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pathgui.core.encoders.facts.entry import FORMS_OF_FILES, POOLINGS
from pathgui.core.encoders.standard import listed_encoders
from tests.known import add_own_encoders, encoder, encoders

ROOT = Path(__file__).parents[3]
SECTION = (ROOT / "docs" / "own-encoder.md").read_text(encoding="utf-8")


def example(language: str, number: int = 0) -> str:
    """A block of code of the page's section on encoders of one's own."""
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)[number]


def test_the_description_of_the_page_is_an_encoder_in_under_30_lines(tmp_path: Path) -> None:
    import timm

    text = example("toml")
    assert text.count("\n") < 30
    (tmp_path / "our-fine-tune.toml").write_text(text)
    model = timm.create_model("vit_small_patch16_224", init_values=1e-5, num_classes=0).eval()
    save_file(model.state_dict(), tmp_path / "our-fine-tune.safetensors")
    assert add_own_encoders(tmp_path) == ()
    spec = encoder("our-fine-tune")
    assert (spec.title, spec.origin) == (
        "Our fine-tune",
        f"described in {tmp_path / 'our-fine-tune.toml'}",
    )
    assert spec.readiness().ready
    tiles = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.inference_mode():
        x = ((torch.from_numpy(tiles) / 255 - mean) / std).permute(0, 3, 1, 2)
        expected = model.forward_features(x)[:, 0]  # type: ignore[operator]
    np.testing.assert_allclose(spec.load("cpu", "fp32")(tiles), expected, atol=2e-5)


def test_the_package_of_the_page_brings_its_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = example("toml", 1)
    code = example("python")
    assert code.count("\n") < 30
    assert '[project.entry-points."pathgui.encoders"]' in entry
    (tmp_path / "our_encoders.py").write_text(code)
    facts = tmp_path / "our_encoders-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: our-encoders\nVersion: 1.0\n")
    name, target = re.findall(r'^(\w+) = "(.+)"$', entry, re.MULTILINE)[0]
    (facts / "entry_points.txt").write_text(f"[pathgui.encoders]\n{name} = {target}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "our_encoders", raising=False)
    assert add_own_encoders(tmp_path / "none") == ()
    spec = encoder("brightness")
    assert spec in encoders()
    assert spec.origin == "the package our-encoders"
    tiles = np.zeros((2, 224, 224, 3), np.uint8)
    tiles[..., 0] = 255
    assert spec.load("cpu", "fp32")(tiles).tolist() == [[1.0, 0.0, 0.0]] * 2
    assert add_own_encoders(tmp_path / "none") == ()  # looked for again: the same one


def test_every_pooling_and_form_that_can_be_asked_for_is_documented() -> None:
    assert [each for each in POOLINGS if f"`{each}`" not in SECTION] == []
    assert [each for each in FORMS_OF_FILES if f"`{each}`" not in SECTION] == []


def test_the_pages_count_the_encoders_as_they_are() -> None:
    page = (ROOT / "docs" / "encoders.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = [spec for spec in encoders() if not spec.bundled]
    assert f"`pathgui encoders` lists {len(table)} more" in readme
    assert f"{len(table)} of them run here" in " ".join(page.split())
    unavailable = len(listed_encoders())
    listed = len(encoders()) + unavailable
    assert f"pathgui lists {listed}:" in page
    assert f"and {unavailable} cannot run here" in " ".join(page.split())
