"""``pathgui doctor``: what works here, what does not, and the fix; of a cohort in the same form."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from pathgui.assets import asset_path
from pathgui.cli.arguments import GivenWeights, LeftOutClasses, RegionClasses
from pathgui.cli.doctor_cohort import look_at_cohort
from pathgui.cli.findings import print_findings
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.terminal import print_json
from pathgui.cli.window import has_display
from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.errors import PathguiError
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.system.environment import environment, package_version
from pathgui.core.system.finding import Finding, any_bad
from pathgui.folders import cache_dir, config_dir, log_dir

NEEDED_FREE_GB = 2.0


@takes_settings(hidden=True)
def doctor(
    context: typer.Context,
    *,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
    self_test: Annotated[
        bool,
        typer.Option("--self-test", help=say("Also open a slide, run an encoder, write a PDF.")),
    ] = False,
    cohort: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Check a cohort (NAME.pgcohort) before a long run: its slides, and all that "
                "evaluating them needs. Give the words of pathgui evaluate: its further options "
                "are taken, too."
            )
        ),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help=say("The reference set (NAME.pgref) of that run."))
    ] = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(help=say("An encoder of that run. Repeat it for several.")),
    ] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=say("Where that run is to go (NAME.pgrun)."))
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help=say("Open the slides of this shard only, on the machine it is for.")
        ),
    ] = None,
    weights: GivenWeights = None,
    region_class: RegionClasses = None,
    leave_out: LeftOutClasses = None,
    chosen: Chosen,
) -> None:
    """Check the installation, or a cohort; each finding comes with a fix.

    Exit code 2 if something is bad.
    """
    if cohort is not None:
        found = look_at_cohort(
            context,
            cohort,
            reference=reference,
            encoders=encoder or (),
            out_folder=out_folder,
            shard=shard,
            weights=weights or (),
            chosen=chosen,
            choice=ClassChoice(tuple(region_class or ()), tuple(leave_out or ())),
            json=json,
        )
        if not found.good:
            raise typer.Exit(2)
        return
    given = {"--reference": reference, "--encoder": encoder, "--out": out_folder, "--shard": shard}
    for flag, value in given.items():
        if value:
            raise PathguiError(say("{flag} needs --cohort.", flag=flag))
    findings = [*examine(), *(_self_test() if self_test else ())]
    if json:
        print_json({"environment": environment(), "findings": findings})
    else:
        print_findings(findings)
    if any_bad(findings):
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
