"""Requests in one line: options of an evaluation beside what else is asked."""

from __future__ import annotations

from typing import Any

from pathgui.core.runs.options import OPTIONS, Option, new_settings
from pathgui.core.runs.request import EvaluationRequest

NAMES = frozenset(option.name for option in OPTIONS)


def ask(*what: Any, **chosen: Any) -> EvaluationRequest:
    """A request; of ``chosen``, the options of an evaluation become its settings."""
    of_run = {name: value for name, value in chosen.items() if name in NAMES}
    others = {name: value for name, value in chosen.items() if name not in NAMES}
    return EvaluationRequest(*what, settings=new_settings(**of_run), **others)


AREA = (((0.0, 0.0), (700.0, 0.0), (700.0, 1024.0), (0.0, 1024.0)),)


def another(option: Option) -> Any:
    """A value that is not the option's default."""
    if option.from_file:
        return AREA
    if option.least is not None:
        return min(option.least + 6, option.most or 6 + option.least)
    return next(value for value, _ in option.choices if value != option.default)
