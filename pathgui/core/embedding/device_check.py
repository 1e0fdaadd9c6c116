"""Whether a GPU gives the embeddings that the CPU gives, looked at once and then remembered.

Drivers, their libraries and chips differ in how they multiply, and some have been wrong. So the
first time an architecture runs on a device, a few tiles are embedded there and on the CPU, both in
fp32. What was found holds until the device, the operating system's build or torch changes.
"""

from __future__ import annotations

import logging
import platform
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.precision_check import compare
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.system.device_agreement import TOLERANCE, DeviceCheck
from pathgui.core.system.devices import Device
from pathgui.core.system.environment import package_version
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json

N_TILES = 4  # a CPU takes seconds for each, with the largest encoders
CHECKS_FILE = "devices.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Kept:
    format: int = 1
    checks: dict[str, DeviceCheck] = field(default_factory=dict)


class DeviceChecks:
    """What was found on this machine, in a small file beside the embedding store.

    Without a store it is remembered for as long as this object. A file that cannot be read or
    written is no error: devices are then looked at again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._known: dict[str, DeviceCheck] = {}
        if path is None:
            return
        try:
            self._known = dict(from_json(_Kept, path.read_bytes()).checks)
        except (OSError, InvalidRecord):
            return

    @classmethod
    def beside(cls, store: EmbeddingStore | None) -> DeviceChecks:
        """Those of the machine that ``store`` is on."""
        return cls(None if store is None else store.folder.parent / CHECKS_FILE)

    def look(
        self,
        source: TileSource,
        spec: EncoderSpec,
        device: Device,
        *,
        threads: int | None = None,
        report: ProgressFn = ignore_progress,
    ) -> DeviceCheck | None:
        """What ``device`` gives for the architecture of ``spec``, looked at now or before.

        None on a CPU, and for embeddings that another program made. Tiles are spread over
        ``source``. Raises what :func:`pathgui.core.embedding.embed.embed` raises.
        """
        if device.kind == "cpu" or spec.embeddings:
            return None
        system, torch = platform.platform(), package_version("torch") or ""
        architecture = f"{spec.recipe or spec.name} {spec.pooling}"
        key = " | ".join((device.name, device.title, system, torch, architecture))
        known = self._known.get(key)
        if known is not None and known.tolerance == TOLERANCE:
            return known
        rows = np.unique(np.linspace(0, len(source) - 1, min(N_TILES, len(source))).astype(np.intp))
        stage = say(
            "Comparing {title} with the CPU, {spec_title}",
            title=device.title,
            spec_title=spec.title,
        )
        here, there = (
            embed(source, spec, device=name, rows=rows, threads=threads, report=report, stage=stage)
            for name in (device.name, "cpu")
        )
        readable = here.readable & there.readable
        found = compare(here.values[readable], there.values[readable])
        check = DeviceCheck(
            device.name,
            device.title,
            system,
            torch,
            found.n_tiles,
            found.cosine_min,
            TOLERANCE,
        )
        self._known[key] = check
        self._write()
        return check

    def _write(self) -> None:
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_file(self.path, to_json(_Kept(checks=self._known)))
        except OSError as error:
            log.warning("what devices give could not be kept in %s: %s", self.path, error)
