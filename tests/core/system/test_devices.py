import subprocess
import sys

import pytest

from pathgui.core.errors import DeviceError
from pathgui.core.system.devices import (
    Hardware,
    all_gpus,
    cuda_problem,
    find_hardware,
    free_device_memory,
    product_device,
    resolve_device,
)

NO_GPU = Hardware((), "no NVIDIA driver was found", False, "it needs a Mac", "CPU, 2 cores")
TWO_GPUS = Hardware(
    (("NVIDIA H200", 140 * 10**9), ("NVIDIA T4", 16 * 10**9)), "", False, "", "CPU, 2 cores"
)
MAC = Hardware((), "no CUDA on a Mac", True, "", "Apple M3, 8 cores")


def test_auto_takes_the_first_gpu_and_names_it():
    device = resolve_device("auto", TWO_GPUS)
    assert (device.name, device.title) == ("cuda:0", "NVIDIA H200, 140 GB")
    assert device.kind == "cuda"
    assert device.reason == ""


def test_neighbors_are_sought_on_the_cpu_where_there_is_no_nvidia_gpu():
    assert product_device(["cpu"], 10**9) == "cpu"
    assert product_device(["mps"], 10**9) == "cpu"


def test_auto_takes_the_apple_gpu():
    assert resolve_device("auto", MAC).name == "mps"


def test_without_a_gpu_auto_takes_the_cpu_and_says_why():
    device = resolve_device("auto", NO_GPU)
    assert device.name == "cpu"
    assert device.title == "CPU, 2 cores"
    assert "no NVIDIA driver" in device.reason


def test_the_cpu_can_be_asked_for_beside_a_gpu():
    assert resolve_device("cpu", TWO_GPUS).name == "cpu"


def test_a_second_gpu_can_be_asked_for():
    assert resolve_device("cuda:1", TWO_GPUS).title == "NVIDIA T4, 16 GB"


@pytest.mark.parametrize(
    ("wanted", "hardware", "says"),
    [
        ("cuda", NO_GPU, "no NVIDIA driver was found. Choose auto or cpu"),
        ("mps", NO_GPU, "it needs a Mac. Choose auto or cpu"),
        ("cuda:2", TWO_GPUS, "no GPU number 2: this machine has 2"),
        ("cuda:first", TWO_GPUS, "cuda:0 for the first GPU"),
        ("gpu", TWO_GPUS, "Choose auto, cpu, cuda"),
        ("cpu:1", TWO_GPUS, "Choose auto, cpu, cuda"),
    ],
)
def test_a_device_that_is_not_there_is_an_error_that_says_what_to_do(wanted, hardware, says):
    with pytest.raises(DeviceError, match=says):
        resolve_device(wanted, hardware)


def test_all_gpus_are_listed():
    assert [device.name for device in all_gpus(TWO_GPUS)] == ["cuda:0", "cuda:1"]
    assert all_gpus(NO_GPU) == ()


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("Found no NVIDIA driver on your system. Please check", "no NVIDIA driver was found"),
        ("The NVIDIA driver on your system is too old (found 11040)", "update the driver"),
        ("CUDA error: no kernel image is available for execution", "too old for the installed"),
        ("CUDA out of memory. Tried to allocate 2.00 MiB", "taken by other programs"),
        ("CUDA error: unknown\nmore lines", r"did not start \(CUDA error: unknown\)"),
    ],
)
def test_what_torch_says_of_a_gpu_is_told_in_plain_words(message, says):
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(cuda_problem(message))


def test_hidden_gpus_are_told_from_missing_ones(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert "no NVIDIA GPU" in cuda_problem("No CUDA GPUs are available")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES" in cuda_problem("No CUDA GPUs are available")


def test_this_machine_has_a_device_that_works():
    import torch

    hardware = find_hardware()
    assert bool(hardware.cuda) != bool(hardware.cuda_problem)
    device = resolve_device("auto", hardware)
    assert torch.ones(2, device=device.name).sum().item() == 2
    free_device_memory()


def test_asking_for_the_cpu_does_not_import_torch():
    code = (
        "import sys; from pathgui.core.system.devices import resolve_device, free_device_memory\n"
        "assert resolve_device('cpu').name == 'cpu'; free_device_memory()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
