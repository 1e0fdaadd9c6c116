"""Devices against the CPU. None of them is here: encoders stand in that count as each would."""

from __future__ import annotations

import platform
from dataclasses import replace

import pytest

from pathgui.core.embedding.device_check import DeviceChecks
from pathgui.core.system.device_agreement import TOLERANCE
from pathgui.core.system.devices import Device
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of

FIRST, SECOND = (Device(f"fake:{i}", "Fake GPU, 80 GB") for i in range(2))
APPLE = Device("mps", "Apple GPU")


def counting(loaded, wrong=()):
    """An encoder that notes where it is loaded, and gives other numbers on ``wrong`` devices."""

    def load(device, precision):
        loaded.append((device, precision))
        return lambda tiles: mean_color(tiles)[:, :: -1 if device in wrong else 1]

    return spec_of(name="counting", load=load)


def test_a_device_is_looked_at_once_in_full_precision_and_remembered(tmp_path):
    loaded = []
    checks = DeviceChecks(tmp_path / "devices.json")
    first = checks.look(MemoryTiles(9), counting(loaded), FIRST)
    assert loaded == [("fake:0", "fp32"), ("cpu", "fp32")]
    assert (first.agrees, first.n_tiles, first.tolerance, first.notice) == (True, 4, TOLERANCE, "")
    assert first.system == platform.platform()
    again = DeviceChecks(tmp_path / "devices.json").look(MemoryTiles(9), counting(loaded), FIRST)
    assert again == first
    assert len(loaded) == 2


def test_each_of_several_gpus_is_looked_at_on_its_own_and_so_is_an_apple_gpu(tmp_path):
    loaded = []
    spec = counting(loaded, wrong=("fake:1",))
    found = [DeviceChecks().look(MemoryTiles(9), spec, each) for each in (FIRST, SECOND, APPLE)]
    assert [each.agrees for each in found] == [True, False, True]
    assert [name for name, _ in loaded] == ["fake:0", "cpu", "fake:1", "cpu", "mps", "cpu"]
    assert found[1].notice.startswith(
        "On Fake GPU, 80 GB (fake:1) the embeddings are not those of the CPU: cosine 0."
    )


@pytest.mark.parametrize("changed", ["system", "torch", "architecture", "title"])
def test_another_build_torch_architecture_or_gpu_is_looked_at_anew(tmp_path, changed, monkeypatch):
    path, loaded = tmp_path / "devices.json", []
    spec, device = counting(loaded), FIRST
    DeviceChecks(path).look(MemoryTiles(9), spec, device)
    if changed == "system":
        monkeypatch.setattr(platform, "platform", lambda: "macOS-99")
    elif changed == "torch":
        monkeypatch.setattr("pathgui.core.embedding.device_check.package_version", lambda _: "99")
    elif changed == "architecture":
        spec = replace(spec, recipe="another")
    else:
        device = replace(device, title="Another GPU")
    DeviceChecks(path).look(MemoryTiles(9), spec, device)
    assert len(loaded) == 4


def test_the_cpu_itself_and_embeddings_of_others_are_not_looked_at(tmp_path):
    loaded = []
    spec = counting(loaded)
    assert DeviceChecks().look(MemoryTiles(9), spec, Device("cpu", "CPU")) is None
    theirs = replace(spec, embeddings=(tmp_path / "theirs.h5",))
    assert DeviceChecks().look(MemoryTiles(9), theirs, FIRST) is None
    assert loaded == []


def test_a_damaged_file_is_no_error(tmp_path):
    path = tmp_path / "devices.json"
    path.write_text("{")
    assert DeviceChecks(path).look(MemoryTiles(9), counting([]), FIRST).agrees
    assert DeviceChecks(path).look(MemoryTiles(9), counting([]), FIRST).agrees
