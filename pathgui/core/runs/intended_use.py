"""What encoders are to be used for, written down before their results are seen.

A file of an intended use is TOML; everything in it may be left out, but not all of it::

    who = "A. Rossi"
    use = "pre-sorting of prostate biopsies, read by a pathologist afterward"
    tissue = "prostate, needle biopsy"
    stain = "H&E"
    scanner = "two models, 40x"
    question = "whether the tumor classifier may rest on this encoder"
    out_of_scope = ["frozen sections", "cytology"]      # or one text
    every_months = 6                                    # the plan: when to check again,
    triggers = ["a new scanner", "a new stain batch"]   # and which events ask for it before
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pathgui.core.errors import IntendedUseError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.runs.monitoring import MOST_MONTHS, MonitoringPlan
from pathgui.core.system.files import write_file
from pathgui.core.system.toml_files import quoted, read_toml, text_in

PARTS: tuple[tuple[str, str], ...] = (
    ("use", say("Intended use")),
    ("tissue", say("Tissue")),
    ("stain", say("Stain")),
    ("scanner", say("Scanner")),
    ("question", say("Question")),
    ("out_of_scope", say("Out of scope")),
)


@dataclass(frozen=True)
class IntendedUse:
    """What is written down, by whom and when. Each text may be empty."""

    use: str = ""  # what the encoders are meant for
    tissue: str = ""  # that they will see, and on what kind of sample
    stain: str = ""
    scanner: str = ""
    question: str = ""  # the decision that the report feeds
    out_of_scope: tuple[str, ...] = ()  # what they must not be used for
    who: str = ""
    set_at: str = ""  # ISO 8601 with zone
    frozen_at: str = ""  # from then on it could not be changed; empty: it still can
    # The plan of further checks; absent in a run of an earlier version, which had none.
    every_months: int | None = None
    triggers: tuple[str, ...] = ()  # events that ask for a check before that

    @property
    def stated(self) -> bool:
        """Whether anything is said; who and when alone say nothing.

        >>> IntendedUse(who="A. Rossi").stated, IntendedUse(stain="H&E").stated
        (False, True)
        """
        return self.plan.stated or any(text for _, text in self.said())

    @property
    def plan(self) -> MonitoringPlan:
        """When the encoders are to be checked again."""
        return MonitoringPlan(self.every_months, self.triggers)

    def said(self) -> list[tuple[str, str]]:
        """Each part with its title, in the order that they are printed in; "" where not said.

        >>> IntendedUse(stain="H&E", out_of_scope=("cytology", "frozen sections")).said()[-1]
        ('Out of scope', 'cytology; frozen sections')
        """
        found = []
        for name, title in PARTS:
            value = getattr(self, name)
            found.append((title, value if isinstance(value, str) else "; ".join(value)))
        return found


def load_intended_use(path: Path, *, set_at: str) -> IntendedUse:
    """Read a file of an intended use; every error names the file and what to do.

    Parameters
    ----------
    set_at
        Where the file does not say when it was set: the moment it is read.

    Raises
    ------
    IntendedUseError
        If the file cannot be read, says nothing, or holds what is not known.
    """
    stored = read_toml(path, IntendedUseError)
    names = [name for name, _ in PARTS] + ["who", "set_at"]
    known = [*names, "every_months", "triggers"]
    if unknown := sorted(set(stored) - set(known)):
        raise IntendedUseError(
            say(
                "{path}: {unknown} is not known. Known are: {known}.",
                path=path,
                unknown=", ".join(unknown),
                known=", ".join(known),
            )
        )
    for name in ("out_of_scope", "triggers"):
        listed = stored.get(name)
        if isinstance(listed, list):
            if not all(isinstance(item, str) for item in listed):
                raise IntendedUseError(
                    say("{path}: {name} must be a list of texts in quotes.", path=path, name=name)
                )
            stored[name] = "\n".join(listed)
    texts = {
        name: text_in(stored, name, str(path), IntendedUseError) for name in (*names, "triggers")
    }
    items, triggers = (lines_of(texts.pop(name)) for name in ("out_of_scope", "triggers"))
    texts["set_at"] = texts["set_at"] or set_at
    use = IntendedUse(
        **texts,
        out_of_scope=items,
        every_months=_months_in(stored, path),
        triggers=triggers,
    )
    if not use.stated:
        parts = ", ".join(name for name, _ in PARTS)
        raise IntendedUseError(
            say("{path} says nothing. Give at least one of {parts}.", path=path, parts=parts)
        )
    return use


def _months_in(stored: dict[str, Any], path: Path) -> int | None:
    value = stored.get("every_months")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_MONTHS:
        raise IntendedUseError(
            say(
                "{path}: every_months must be a whole number from 1 to "
                "{MOST_MONTHS}, not {value!r}.",
                path=path,
                MOST_MONTHS=MOST_MONTHS,
                value=value,
            )
        )
    return value


def save_intended_use(use: IntendedUse, path: Path, *, times: bool = False) -> None:
    """Write what :func:`load_intended_use` reads.

    Without ``times``, it is set anew when it is read.

    Raises
    ------
    IntendedUseError
        If the file cannot be written.
    """
    lines = []
    for field in fields(use):
        value = getattr(use, field.name)
        if not value or field.name == "frozen_at" or (field.name == "set_at" and not times):
            continue
        if isinstance(value, str):
            lines.append(f"{field.name} = {quoted(value)}")
        elif isinstance(value, int):
            lines.append(f"{field.name} = {value}")
        else:
            lines.append(f"{field.name} = [{', '.join(quoted(item) for item in value)}]")
    refused = say("The intended use could not be written to {path}", path=path)
    with os_errors_as(IntendedUseError, refused, advice=""):
        write_file(path, "".join(f"{each}\n" for each in lines).encode("utf-8"))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text that are not empty.

    >>> lines_of("frozen sections\\n\\n  cytology ")
    ('frozen sections', 'cytology')
    """
    return tuple(line for each in text.splitlines() if (line := each.strip()))
