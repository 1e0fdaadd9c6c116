"""Errors a user can act on. Their text is shown as it stands.

A text says what happened, to which file, and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pathgui.core.language.texts import counted, say

_PLACE_IN_MEMORY = re.compile(r"<[^<>]* at 0x[0-9A-Fa-f]+>")


class PathguiError(Exception):
    """Base class; anything else that escapes core is a bug."""


def one_line(error: object, most: int = 200) -> str:
    """What a library says of a fault, as part of a sentence.

    An object that Python prints by its place in memory tells a user nothing, so it is left out.

    >>> one_line("cannot identify image file <_io.BytesIO object at 0x7f52050a5b70>")
    'cannot identify image file'
    """
    return " ".join(_PLACE_IN_MEMORY.sub("", str(error)).split())[:most]


def first_few(names: Sequence[object], most: int = 4) -> str:
    """The first of some names, and how many more there are.

    >>> first_few(["a", "b", "c"], 2), first_few([4, 7], 2)
    ('a, b and 1 more', '4, 7')
    """
    shown = ", ".join(map(str, names[:most]))
    if len(names) <= most:
        return shown
    return say("{shown} and {n_more} more", shown=shown, n_more=len(names) - most)


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number of things with their name.

    >>> plural(1, "slide"), plural(1200, "slide"), plural(2, "biopsy", "biopsies")
    ('1 slide', '1,200 slides', '2 biopsies')
    """
    return counted(number, f"{{n:,}} {one}", f"{{n:,}} {many or one + 's'}")


@contextmanager
def os_errors_as(kind: type[PathguiError], text: str, advice: str | None = None) -> Iterator[None]:
    """What the system refuses within the block, as a ``kind``: the text, the reason, the advice."""
    if advice is None:
        advice = say("Choose another folder, or make room.")
    try:
        yield
    except OSError as error:
        raise kind(f"{text}: {error.strerror or error}. {advice}".rstrip()) from error


class SlideError(PathguiError):
    """A slide cannot be opened or read."""


class UnreadableRegionError(SlideError):
    """One region of an otherwise good slide cannot be decoded."""


class ArchiveError(SlideError):
    """An archive cannot be reached, refuses, or does not have what was asked for."""


class ScaleError(PathguiError):
    """A slide or tile cannot be brought to the scale that was asked for, or has none."""


class NoTissueError(PathguiError):
    """A slide has no tile with enough tissue to evaluate."""


class RegionError(PathguiError):
    """A file of regions cannot be used."""


class ReferenceSetError(PathguiError):
    """A reference set, or the manifest it is built from, cannot be used."""


class CohortError(PathguiError):
    """A cohort, or what is to be taken into it, cannot be read or written."""


class EncoderError(PathguiError):
    """An encoder is unknown, not ready, or gave embeddings that cannot be used."""


class WeightsError(EncoderError):
    """The weights of an encoder are missing, or are not those of that encoder."""


class EmbeddingsError(PathguiError):
    """Embeddings (a file, an array) cannot be measured."""


class CorrectionError(PathguiError):
    """A correction is unknown, cannot be fitted, or does not belong to what it is applied to."""


class ClassifierError(PathguiError):
    """The lab's own classifier, or its table of answers, cannot be judged."""


class StoreError(PathguiError):
    """The embedding store cannot be read or written."""


class ClusterError(PathguiError):
    """Work cannot be handed to other machines, or they cannot be asked."""


class RecordError(PathguiError):
    """A finished run cannot be read or written."""


class CriteriaError(PathguiError):
    """Acceptance criteria cannot be read or make no sense."""


class IntendedUseError(PathguiError):
    """An intended use cannot be read, or says nothing."""


class BaselineError(PathguiError):
    """A run cannot be filed as a baseline, held against one, or its tolerances make no sense."""


class ReportError(PathguiError):
    """The report cannot be made."""


class DeviceError(PathguiError):
    """The device that was asked for is not there."""


class SettingsError(PathguiError):
    """The settings cannot be read or make no sense."""
