"""The examples of docs/python.md, run from top to bottom as a reader would."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from tests.material import make_reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"```(python|text)\n(.*?)```", re.DOTALL)


def stand_in_for_anndata() -> ModuleType:
    """What the page needs of anndata, where that is not installed."""
    module = ModuleType("anndata")
    module.AnnData = lambda obs, obsm: SimpleNamespace(  # type: ignore[attr-defined]
        X=None, obs=obs, obsm=obsm, layers={}
    )
    return module


@pytest.fixture
def material(monkeypatch, tmp_path, slide_path):
    """A folder with all that the page's file names stand for."""
    pytest.importorskip("pandas", reason="the page has an example with pandas")
    with contextlib.suppress(ImportError):
        import anndata  # noqa: F401
    if "anndata" not in sys.modules:
        monkeypatch.setitem(sys.modules, "anndata", stand_in_for_anndata())
    shutil.copy(slide_path, tmp_path / "slide.svs")
    make_reference(tmp_path / "made")
    shutil.copytree(tmp_path / "made" / "colors.pgref", tmp_path / "hospitals.pgref")
    area = [[[200, 150], [900, 150], [900, 650], [200, 650], [200, 150]]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": area},
        "properties": {"classification": {"name": "Tumor"}},
    }
    (tmp_path / "tumor.geojson").write_text(json.dumps(feature))
    (tmp_path / "use.toml").write_text('use = "pre-sorting of biopsies"\n')
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_each_example_runs_and_prints_what_the_page_says(material):
    said: dict[str, object] = {}
    printed, compared = "", 0
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "text":
            assert printed == text
            compared += 1
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, str(PAGE), "exec"), said)
        printed = out.getvalue()
    assert compared >= 2
    assert isinstance(said["embeddings"], np.ndarray)
