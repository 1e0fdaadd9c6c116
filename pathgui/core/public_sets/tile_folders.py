"""Pictures of tiles in folders whose names are classes, centers and slides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pathgui.core.errors import ReferenceSetError, first_few
from pathgui.core.language.texts import say
from pathgui.core.public_sets.layout import FoundTiles, Given, Layout, Wishes
from pathgui.core.public_sets.picture_files import PICTURES, levels_of, pictures_of_files
from pathgui.core.public_sets.tile_rows import make_rows, patient_of
from pathgui.core.tables.cells import label_column

ROLES = ("tissue", "center", "slide_id", "patient_id")
_NEEDED = ("tissue", "center", "slide_id")
_NAME, _FILE = "name", "file"  # sources beside folders: a part of the picture's name, all of it
_TISSUE_WORDS = re.compile(
    r"tum|cancer|carcin|adeno|normal|benign|malign|stroma|lymph|necro|muco|muscle|adipos|fat|"
    r"debris|epithel|gland|healthy|lesion|dysplas|gewebe|krebs|background",
    re.IGNORECASE,
)
_CENTER_WORDS = re.compile(
    r"cent|hosp|clinic|klinik|site|lab|instit|uni|zentrum|scanner|medical", re.IGNORECASE
)
_CUT = re.compile(r"^(?P<slide>.+)[_\- ][^_\- ]+$")  # S12_0034: tile 0034 of slide S12


class NotAccepted(ReferenceSetError):
    """What levels of folders mean was proposed, and nobody has agreed. ``lines`` show it."""

    def __init__(self, lines: Sequence[str], how: str) -> None:
        super().__init__(f"{' '.join(lines)} {how}")
        self.lines = tuple(lines)


@dataclass(frozen=True)
class _Source:
    """Something that a path tells of each picture."""

    name: str  # of the command line
    values: list[str]

    @property
    def different(self) -> list[str]:
        return sorted(set(self.values) - {""})


def _recognizes(given: Given) -> bool:
    return len(_depths(levels_of(given))) > 0


def _depths(levels: Sequence[tuple[str, ...]]) -> list[int]:
    """How many folders lie above the pictures, the usual number first; of 1 or more."""
    counts: dict[int, int] = {}
    for parts in levels:
        counts[len(parts) - 1] = counts.get(len(parts) - 1, 0) + 1
    return [depth for depth in sorted(counts, key=lambda d: (-counts[d], d)) if depth > 0]


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    levels, pictures = levels_of(given), given.having(*PICTURES)
    depths = _depths(levels)
    if not depths:
        raise ReferenceSetError(
            say(
                "{top} holds no pictures in folders that could be named by class and center.",
                top=given.top,
            )
        )
    depth = depths[0]
    sources = _sources(levels, depth)
    chosen = _settled(sources, wishes.columns)
    proposed = _proposal(sources, chosen)
    lines = [
        say(
            "{name}: {n_different} names ({different})",
            name=each.name,
            n_different=len(each.different),
            different=first_few(each.different),
        )
        + (say(", proposed as {role}", role=role) if (role := _role(proposed, each.name)) else "")
        + "."
        for each in sources.values()
        if each.name not in (_NAME, _FILE) or _role(proposed, each.name)
    ]
    missing = [role for role in _NEEDED if role not in proposed]
    if missing or ({*proposed} - {*chosen} and not wishes.accepted):
        named = " ".join(f'--column {role}="{proposed.get(role, "folder …")}"' for role in _NEEDED)
        how = say("Take it so with --yes, or say what is what: {named}.", named=named)
        if missing:
            how = say(
                "Nothing says the {missing}. Say what is what: {named}.",
                missing=say(" and the ").join(missing),
                named=named,
            )
        raise NotAccepted(lines, how)
    columns = {role: sources[source].values for role, source in proposed.items()}
    columns = {role: label_column(values) for role, values in columns.items()}
    if "patient_id" not in columns:
        patients = [patient_of(slide) for slide in columns["slide_id"]]
        if any(patients):
            columns["patient_id"] = patients
    columns["tile"] = ["/".join(parts) for parts in levels]
    further = tuple(
        each.name for each in sources.values()
        if each.name not in (*proposed.values(), _NAME, _FILE)
    )  # fmt: skip
    columns |= {name: sources[name].values for name in further}
    rows = make_rows(columns, mpp=wishes.mpp, file=pictures[0])
    for row, path, parts in zip(rows, pictures, levels, strict=True):
        row.picture = path
        if len(parts) - 1 != depth:
            row.reason = ""
            row.refuse(
                say(
                    "{values} lies {n_parts} folders deep, others {depth}",
                    values=row.values["tile"],
                    n_parts=len(parts) - 1,
                    depth=depth,
                ),
                say("not {depth} folders deep as the others", depth=depth),
            )
    told = [
        say("Folders of tiles: {n_rows:,} pictures. ", n_rows=len(rows))
        + ", ".join(
            say("{role} is {source}", role=role, source=source) for role, source in proposed.items()
        )
        + "."
    ]
    if proposed["slide_id"] == _NAME:
        told.append(say("The slide is the picture's name before its last _ or -."))
    if proposed["slide_id"] == _FILE:
        told.append(
            say(
                "Nothing tells slides, so each picture is supposed to be of a "
                "slide of its own. If several are of one slide, every number is "
                "too good."
            )
        )
    return FoundTiles(rows, partial(pictures_of_files, rows), told, further)


def _sources(levels: Sequence[tuple[str, ...]], depth: int) -> dict[str, _Source]:
    """Folder by folder from above; then what names of pictures tell."""
    found = [
        _Source(
            f"folder {level + 1}",
            [parts[level] if level < len(parts) - 1 else "" for parts in levels],
        )
        for level in range(depth)
    ]
    stems = [parts[-1].rpartition(".")[0] for parts in levels]
    cut = [match["slide"] if (match := _CUT.match(stem)) else "" for stem in stems]
    found.append(_Source(_NAME, cut))
    whole = ["/".join((*parts[:-1], stem)) for parts, stem in zip(levels, stems, strict=True)]
    found.append(_Source(_FILE, whole))
    return {each.name: each for each in found}


def _settled(sources: Mapping[str, _Source], given: Mapping[str, str]) -> dict[str, str]:
    """The user's word on what is what, checked."""
    for role, source in given.items():
        if role not in ROLES:
            raise ReferenceSetError(
                say("A folder is {ROLES}, not {role}.", ROLES=", ".join(ROLES), role=role)
            )
        if source.strip().lower() not in sources:
            raise ReferenceSetError(
                say(
                    "There is no source {source} in the paths. There are: {sources}.",
                    source=source,
                    sources=", ".join(sources),
                )
            )
    return {role: source.strip().lower() for role, source in given.items()}


