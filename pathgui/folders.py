"""Where pathgui keeps things on this computer: cache, settings, logs, finished runs.

``PATHGUI_HOME``, if set, is the one folder that holds all of them. The window, the command line
and ``import pathgui`` find here what their user keeps, so that what one adds the others know.

Importing this module loads nothing that has texts: the settings are found, and with them the
language, before the first text is read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from pathgui.core.encoders.facts.registry import Registry
    from pathgui.core.runs.name_book import NameBook


def cache_dir() -> Path:
    """What can be made again: embeddings, the demo material."""
    return _home("cache") or platformdirs.user_cache_path("pathgui", appauthor=False)


def config_dir() -> Path:
    """Settings and the window's geometry."""
    return _home("config") or platformdirs.user_config_path("pathgui", appauthor=False)


def log_dir() -> Path:
    """Log files."""
    return _home("log") or platformdirs.user_log_path("pathgui", appauthor=False)


def settings_file() -> Path:
    """Where the window keeps its settings."""
    return config_dir() / "settings.json"


def runs_dir() -> Path:
    """Finished runs made in the window, where their owner finds them without pathgui."""
    return _home("runs") or platformdirs.user_documents_path() / "pathgui" / "runs"


def embeddings_dir(cache: Path | None = None) -> Path:
    """Where embeddings are kept between runs."""
    return (cache or cache_dir()) / "embeddings"


def encoders_dir() -> Path:
    """Where the user describes encoders of their own."""
    return config_dir() / "encoders"


def corrected_dir() -> Path:
    """Where corrections lie that stand as encoders of their own."""
    return encoders_dir() / "corrected"


def imports_dir() -> Path:
    """Where imports of embeddings are written down."""
    return encoders_dir() / "imported"


def places_dir() -> Path:
    """What this computer knows of where the slides of cohorts lie."""
    return config_dir() / "cohorts"


def drafts_dir() -> Path:
    """Tables of slides that were not saved as cohorts."""
    return config_dir() / "tables"


def edits_dir() -> Path:
    """What was changed of reference sets and not saved as a new version."""
    return config_dir() / "edits"


def links_dir() -> Path:
    """Where links lie to slides that were named by their addresses."""
    return config_dir() / "links"


def named_slide(given: str | os.PathLike[str]) -> Path:
    """The path of a slide that was named by its path or by its address.

    Raises ArchiveError if it is an address, but not of a slide.
    """
    from pathgui.core.archives.links import slide_path

    return slide_path(os.fspath(given), links_dir())


def add_users_encoders(known: Registry) -> tuple[str, ...]:
    """Add the encoders that the user described or imported; what is wrong with others."""
    from pathgui.core.encoders.standard import add_own_encoders

    faults = add_own_encoders(known, encoders_dir())
    if imports_dir().is_dir():
        # Reads tables: only where there is something.
        from pathgui.core.imported.as_encoders import add_imports

        faults += add_imports(known, imports_dir())
    if corrected_dir().is_dir():
        from pathgui.core.encoders.corrected import add_corrected

        faults += add_corrected(known, corrected_dir())
    return faults


def pseudonym_key() -> bytes:
    """The user's key for pseudonyms in runs."""
    from pathgui.core.reference.pseudonyms import KEY_FILE, load_key

    return load_key(config_dir() / KEY_FILE)


def name_book() -> NameBook:
    """What only the user knows of slides that runs hold pseudonyms of."""
    from pathgui.core.runs.name_book import BOOK_FILE, NameBook

    return NameBook(config_dir() / BOOK_FILE)


def _home(kind: str) -> Path | None:
    home = os.environ.get("PATHGUI_HOME")
    return Path(home) / kind if home else None
