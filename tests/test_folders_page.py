"""Folders, settings and environment variables are on their page as the program has them."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path, PurePosixPath

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from pathgui import folders
from pathgui.core.language.languages import VARIABLE
from pathgui.settings import KEPT, Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("settings", "install")
}
KINDS = {"settings": folders.config_dir, "cache": folders.cache_dir, "log": folders.log_dir}
# What the system's libraries and pip read, and pathgui does not.
OF_OTHERS = {
    "HTTPS_PROXY", "PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "XDG_CONFIG_HOME",
    "SSL_CERT_FILE", "XDG_STATE_HOME",
}  # fmt: skip
OF_DESKTOPS = {"XDG_CURRENT_DESKTOP", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE"}


def cells(page: str, first: str) -> list[str]:
    """The cells of a row, found by how its first one begins."""
    (row,) = re.findall(rf"^\| {first}[^|]*\|(.*)\|$", PAGES[page], re.MULTILINE)
    return [each.strip().strip("`") for each in row.split("|")]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("column", "system"), [(0, Unix), (1, MacOS)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_folders_of_a_system_are_as_the_pages_say(monkeypatch, page, column, system, kind):
    monkeypatch.delenv("PATHGUI_HOME", raising=False)
    for name in ("CACHE", "CONFIG", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/a"))
    monkeypatch.setenv("HOME", "/home/a")
    found = PurePosixPath(KINDS[kind]()).relative_to("/home/a")
    assert cells(page, kind)[column] == f"~/{found}"


def test_the_page_has_every_key_of_the_settings():
    named = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGES["settings"].split("## Settings")[1],
                       re.MULTILINE)  # fmt: skip
    keys = {key for cell in named for key in re.findall(r"`([a-z_]+)`", cell)}
    own = {field.name for field in dataclasses.fields(Settings)} - {"run"}
    assert keys == own | set(KEPT)


def read_variables() -> set[str]:
    """Names of the environment variables that the program reads."""
    found = set()
    for path in (ROOT / "pathgui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "os.environ.get",
                "os.getenv",
            ):
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    found.add(str(name.value))
                elif isinstance(name, ast.Name) and name.id == "VARIABLE":
                    found.add(VARIABLE)
    return found


def test_the_page_has_every_environment_variable_that_is_read():
    rows = PAGES["settings"].split("## Environment variables")[1]
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", "\n".join(re.findall(r"^\| (.*?) \|", rows, re.M))))
    assert named - OF_OTHERS == read_variables() - OF_DESKTOPS
