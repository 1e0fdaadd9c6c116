"""Options as Python takes them, held against their descriptions before any work is done."""

from __future__ import annotations

import operator
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.runs.options import OPTIONS, Option, RunSettings, new_settings
from pathgui.core.slides.region_choice import ClassChoice

_BY_ARGUMENT = {option.argument: option for option in OPTIONS}


def settings_of(**chosen: Any) -> RunSettings:
    """The settings of a new evaluation, but for what is chosen.

    >>> settings_of(keep_single=True, sweep="none").single_cells
    'keep'

    Raises
    ------
    PathguiError
        If an option cannot be that.
    """
    values = {}
    for argument, given in chosen.items():
        option = _BY_ARGUMENT[argument]
        values[option.name] = _value(replace(option, name=argument), given)
    return new_settings(**values)


def choice_of(
    region_class: str | Sequence[str], leave_out: str | Sequence[str], areas: object
) -> ClassChoice:
    """The classes that areas are chosen by; ``areas``: where these come from, None from nowhere.

    Raises
    ------
    PathguiError
        If there are some, and no areas, or one is both chosen and left out.
    """
    named = {"region_class": region_class, "leave_out": leave_out}
    wanted, out = (
        (each,) if isinstance(each, str) and each else tuple(each) for each in named.values()
    )
    if areas is None and (wanted or out):
        name = "region_class" if wanted else "leave_out"
        raise PathguiError(say("{name} chooses areas of region, and none is given.", name=name))
    choice = ClassChoice(wanted, out)
    choice.check_itself()
    return choice


def _value(option: Option, given: Any) -> Any:
    if option.repeats:
        values = (given,) if isinstance(given, str) else tuple(given)
        if not all(isinstance(each, str) for each in values):
            raise PathguiError(
                say(
                    "{option_name} must be a name or names, not {given!r}.",
                    option_name=option.name,
                    given=given,
                )
            )
        return values
    if (option.kind is bool or option.switch is not None) and isinstance(given, str):
        raise PathguiError(
            say(
                "{option_name} must be True or False, not {given!r}.",
                option_name=option.name,
                given=given,
            )
        )  # "no" is true
    if option.kind is bool:
        return bool(given)
    if option.switch is not None:
        return option.switch if given else option.default
    by_name = isinstance(given, str) and bool(option.choices)
    unset = given is None and option.default is None
    if option.least is not None and not (by_name or unset):
        whole = isinstance(option.step, int)
        try:  # operator.index: a whole number of any library's
            given = operator.index(given) if whole else float(operator.pos(given))
        except TypeError:
            kind = say("a whole number") if whole else say("a number")
            raise PathguiError(
                say(
                    "{option_name} must be {kind}, not {given!r}.",
                    option_name=option.name,
                    kind=kind,
                    given=given,
                )
            ) from None
    if problem := option.problem(given, sys.maxsize):
        raise PathguiError(problem)
    return given