def _proposal(sources: Mapping[str, _Source], chosen: Mapping[str, str]) -> dict[str, str]:
    """What plays each role: the user's word first, then what names make likely."""
    taken = dict(chosen)
    free = [each for each in sources.values()
            if each.name.startswith("folder") and each.name not in taken.values()]  # fmt: skip
    free = [each for each in free if len(each.different) > 1]  # one name tells nothing apart

    def take(role: str, source: _Source) -> None:
        taken[role] = source.name
        free.remove(source)

    if "slide_id" not in taken:
        slides = [each for each in free if any(map(patient_of, each.different))]
        open_roles = sum(role not in taken for role in ("tissue", "center"))
        if not slides and len(free) > open_roles:  # the most names are slides
            slides = sorted(free, key=lambda each: -len(each.different))[:1]
        if slides:
            take("slide_id", slides[0])
        elif all(sources[_NAME].values):
            taken["slide_id"] = _NAME
        else:
            taken["slide_id"] = _FILE
    for role, words, other in (
        ("tissue", _TISSUE_WORDS, _CENTER_WORDS), ("center", _CENTER_WORDS, _TISSUE_WORDS),
    ):  # fmt: skip
        if role not in taken and free:
            best = max(free, key=lambda each: _share(words, each) - _share(other, each))
            if _share(words, best) > _share(other, best) or len(free) == 1:
                take(role, best)
    for role in ("tissue", "center"):
        if role not in taken and free and len(free) == 1:
            take(role, free[0])
    return taken


def _share(words: re.Pattern[str], source: _Source) -> float:
    names = source.different
    return sum(bool(words.search(name)) for name in names) / len(names)


def _role(proposed: Mapping[str, str], source: str) -> str:
    return next((role for role, name in proposed.items() if name == source), "")


FOLDERS = Layout(
    "folders",
    say("folders of tiles"),
    say("pictures in folders by class, center and maybe slide"),
    _recognizes,
    _read,
)
