"""What a measurement gives back: numbers as attributes, as a table, as a notebook shows them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

from pathgui.api.notebook import encoders_html, measurement_html
from pathgui.api.number import Number, numbers_of
from pathgui.core.errors import plural
from pathgui.core.language.retelling import retold_all
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.results import (
    INTERVALS,
    ConfounderMeasurement,
    ReferenceMeasurement,
)
from pathgui.core.results.earlier_runs import JUDGED_BY_THEM
from pathgui.core.results.formatting import percent
from pathgui.core.results.summary import sentence, warnings_of
from pathgui.core.runs.record import EncoderResult
from pathgui.core.system.json_records import to_json


class Measurement:
    """What embeddings of tiles with known tissue, center and slide are worth.

    Each number has its name as attribute and is a :class:`Number`: ``robustness_index``,
    ``support``, ``croma_median``, ``tissue_probe``, ...; ``numbers`` has them all. In a notebook
    the object shows as a table.
    """

    def __init__(self, result: EncoderResult) -> None:
        self._result = result

    @cached_property
    def numbers(self) -> Mapping[str, Number]:
        """All numbers by name."""
        return numbers_of(self._result)

    @property
    def robustness_index(self) -> Number:
        """Of the neighbors that share tissue or center, not both, the share of the same tissue."""
        return self.numbers["robustness_index"]

    @property
    def verdict(self) -> str:
        """What the index says, in a sentence that claims no more than its interval does."""
        return sentence(self._result)

    @property
    def k(self) -> int:
        """Nearest neighbors of each tile that count."""
        return self.record.k

    @property
    def k_rule(self) -> str:
        """How k was chosen, in words."""
        return self.record.k_rule

    @property
    def notices(self) -> tuple[str, ...]:
        """What has to be known to read the numbers: tiles left out, labels that look alike, ..."""
        earlier = (JUDGED_BY_THEM,) if self.record.intervals != INTERVALS else ()
        return (*earlier, *warnings_of(self._result))

    @property
    def record(self) -> ReferenceMeasurement:
        """Everything that was measured, as ``run.json`` keeps it: curves, parts, confusions."""
        return self._result.reference

    @property
    def confounders(self) -> Mapping[str, ConfounderMeasurement]:
        """What was found with further columns in the center's place, by the columns' names."""
        return {each.column: each for each in self.record.confounders}

    def table(self) -> Any:
        """One row a number, as a table of pyarrow; ``.to_pandas()`` where pandas is there."""
        return arrow_table([("", self)])

    def to_json(self) -> str:
        """Everything that was measured, as ``pathgui metrics --json`` prints it."""
        return to_json(self.record).decode()

    def __getattr__(self, name: str) -> Number:
        if name.startswith("_"):  # copies and pickles ask for some before there is a result
            raise AttributeError(name)
        if name in self.numbers:
            return self.numbers[name]
        near = difflib.get_close_matches(name, dir(self), n=1)
        hint = say(" Did you mean {near}?", near=near[0]) if near else ""
        raise AttributeError(f"a Measurement has no {name!r}.{hint}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.numbers})

    def __repr__(self) -> str:
        index = self.robustness_index
        parts = [say("robustness index {index_text}", index_text=index.text)]
        if index.null is not None and index.support is not None:
            parts += [
                say("chance value {null:.3f}", null=index.null),
                say("support {support}", support=percent(index.support)),
            ]
        n = self.record.n_used or self.record.n_tiles  # records of earlier versions lack the one
        tiles = counted(n, "{n} tile", "{n} tiles")
        return f"<Measurement of {tiles}: {', '.join(parts)}, k {self.k}>"

    def _repr_html_(self) -> str:
        return measurement_html(
            self.verdict, list(self.numbers.values()), self.k, retold_all(self.notices)
        )


class Measurements(Mapping[str, Measurement]):
    """Several encoders' measurements by the encoder's name, at one k."""

    def __init__(self, results: Mapping[str, EncoderResult], letters: Mapping[str, str]) -> None:
        self._found = {name: Measurement(result) for name, result in results.items()}
        self._letters = dict(letters)

    def __getitem__(self, encoder: str) -> Measurement:
        return self._found[encoder]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def notices(self) -> tuple[str, ...]:
        """What has to be known to read the encoders beside each other."""
        return ()

    @property
    def letters(self) -> Mapping[str, str]:
        """Encoders that share a letter cannot be told apart by their index on these slides."""
        return self._letters

    def table(self) -> Any:
        """One row a number of each encoder, as a table of pyarrow."""
        return arrow_table(list(self._found.items()))

    def __repr__(self) -> str:
        lines = [f"  {name}: {found!r}" for name, found in self._found.items()]
        first = f"<{type(self).__name__} of {plural(len(self), 'encoder')}"
        return "\n".join([first, *lines]) + ">"

    def _repr_html_(self) -> str:
        return encoders_html(
            [
                (name, self._letters.get(name, ""), found.robustness_index, found.verdict)
                for name, found in self._found.items()
            ],
            retold_all(self.notices),
        )


def arrow_table(encoders: list[tuple[str, Measurement]]) -> Any:
    """Numbers of encoders as rows; without a column for the encoder where it has no name."""
    import pyarrow as pa

    kinds = {"value": pa.float64(), "n": pa.int64()}
    kinds |= dict.fromkeys(("low", "high", "null", "support"), pa.float64())
    names = [each.name for each in fields(Number) if each.name != "digits"]
    rows = [(encoder, each) for encoder, found in encoders for each in found.numbers.values()]
    columns = {
        name: pa.array([getattr(each, name) for _, each in rows], kinds.get(name, pa.string()))
        for name in names
    }
    if any(encoder for encoder, _ in encoders):
        columns = {"encoder": pa.array([encoder for encoder, _ in rows], pa.string()), **columns}
    return pa.table(columns)
