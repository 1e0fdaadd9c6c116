"""What others have published on the robustness of an encoder, from ``resources/published.toml``.

Facts with their source, to be read beside what a run measures: tiles, k and slides differ.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from pathgui.assets import asset_path
from pathgui.core.language.texts import filled, say

VALUE_TITLES = {
    "ri": say("robustness index"),
    "support": say("support"),
    "croma": say("CRoMa margin, median"),
    "croma_tail": say("worst tenth of the margin"),
    "apd_in": say("APD, same centers"),
    "apd_out": say("APD, other centers"),
    "tissue_accuracy": say("tissue accuracy"),
    "center_accuracy": say("center accuracy"),
}


@dataclass(frozen=True)
class Source:
    """Where published values are from."""

    title: str
    where: str
    citation: str


@dataclass(frozen=True)
class Published:
    """What one source says of one encoder on one set of tiles; ``values`` by VALUE_TITLES."""

    source: Source
    data: str
    values: dict[str, float]

    @property
    def text(self) -> str:
        """In words, with the source.

        >>> Published(Source("croma", "", ""), "Camelyon", {"ri": 0.806, "support": 0.314}).text
        'Camelyon: robustness index 0.806, support 0.314 (croma)'
        """
        numbers = ", ".join(
            filled(
                "{VALUE_TITLES} {value:.3f}", VALUE_TITLES=VALUE_TITLES[name], value=value
            ).replace("-", "−")
            for name, value in self.values.items()
        )
        return f"{self.data}: {numbers} ({self.source.title})"


def published(encoder: str) -> tuple[Published, ...]:
    """All that is known of an encoder, by its name; empty where nothing is."""
    return _table().get(encoder, ())


def headline(encoder: str) -> Published | None:
    """The published robustness index to print first: the mean over sets, if there is one."""
    having = [each for each in published(encoder) if "ri" in each.values]
    means = [each for each in having if each.data.startswith("mean")]
    return next(iter(means or having), None)


@cache
def _table() -> dict[str, tuple[Published, ...]]:
    stored = tomllib.loads(asset_path("published.toml").read_text(encoding="utf-8"))
    sources = {key: Source(**facts) for key, facts in stored["source"].items()}
    return {
        encoder: tuple(
            Published(
                sources[each["source"]],
                each["data"],
                {name: float(each[name]) for name in VALUE_TITLES if name in each},
            )
            for each in entries
        )
        for encoder, entries in stored["encoder"].items()
    }
