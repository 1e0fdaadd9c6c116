"""Finished runs on disk, as the report reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pathgui.core.report.render import fonts
from pathgui.core.runs.run_files import save_evaluation
from tests.run_factory import make_evaluation, thumbnail

MakeRun = Callable[..., Path]


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """``make_run(3, slide=False)``: a folder with the run of ``make_evaluation`` of the same."""

    def make(n_encoders: int = 3, **kwargs: Any) -> Path:
        evaluation = make_evaluation(n_encoders, **kwargs)
        if evaluation.tiles is not None:
            evaluation = replace(evaluation, thumbnail=thumbnail())
        folder = tmp_path_factory.mktemp("runs") / "demo.pgrun"
        save_evaluation(evaluation, folder)
        return folder

    return make


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no font at all."""
    monkeypatch.setattr(fonts, "_system_fonts", lambda: ())
