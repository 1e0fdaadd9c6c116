"""What the user may change. Read by the window and the command line, never by core."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

import msgspec

from pathgui.core.errors import SettingsError
from pathgui.core.metrics.neighbors.k_rule import KRule, is_k_rule, k_choices
from pathgui.core.system.files import write_file
from pathgui.core.system.json_files import read_json

log = logging.getLogger(__name__)

LARGEST = 2**31 - 1  # that a field of the window can hold

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]
PrecisionChoice = Literal["auto", "fp32", "bf16", "fp16"]


@dataclass(frozen=True)
class Settings:
    """Every setting with its default. To change one: ``dataclasses.replace``."""

    encoders: tuple[str, ...] = ("color-statistics", "efficientnet-lite0", "shell")  # ticked
    device: DeviceChoice = "auto"
    precision: PrecisionChoice = "fp32"
    k: KRule = "auto"  # neighbors that count: core/metrics/neighbors/k_rule.py
    max_tiles: int | None = None  # of a slide; None: all
    seed: int = 0
    maps: bool = True  # lay the tiles out in two dimensions
    offline: bool = False  # forbid network use, weights included
    keep_names: bool = False  # of slides and tiles in runs; False: pseudonyms
    direct_reader: bool = True  # decode tiles here where their pixels equal OpenSlide's
    store_limit_gb: float = 20.0  # embeddings kept in the cache
    overlay_opacity: float = 0.45
    weights: dict[str, str] = field(default_factory=dict)  # files chosen for encoders, by name

    def __post_init__(self) -> None:
        if not is_k_rule(self.k):
            raise SettingsError(f"k must be {k_choices()}; it is {self.k!r}.")
        if self.max_tiles is not None and self.max_tiles < 1:
            raise SettingsError(f"max_tiles must be at least 1, not {self.max_tiles}.")
        if self.seed < 0:
            raise SettingsError(f"seed must be 0 or more, not {self.seed}.")
        for name, value in (("k", self.k), ("max_tiles", self.max_tiles), ("seed", self.seed)):
            if isinstance(value, int) and value > LARGEST:
                raise SettingsError(f"{name} must be at most {LARGEST}, not {value}.")
        if not self.store_limit_gb > 0:
            raise SettingsError(f"store_limit_gb must be above 0, not {self.store_limit_gb}.")
        if not 0 <= self.overlay_opacity <= 1:
            raise SettingsError(f"overlay_opacity must be 0 to 1, not {self.overlay_opacity}.")


def load_settings(path: Path) -> Settings:
    """Read settings; defaults where the file, or a key in it, is missing.

    A key that is not known is left out with a warning in the log. Raises SettingsError, naming
    the file, if it cannot be read or a value makes no sense.
    """
    advice = "Correct the file, or delete it to get the defaults."
    if not path.exists():
        return Settings()
    try:
        stored = read_json(path, SettingsError)
    except SettingsError as error:
        raise SettingsError(f"{error} {advice}") from error
    if not isinstance(stored, dict):
        raise SettingsError(f"{path} does not hold settings. {advice}")
    types = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for key, value in stored.items():
        if key not in types:
            log.warning("%s: setting %r is not known and was ignored", path, key)
            continue
        try:
            values[key] = msgspec.convert(value, types[key])
        except msgspec.ValidationError as error:
            raise SettingsError(f"{path}: {key} makes no sense: {error}. {advice}") from error
    try:
        return Settings(**values)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error} {advice}") from error


def save_settings(settings: Settings, path: Path) -> None:
    """Write settings; a crash leaves either the old file or the new one."""
    stored = {each.name: asdict(settings)[each.name] for each in fields(Settings)}
    try:
        write_file(path, (json.dumps(stored, indent=2) + "\n").encode())
    except OSError as error:
        raise SettingsError(f"The settings cannot be written to {path}: {error}.") from error
