"""What the user may change. Read by the window and the command line, never by core."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from pathgui.core.errors import SettingsError
from pathgui.core.language.languages import ENGLISH, LANGUAGES
from pathgui.core.language.texts import say
from pathgui.core.runs.options import OPTIONS, RunSettings, new_settings
from pathgui.core.system.files import write_file
from pathgui.core.system.json_files import read_json
from pathgui.core.system.json_records import converted

log = logging.getLogger(__name__)

LARGEST = 2**31 - 1  # that a field of the window can hold

THEMES = ("system", "light", "dark")

KEPT = {option.name: option for option in OPTIONS if option.in_window}


@dataclass(frozen=True)
class Settings:
    """Every setting with its default. To change one: ``dataclasses.replace``.

    ``run`` holds the options of an evaluation; in the file those of the window stand beside the
    others, by their names.
    """

    run: RunSettings = field(default_factory=new_settings)
    encoders: tuple[str, ...] = ("color-statistics", "efficientnet-lite0", "shell")  # ticked
    store_limit_gb: float = 20.0  # embeddings kept in the cache
    overlay_opacity: float = 0.45
    weights: dict[str, str] = field(default_factory=dict)  # files chosen for encoders, by name
    theme: str = THEMES[0]  # one of THEMES: the colors of the window
    language: str = ENGLISH.code  # read by pathgui/start.py, before anything with texts is imported

    def __post_init__(self) -> None:
        for option in KEPT.values():
            if problem := option.problem(getattr(self.run, option.name), LARGEST):
                raise SettingsError(problem)
        if not self.store_limit_gb > 0:
            raise SettingsError(
                say(
                    "store_limit_gb must be above 0, not {store_limit_gb}.",
                    store_limit_gb=self.store_limit_gb,
                )
            )
        if self.language not in LANGUAGES:
            raise SettingsError(
                say(
                    "language must be one of {codes}, not {language}.",
                    codes=", ".join(LANGUAGES),
                    language=self.language,
                )
            )
        if self.theme not in THEMES:
            raise SettingsError(
                say(
                    "theme must be one of {themes}, not {theme}.",
                    themes=", ".join(THEMES),
                    theme=self.theme,
                )
            )
        if not 0 <= self.overlay_opacity <= 1:
            raise SettingsError(
                say(
                    "overlay_opacity must be 0 to 1, not {overlay_opacity}.",
                    overlay_opacity=self.overlay_opacity,
                )
            )


def load_settings(path: Path) -> Settings:
    """Read settings; defaults where the file, or a key in it, is missing.

    A key that is not known is left out with a warning in the log. Raises SettingsError, naming
    the file, if it cannot be read or a value makes no sense.
    """
    advice = say("Correct the file, or delete it to get the defaults.")
    if not path.exists():
        return Settings()
    try:
        stored = read_json(path, SettingsError)
    except SettingsError as error:
        raise SettingsError(f"{error} {advice}") from error
    if not isinstance(stored, dict):
        raise SettingsError(
            say("{path} does not hold settings. {advice}", path=path, advice=advice)
        )
    others = {name: kind for name, kind in get_type_hints(Settings).items() if name != "run"}
    kinds: dict[str, Any] = others | {name: option.kind for name, option in KEPT.items()}
    values: dict[str, Any] = {}
    if "direct_reader" in stored:  # as earlier files have it
        direct = stored.pop("direct_reader")
        if not isinstance(direct, bool):
            raise SettingsError(
                say(
                    "{path}: direct_reader makes no sense: {direct!r}. {advice}",
                    path=path,
                    direct=direct,
                    advice=advice,
                )
            )
        stored.setdefault("reader", "direct" if direct else "openslide")
    for key, value in stored.items():
        if key not in kinds:
            log.warning("%s: setting %r is not known and was ignored", path, key)
            continue
        try:
            values[key] = converted(value, kinds[key])
        except msgspec.ValidationError as error:
            raise SettingsError(
                say(
                    "{path}: {key} makes no sense: {error}. {advice}",
                    path=path,
                    key=key,
                    error=error,
                    advice=advice,
                )
            ) from error
    of_run = {key: values.pop(key) for key in KEPT if key in values}
    try:
        return Settings(run=new_settings(**of_run), **values)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error} {advice}") from error


def save_settings(settings: Settings, path: Path) -> None:
    """Write settings; a crash leaves either the old file or the new one."""
    stored = asdict(settings)
    of_run = stored.pop("run")
    stored |= {name: of_run[name] for name in KEPT}
    try:
        write_file(path, (json.dumps(stored, indent=2) + "\n").encode())
    except OSError as error:
        raise SettingsError(
            say(
                "The settings cannot be written to {path}: {strerror}.",
                path=path,
                strerror=error.strerror or error,
            )
        ) from error
