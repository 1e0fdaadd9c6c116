"""``pathgui doctor``: what works here, what does not, and the fix."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import typer
from rich.table import Table

from pathgui.assets import asset_path
from pathgui.cli.terminal import out, print_json
from pathgui.cli.window import has_display
from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.system.environment import environment, package_version
from pathgui.folders import cache_dir, config_dir, log_dir

NEEDED_FREE_GB = 2.0
_SIGN = {"good": "ok", "note": "note", "bad": "BAD"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: Literal["good", "note", "bad"]
    detail: str
    fix: str = ""


def doctor(
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
    self_test: Annotated[
        bool,
        typer.Option("--self-test", help=say("Also open a slide, run an encoder, write a PDF.")),
    ] = False,
) -> None:
    """Check the installation; each finding comes with a fix. Exit code 2 if something is bad."""
    findings = [*examine(), *(_self_test() if self_test else ())]
    if json:
        print_json({"environment": environment(), "findings": findings})
    else:
        table = Table(show_lines=False)
        for title in ("", say("What"), say("Finding")):
            table.add_column(title)
        for finding in findings:
            fix = say("\nFix: {fix}", fix=finding.fix) if finding.fix else ""
            table.add_row(_SIGN[finding.state], finding.what, finding.detail + fix)
        out.print(table)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(2)


def examine() -> Iterator[Finding]:
    """All findings of a quick look."""
    for what, version in environment().items():
        bad = version == "not installed"
        fix = say("python3 installer/bootstrap.py install") if bad else ""
        yield Finding(what, "bad" if bad else "good", version, fix)
    yield from _device()
    yield from _window()
    yield from _bundled_encoders()
    yield from _folders()
    yield from _fonts()
    yield from _files()


def _device() -> Iterator[Finding]:
    from pathgui.core.system.devices import resolve_device

    device = resolve_device("auto")
    if device.name == "cpu":
        yield Finding(
            "device",
            "note",
            say("{device_title}; no GPU is used", device_title=device.title),
            retold(device.reason),
        )
    else:
        yield Finding("device", "good", device.title)


def _window() -> Iterator[Finding]:
    if package_version("PySide6-Essentials") == "6.12.0" and sys.version_info < (3, 12):
        yield Finding(
            "window",
            "bad",
            say("PySide6 6.12.0 aborts on this Python"),
            "pip install 'PySide6-Essentials<6.12'",
        )
    elif not has_display():
        yield Finding("window", "note", say("no display here; the terminal commands work"))
    else:
        yield Finding("window", "good", say("there is a display"))


def _bundled_encoders() -> Iterator[Finding]:
    for spec in BUNDLED:
        state = spec.readiness()
        if state.ready:
            yield Finding(spec.title, "good", say("ready: {detail}", detail=state.detail))
        else:
            yield Finding(spec.title, "bad", "missing", state.detail)


def _folders() -> Iterator[Finding]:
    for what, folder in (("cache", cache_dir()), ("settings", config_dir()), ("log", log_dir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            yield Finding(
                say("{what} folder", what=what),
                "bad",
                f"{folder}: {error.strerror}",
                say("Make it writable, or set PATHGUI_HOME to a folder that is."),
            )
            continue
        free = shutil.disk_usage(folder).free / 1e9
        short = what == "cache" and free < NEEDED_FREE_GB
        fix = say("Make room: embeddings are kept there (pathgui cache show).") if short else ""
        yield Finding(
            say("{what} folder", what=what),
            "bad" if short else "good",
            say("{folder}, {free:.0f} GB free", folder=folder, free=free),
            fix,
        )


def _files() -> Iterator[Finding]:
    try:
        asset_path("report.typ")
    except FileNotFoundError as error:
        yield Finding(say("program files"), "bad", str(error), say("Install pathgui again."))
    else:
        yield Finding(say("program files"), "good", "complete")


def _fonts() -> Iterator[Finding]:
    from pathgui.core.report.render.fonts import choose

    missing = choose(["国立病院 서울"]).missing
    if missing:
        yield Finding(
            "fonts",
            "note",
            say(
                "reports are set in fonts that come with pathgui; they have no "
                "Chinese, Japanese or Korean, and neither has this machine"
            ),
            say("For such names in reports: sudo apt install fonts-noto-cjk"),
        )
    else:
        yield Finding("fonts", "good", say("all scripts can be printed in reports"))


def _self_test() -> Iterator[Finding]:
    from pathgui.core.phantom.self_test import self_test

    for what, detail, error in self_test():
        if error is None:
            yield Finding(say("self-test: {what}", what=what), "good", detail)
        else:
            text = f"{type(error).__name__}: {error}"
            yield Finding(
                say("self-test: {what}", what=what), "bad", text, say("Install pathgui again.")
            )
