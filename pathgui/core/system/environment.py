"""What the program runs on, for the record and for ``pathgui doctor``."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from pathgui.core.language.texts import say
from pathgui.version import __version__

_PACKAGES = (
    "torch", "torchvision", "timm", "numpy", "scikit-learn", "openslide-python", "openslide-bin",
    "zarr", "pyarrow", "typst", "PySide6-Essentials",
)  # fmt: skip


def environment() -> dict[str, str]:
    """Versions and machine, in the order a reader wants them. Imports nothing heavy."""
    facts = {
        "pathgui": __version__,
        "Python": platform.python_version(),
        "operating system": platform.platform(),
        "processor": processor_name() or platform.machine(),
        "cores": str(os.cpu_count() or 1),
    }
    for name in _PACKAGES:
        facts[name] = package_version(name) or say("not installed")
    return facts


def package_version(name: str) -> str | None:
    """Version of an installed distribution; None if it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def processor_name() -> str:
    """The processor's own name; "" where the system does not tell it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor()
