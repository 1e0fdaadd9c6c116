"""A shard of the slides of a run over many: which slides it has, and what is kept of its tries.

Which slides a shard has follows from the cohort alone, so that machines that see its files under
other names, or not at all, agree on it.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pathgui.core.errors import PathguiError, RecordError, first_few, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.reference.same_slide import patient_key
from pathgui.core.runs.record import Run, ShardOfRun
from pathgui.core.runs.request import AskedSlide
from pathgui.core.system.files import owner_mark, write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json

MOST_SHARDS = 100_000
SHARDS_FOLDER = "shards"  # in the folder of the unfinished run
_NO_MATTER = ("cores", "processor", "operating system")  # of the environment


@dataclass(frozen=True)
class Shard:
    """One of ``of`` parts of the slides; number 0 is the reference set alone."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def file_stem(self) -> str:
        """Its name in names of files."""
        return f"{self.number}-of-{self.of}"


def parse_shard(text: str) -> Shard:
    """A shard as the terminal takes it.

    Raises
    ------
    PathguiError
        If it is none.

    >>> parse_shard("3/64"), str(parse_shard("0/8"))
    (Shard(number=3, of=64), '0/8')
    """
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(1, 0)
    if not (0 <= shard.number <= shard.of <= MOST_SHARDS and shard.of):
        raise PathguiError(
            say(
                "--shard is NUMBER/ALL, 3/64 say, from 1/64 to 64/64, or 0/64 for the reference "
                "set alone; not {text}.",
                text=text,
            )
        )
    return shard


def shard_numbers(slides: Sequence[AskedSlide], of: int) -> list[int]:
    """The number of the shard of each slide, 1 to ``of``.

    Patients are dealt out in the order of the cohort, each to the shard that has the fewest
    slides: the slides of one patient share what is fitted without that patient.
    """
    fewest = [(0, number) for number in range(1, of + 1)]  # a heap: slides of a shard, its number
    of_patient: dict[str, int] = {}
    sizes: dict[str, int] = {}
    keys = [patient_key(slide.patient) or f"\0{at}" for at, slide in enumerate(slides)]
    for key in keys:
        sizes[key] = sizes.get(key, 0) + 1
    for key, size in sizes.items():
        count, number = fewest[0]
        heapq.heapreplace(fewest, (count + size, number))
        of_patient[key] = number
    return [of_patient[key] for key in keys]


def rows_of_shard(slides: Sequence[AskedSlide], shard: Shard) -> list[int]:
    """Which rows of ``slides`` a shard has; number 0 has none."""
    return [
        row for row, number in enumerate(shard_numbers(slides, shard.of)) if number == shard.number
    ]


def other_machine(begun: Run, device: str, environment: Mapping[str, str]) -> bool:
    """Whether device or versions are others than those that measured the reference set."""
    return begun.settings.device != device or bool(changed_versions(begun, environment))


def changed_versions(begun: Run, environment: Mapping[str, str]) -> list[str]:
    """Which versions are others than those that measured the reference set, each as a clause."""
    return [
        say(
            "{what} was {before}, and is {now}",
            what=what,
            before=begun.environment.get(what, say("not installed")),
            now=environment.get(what, say("not installed")),
        )
        for what in {**begun.environment, **environment}
        if what not in _NO_MATTER and begun.environment.get(what) != environment.get(what)
    ]


class ShardRecord:
    """What is kept of one try at a shard: that it began, and in the end, written last, its counts.

    Raises RecordError where it cannot be written.
    """

    def __init__(self, run_folder: Path, record: ShardOfRun) -> None:
        self.record = record
        # Not by time alone: a process that was stopped may try again within the second.
        mark = f"{owner_mark()}-{_safe(record.started)}-{uuid4().hex[:8]}"
        name = f"{record.number}-of-{record.of}.{mark}.json"
        self._file = run_folder / SHARDS_FOLDER / name
        self._run_folder = run_folder
        self._write()

    def end(self, record: ShardOfRun) -> None:
        """The shard is complete."""
        self.record = record
        self._write()

    def _write(self) -> None:
        refused = say("{folder} cannot be written", folder=self._run_folder)
        with os_errors_as(RecordError, refused, say("Make room.")):
            write_file(self._file, to_json(self.record))


def _safe(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def shard_records(run_folder: Path) -> list[ShardOfRun]:
    """All tries that were kept, by number and time; what is damaged is left out."""
    found = []
    for file in sorted((run_folder / SHARDS_FOLDER).glob("*.json")):
        try:
            found.append(from_json(ShardOfRun, file.read_bytes()))
        except (OSError, InvalidRecord):
            continue
    return sorted(found, key=lambda each: (each.number, each.started))


def said_of_shards(run: Run, tries: Sequence[ShardOfRun]) -> list[str]:
    """What the run says of the machines that made it, and how far those of another kind agree."""
    worked = [each for each in tries if each.number]
    if not worked:
        return []
    devices = list(dict.fromkeys([run.settings.device, *(each.device for each in worked)]))
    said = [
        say(
            "The slides were evaluated in {n_shards:,} shards, on: {devices}.",
            n_shards=len({each.number for each in worked}),
            devices=first_few(devices, 4),
        )
    ]
    others = [each for each in worked if other_machine(run, each.device, each.environment)]
    if not others:
        return said
    compared: dict[str, float] = {}
    for each in others:
        for name, cosine in each.agreement.items():
            compared[name] = min(cosine, compared.get(name, 1.0))
    if compared:
        name, least = min(compared.items(), key=lambda pair: pair[1])
        said.append(
            say(
                "Kinds of device or versions differ between shards. Embeddings of reference "
                "tiles agree within a cosine of {least:.6f} ({name} at worst).",
                least=least,
                name=name,
            )
        )
    if any(not each.agreement for each in others):
        said.append(
            say(
                "Kinds of device or versions differ between shards, and how far their embeddings "
                "agree is not known for all of them: each has a store of its own."
            )
        )
    return said
