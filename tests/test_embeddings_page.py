"""docs/embeddings.md: its worked examples run from top to bottom, as a reader would."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.imported.anndata_file import write_anndata
from pathgui.core.runs.run_files import load_run

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "embeddings.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Annotated:
    """What the page needs of AnnData, where that is not installed."""

    def __init__(self, X: Any, obs: Any, obsm: Any) -> None:
        self.x, self.obs, self.obsm = X, obs, obsm

    def write_h5ad(self, name: str) -> None:
        """Write the file that AnnData would."""
        columns = {key: [*map(str, self.obs[key])] for key in self.obs}
        write_anndata(Path(name), columns, [*self.obs.index], x=self.x, obsm=self.obsm)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A folder with the manifest of the page and its tiles."""
    pytest.importorskip("pandas", reason="the page has an example with pandas")
    if importlib.util.find_spec("anndata") is None:
        module = ModuleType("anndata")
        module.AnnData = Annotated  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "anndata", module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path / "home"))
    manifest = next(text for kind, text in BLOCK.findall(PAGE) if kind == "csv")
    Path("manifest.csv").write_text(manifest, encoding="utf-8")
    rng = np.random.default_rng(0)
    Path("tiles").mkdir()
    for name in re.findall(r"^tiles/\S+?\.png", manifest, re.MULTILINE):
        Image.fromarray(rng.integers(90, 230, (224, 224, 3), np.uint8)).save(name)
    return tmp_path


def test_each_worked_example_runs(folder):
    said: dict[str, object] = {}
    commands = 0
    for kind, text in BLOCK.findall(PAGE):
        if kind == "python":
            exec(compile(text, "embeddings.md", "exec"), said)
        elif kind == "sh":
            for line in text.splitlines():
                commands += 1
                words = shlex.split(line)[1:]
                if words[0] == "evaluate":  # as fast as may be
                    words += ["--sweep", "none", "--no-maps", "--device", "cpu"]
                assert run(words) == EXIT_DONE, line
    assert commands >= 10
    for name, encoder in (
        ("trident", "our-model-by-trident"),
        ("clam", "our-model-by-clam"),
        ("anndata", "our-model-in-anndata"),
    ):
        result = load_run(Path(f"{name}.pgrun")).encoders[0]
        assert (result.encoder.name, result.encoder.dim) == (encoder, 8)
