"""How fast encoders were on this computer, kept between runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from pathgui.core.cost.step_cost import Step
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision
from pathgui.core.language.texts import say
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json

RATES_FILE = "rates.json"
KEPT_WEIGHT = 0.5  # of the earlier rate when a new one is recorded: machines change
MOST_STEPS = 50  # times of a step that are remembered
SAME_WORK = 0.01  # times of work that differs by less become one


@dataclass(frozen=True)
class _StepTime:
    rule: float  # seconds that the rule says
    seconds: float  # that it took

    @property
    def usable(self) -> bool:
        return all(math.isfinite(each) and each > 0 for each in (self.rule, self.seconds))


@dataclass(frozen=True)
class _KnownRates:
    format: int = 1
    tiles_per_second: dict[str, float] = field(default_factory=dict)
    steps: dict[str, list[_StepTime]] = field(default_factory=dict)


class Rates:
    """How fast earlier runs on this machine were, in a small file beside the embedding store.

    A file that is missing or cannot be read is no rates, not an error: an estimate is no reason
    to stop.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, float] = {}
        self._steps: dict[str, list[_StepTime]] = {}
        try:
            found = from_json(_KnownRates, path.read_bytes())
        except (OSError, InvalidRecord):
            return
        self._known = dict(found.tiles_per_second)
        self._steps = {
            key: [time for time in times if time.usable] for key, times in found.steps.items()
        }

    @classmethod
    def beside(cls, store: EmbeddingStore) -> Rates:
        """Those of the machine that ``store`` is on."""
        return cls(store.folder.parent / RATES_FILE)

    def rate(self, spec: EncoderSpec, px: int, device: str, precision: Precision) -> float | None:
        """Tiles per second of an earlier run, or None."""
        rate = self._known.get(_rate_key(spec, px, device, precision))
        return rate if rate is not None and math.isfinite(rate) and rate > 0 else None

    def record(
        self, spec: EncoderSpec, px: int, device: str, precision: Precision, rate: float
    ) -> None:
        """Remember the rate of a run; ``device`` by its title, "NVIDIA H200, 140 GB"."""
        if not (math.isfinite(rate) and rate > 0):
            return
        key = _rate_key(spec, px, device, precision)
        before = self._known.get(key, rate)
        self._known[key] = KEPT_WEIGHT * before + (1 - KEPT_WEIGHT) * rate
        self._write()

    def seconds_of(self, step: Step, device: str, rule: float) -> float | None:
        """Seconds that ``step`` will take, if its rule says ``rule``; None if never taken here.

        The earlier run whose work was most alike decides: twice the work, twice its time.
        """
        known = self._steps.get(_step_key(step, device))
        if not known or rule <= 0:
            return None
        alike = min(reversed(known), key=lambda each: abs(math.log(each.rule / rule)))
        return alike.seconds * rule / alike.rule

    def record_step(self, step: Step, device: str, rule: float, seconds: float) -> None:
        """Remember the seconds that ``step`` took for work of which its rule says ``rule``."""
        new = _StepTime(rule, seconds)
        if not new.usable:
            return
        known = self._steps.setdefault(_step_key(step, device), [])
        for number, each in enumerate(known):
            if abs(each.rule / rule - 1) < SAME_WORK:
                seconds = KEPT_WEIGHT * each.seconds + (1 - KEPT_WEIGHT) * seconds
                del known[number]
                break
        known.append(_StepTime(rule, seconds))
        del known[:-MOST_STEPS]
        self._write()

    def _write(self) -> None:
        try:
            write_file(
                self.path, to_json(_KnownRates(tiles_per_second=self._known, steps=self._steps))
            )
        except OSError:
            return  # known until the program ends


def _step_key(step: Step, device: str) -> str:
    return say("{step} on {device}", step=step, device=device)


def _rate_key(spec: EncoderSpec, px: int, device: str, precision: Precision) -> str:
    return say(
        "{spec_name} at {px} px in {precision} on {device}",
        spec_name=spec.name,
        px=px,
        precision=precision,
        device=device,
    )
