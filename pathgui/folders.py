"""Where pathgui keeps things on this computer: cache, settings, logs, finished runs.

``PATHGUI_HOME``, if set, is the one folder that holds all of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """What can be made again: embeddings, the demo material."""
    return _home("cache") or platformdirs.user_cache_path("pathgui", appauthor=False)


def config_dir() -> Path:
    """Settings and the window's geometry."""
    return _home("config") or platformdirs.user_config_path("pathgui", appauthor=False)


def log_dir() -> Path:
    """Log files."""
    return _home("log") or platformdirs.user_log_path("pathgui", appauthor=False)


def runs_dir() -> Path:
    """Finished runs made in the window, where their owner finds them without pathgui."""
    return _home("runs") or platformdirs.user_documents_path() / "pathgui" / "runs"


def _home(kind: str) -> Path | None:
    home = os.environ.get("PATHGUI_HOME")
    return Path(home) / kind if home else None
