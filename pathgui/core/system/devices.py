"""Which device encoders run on, and why there is no GPU."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.errors import DeviceError, plural
from pathgui.core.language.texts import say
from pathgui.core.system.environment import processor_name
from pathgui.core.system.garbage import collect_garbage

GB = 10**9
BLOCKS_BYTES = 2 * GB  # what a search holds beside the embeddings: blocks of products


@dataclass(frozen=True)
class Device:
    """Where encoders run. ``name`` is what torch calls it."""

    name: str  # "cpu", "cuda:0", "mps"
    title: str  # "NVIDIA H200, 140 GB", "CPU, 8 cores"
    reason: str = ""  # why it is not a GPU; "" on a GPU
    memory_bytes: int = 0  # of the GPU; 0: unknown, or the memory of the machine

    @property
    def kind(self) -> str:
        """``cpu``, ``cuda`` or ``mps``."""
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class Hardware:
    """What was found on this machine: facts only, so that :func:`resolve_device` is pure."""

    cuda: tuple[tuple[str, int], ...]  # name and bytes of memory of each usable GPU
    cuda_problem: str  # why there is none, in plain words; "" if there is one
    mps: bool
    mps_problem: str
    cpu: str  # "AMD EPYC 9454, 8 cores"


def resolve_device(wanted: str = "auto", hardware: Hardware | None = None) -> Device:
    """The device called ``wanted``: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    ``auto`` takes the first GPU that works, else the CPU, and says why in ``reason``.
    ``hardware`` is found by :func:`find_hardware` unless it is given.

    Raises
    ------
    DeviceError
        If a GPU was asked for by name and is not there, or no such device exists.

    Examples
    --------
    >>> machine = Hardware((("NVIDIA H200", 140 * 10**9),), "", False, "", "CPU, 8 cores")
    >>> resolve_device("auto", machine).title
    'NVIDIA H200, 140 GB'
    """
    kind, _, number = wanted.partition(":")
    if kind not in ("auto", "cpu", "cuda", "mps") or (number and kind != "cuda"):
        raise DeviceError(
            say(
                "There is no device {wanted!r}. Choose auto, cpu, cuda, cuda:1 or mps.",
                wanted=wanted,
            )
        )
    if kind == "cpu" and hardware is None:
        return Device("cpu", _cpu_title(), say("the CPU was asked for"))
    found = find_hardware() if hardware is None else hardware
    if kind == "cpu":
        return Device("cpu", found.cpu, say("the CPU was asked for"))
    if kind in ("auto", "cuda") and found.cuda:
        if number and not number.isdigit():
            raise DeviceError(
                say("There is no device {wanted!r}. Write cuda:0 for the first GPU.", wanted=wanted)
            )
        index = int(number or 0)
        if index >= len(found.cuda):
            raise DeviceError(
                say(
                    "There is no GPU number {index}: this machine has {n_cuda}, "
                    "counted from 0. Choose cuda:0 or auto.",
                    index=index,
                    n_cuda=len(found.cuda),
                )
            )
        title, memory = found.cuda[index]
        return Device(f"cuda:{index}", f"{title}, {round(memory / GB)} GB", "", memory)
    if kind in ("auto", "mps") and found.mps:
        return Device("mps", say("Apple GPU"), "")
    if kind == "cuda":
        raise DeviceError(
            say(
                "No NVIDIA GPU can be used: {cuda_problem}. Choose auto or cpu to go on.",
                cuda_problem=found.cuda_problem,
            )
        )
    if kind == "mps":
        raise DeviceError(
            say(
                "The Apple GPU cannot be used: {mps_problem}. Choose auto or cpu to go on.",
                mps_problem=found.mps_problem,
            )
        )
    on_a_mac = sys.platform == "darwin" and found.mps_problem
    return Device("cpu", found.cpu, found.mps_problem if on_a_mac else found.cuda_problem)


def all_gpus(hardware: Hardware | None = None) -> tuple[Device, ...]:
    """Every usable NVIDIA GPU; they can share the tiles of one slide."""
    found = find_hardware() if hardware is None else hardware
    return tuple(resolve_device(f"cuda:{index}", found) for index in range(len(found.cuda)))


def resolve_devices(wanted: str = "auto", hardware: Hardware | None = None) -> tuple[Device, ...]:
    """The devices that share the work: with ``auto`` and ``cuda`` every GPU of the first's kind.

    GPUs of another model would be slower or of another precision; they are left alone. Raises
    as :func:`resolve_device`.
    """
    first = resolve_device(wanted, hardware)
    if first.kind != "cuda" or wanted not in ("auto", "cuda"):
        return (first,)
    return tuple(gpu for gpu in all_gpus(hardware) if gpu.title == first.title)


def title_of(devices: Sequence[Device]) -> str:
    """What shares the work, in words: "2 × NVIDIA H200, 140 GB"."""
    return devices[0].title if len(devices) == 1 else f"{len(devices)} × {devices[0].title}"


def find_hardware() -> Hardware:
    """Look at this machine. Imports torch, which takes seconds the first time."""
    import torch

    cuda, cuda_problem = _find_cuda()
    if not torch.backends.mps.is_built():
        mps_problem = say("only torch on an Apple Silicon Mac has support for it")
    elif not torch.backends.mps.is_available():
        mps_problem = say("it needs an Apple Silicon Mac with macOS 12.3 or newer")
    else:
        mps_problem = ""
    return Hardware(cuda, cuda_problem, not mps_problem, mps_problem, _cpu_title())


def _find_cuda() -> tuple[tuple[tuple[str, int], ...], str]:
    import torch

    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return (), (
            say(
                "the installed torch is built without CUDA; on a machine with an "
                "NVIDIA GPU, install the CUDA build of torch"
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of an old driver; it is told below
        try:
            torch.cuda.init()  # type: ignore[no-untyped-call]
            names = tuple(
                (torch.cuda.get_device_name(i), torch.cuda.get_device_properties(i).total_memory)
                for i in range(torch.cuda.device_count())
            )
            if names:
                # A GPU can be listed and yet be too old for this torch: only a sum tells.
                torch.ones(1, device="cuda").add_(1).item()
        except (RuntimeError, AssertionError) as error:
            return (), cuda_problem(str(error))
    return names, "" if names else cuda_problem(say("No CUDA GPUs are available"))


def cuda_problem(message: str) -> str:
    """What torch's message on a GPU that cannot be used means, in plain words."""
    text = message.lower()
    if "no nvidia driver" in text:
        return say(
            "no NVIDIA driver was found; on a machine with an NVIDIA GPU, install its driver"
        )
    if "driver on your system is too old" in text or "driver version is insufficient" in text:
        return say("the NVIDIA driver is too old for this torch; update the driver")
    if "no cuda gpus" in text or "no cuda-capable device" in text:
        hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
        if hidden is not None:
            return say(
                "CUDA_VISIBLE_DEVICES={hidden!r} hides the GPUs of this machine, if any",
                hidden=hidden,
            )
        return say("there is a driver, but no NVIDIA GPU")
    if "no kernel image" in text:
        return say("the NVIDIA GPU is too old for the installed torch")
    if "out of memory" in text:
        return say("the memory of the NVIDIA GPU is taken by other programs; close them")
    first_line = message.strip().splitlines()[0] if message.strip() else say("unknown cause")
    return say("the NVIDIA GPU did not start ({first_line})", first_line=first_line)


def product_device(names: Sequence[str], embeddings_bytes: int) -> str:
    """Where neighbors among so many bytes of embeddings are sought.

    The first of the devices if it is an NVIDIA GPU with room for them; else the CPU.
    """
    first = names[0]
    if not first.startswith("cuda"):
        return "cpu"
    import torch

    free = torch.cuda.mem_get_info(first)[0]
    return first if free > 2 * embeddings_bytes + BLOCKS_BYTES else "cpu"


def free_device_memory() -> None:
    """Give memory that nothing uses any more back to the GPU. Drop the encoder first."""
    collect_garbage()
    torch = sys.modules.get("torch")  # not imported: there is nothing to free
    if torch is None:
        return
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        # What matrix products keep for each thread and stream: 33 MB each on large GPUs.
        torch._C._cuda_clearCublasWorkspaces()
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def usable_cores() -> int:
    """Cores this process may use: a container or a scheduler may grant fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def _cpu_title() -> str:
    cores = usable_cores()
    return f"{processor_name() or 'CPU'}, {plural(cores, 'core')}"
