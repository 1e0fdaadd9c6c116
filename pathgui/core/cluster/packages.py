"""Packages that only those install who work on a cluster, and how that is done here."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata

from pathgui.core.language.texts import say
from pathgui.core.system.program import is_program


def how_to_install(package: str) -> str:
    """A sentence that says how to install a package into the Python that runs pathgui.

    It names the package and not an extra of pathgui, for that works from a checkout and from a
    bundle alike.
    """
    if is_program():
        return say(
            "This installed program cannot take more packages: install pathgui from its folder of "
            "sources on all machines, with {package}.",
            package=package,
        )
    command = shlex.join([sys.executable, "-m", "pip", "install", wanted(package)])
    return say("On all machines: {command}", command=command)


def wanted(package: str) -> str:
    """The package with the versions that pathgui takes, as pip writes it.

    >>> wanted("no-such-package")
    'no-such-package'
    """
    try:
        all_ = metadata.requires("pathgui") or []
    except metadata.PackageNotFoundError:  # not installed: run from its folder
        all_ = []
    for each in all_:
        requirement = each.partition(";")[0].strip()
        if re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() == package:
            return requirement
    return package
