"""What every engine can do."""

from __future__ import annotations

import inspect

import pytest

from pathgui.core.cluster.engine import Engine, Running
from pathgui.core.cluster.local import LocalEngine
from pathgui.core.cluster.ray_engine import RayEngine
from pathgui.core.cluster.slurm import SlurmEngine


@pytest.mark.parametrize("engine", [LocalEngine, SlurmEngine, RayEngine])
def test_every_engine_has_what_those_who_follow_calls_ask_for(engine):
    wanted = {name for name in vars(Engine) if not name.startswith("_")}
    assert wanted <= set(dir(engine))
    given = list(inspect.signature(engine.submit).parameters)
    assert given == list(inspect.signature(Engine.submit).parameters)
    assert {name for name in vars(Running) if not name.startswith("_")} == {"look", "stop"}
