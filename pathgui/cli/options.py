"""The options of an evaluation as options of a command, made from their descriptions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.k_rule import KRule, is_k_rule, k_choices
from pathgui.core.runs.given_files import is_run, k_in
from pathgui.core.runs.options import OPTIONS, Option, RunSettings, new_settings

K_HELP = say(
    " Give {k_choices}; or an earlier run (NAME.pgrun), to take its k.", k_choices=k_choices()
)


@dataclass(frozen=True)
class Chosen:
    """What was chosen in the terminal."""

    settings: RunSettings
    k_origin: str  # where k is from, if from an earlier run
    files: Mapping[str, Path | None]  # by flag, of what is taken from one

    @property
    def of_slide(self) -> dict[str, object]:
        """What means something on a slide only, by flag; None where it was not chosen."""
        return {
            each.flag: each.words(getattr(self.settings, each.name)) or self.files.get(each.flag)
            for each in OPTIONS
            if each.of_slide
        }


def takes_settings(
    *names: str, hidden: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Offer options in the place of a command's parameter ``chosen``: these, or all there are.

    The command gets them as :class:`Chosen`; what it does not offer is at its default. ``hidden``:
    its help does not list them.
    """
    options = [option for option in OPTIONS if not names or option.name in names]

    def offering(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            values = {option.name: _value(option, given.pop(option.argument)) for option in options}
            files = {each.flag: values.pop(each.name) for each in options if each.from_file}
            values["k"], origin = parse_k(values.get("k", "auto"))
            command(chosen=Chosen(new_settings(**values), origin, files), **given)

        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for each in signature.parameters.values():
            if each.name != "chosen":
                parameters.append(each)
                continue
            parameters += [_parameter(option, hidden) for option in options]
        called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return offering


def _value(option: Option, given: Any) -> Any:
    """What the terminal gives, as the option takes it: a switch's flag stands for a value."""
    if option.repeats:
        return tuple(given or ())
    if option.switch is None or option.kind is bool:
        return given
    return option.switch if given else option.default


def _parameter(option: Option, hidden: bool) -> inspect.Parameter:
    """The parameter that typer makes an option of."""
    words, help_, default = [option.flag], option.help, option.default
    kind: Any = option.kind
    least = None if option.choices else option.least
    if option.from_file:
        kind, default = Path | None, None
    elif option.repeats:
        kind, default = list[str] | None, None
    elif option.switch is not None:
        kind, default = bool, default == option.switch
        if default:
            words = [f"{option.flag}/{option.no_flag}"]
    elif option.choices and option.least is not None:
        kind, help_ = str, help_ + K_HELP
    elif option.choices:
        kind = Literal[tuple(value for value, _ in option.choices)]
    told = typer.Option(*words, help=help_, min=least, max=option.most, hidden=hidden)
    return inspect.Parameter(
        option.argument,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, told],
    )


def parse_k(text: str) -> tuple[KRule, str]:
    """A number, ``auto`` or the name of a preset; and where it is from, if from an earlier run.

    Raises
    ------
    PathguiError
        If the run cannot be read, or its encoders share no k.

    >>> parse_k("auto"), parse_k("11"), parse_k("de-jong-2025")
    (('auto', ''), (11, ''), ('de-jong-2025', ''))
    """
    if is_run(text):
        return k_in(Path(text))
    rule: KRule = int(text) if text.isdecimal() else text
    if not is_k_rule(rule):
        raise typer.BadParameter(
            say(
                "k is {k_choices}, or an earlier run, not {text!r}",
                k_choices=k_choices(),
                text=text,
            ),
            param_hint="--k",
        )
    return rule, ""
