"""Finding slides in folders: by what they are, by their names, and by what is in them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathgui.core.archives.links import is_link
from pathgui.core.cohort.slide_table import as_text
from pathgui.core.errors import CohortError, SlideError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.same_slide import file_key
from pathgui.core.slides.content_id import (
    content_id,
    content_of_files,
    dicom_files,
    is_dicom,
    slide_files,
    slide_series,
)
from pathgui.core.slides.reading.zarr_files import FILE_ENDINGS as ZARR_FILE_ENDINGS
from pathgui.core.slides.reading.zarr_files import FOLDER_ENDING as ZARR_FOLDER
from pathgui.core.slides.reading.zarr_files import is_zarr_folder
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.system.endings import LINK_ENDING
from pathgui.core.system.plain_files import why_not_plain

# Of files that may be slides. DICOM files often have another ending, or none.
SLIDE_SUFFIXES = (
    ".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide", ".czi",
    LINK_ENDING,
    *ZARR_FILE_ENDINGS,
)  # fmt: skip
DICOM_SUFFIXES = (".dcm", ".dicom")


def slides_in(folder: Path, *, below: bool = True) -> list[Path]:
    """The slides in a folder, and in those below it, in the order of their names.

    The DICOM files of one series are one slide: the folder, or the first file of the series where
    other slides lie in the same folder. A folder that ends in .zarr is one slide. Hidden files
    and folders are passed over.

    Raises
    ------
    CohortError
        If the folder cannot be read.
    """
    found: list[Path] = []

    def failed(error: OSError) -> None:
        if Path(str(error.filename)) == folder:
            raise CohortError(
                say(
                    "{folder} cannot be read: {strerror}.",
                    folder=folder,
                    strerror=error.strerror or error,
                )
            ) from error

    for root, names, files in os.walk(folder, onerror=failed):
        names[:] = sorted(name for name in names if not name.startswith("."))
        here = [Path(root) / name for name in sorted(files) if not name.startswith(".")]
        others = [path for path in here if path.name.lower().endswith(SLIDE_SUFFIXES)]
        folders = [name for name in names if name.lower().endswith(ZARR_FOLDER)]
        names[:] = [name for name in names if below and name not in folders]
        others += [Path(root) / name for name in folders]
        series = _series_files([path for path in here if _may_be_dicom(path) and _is_dicom(path)])
        is_one = len(series) == 1 and len(next(iter(series.values()))) > 1 and not others
        found += others
        found += [Path(root)] if is_one else [members[0] for members in series.values()]
    return found


def slides_named(path: Path) -> list[Path]:
    """The slides that a user means by a path: a file, a DICOM folder, or all in a folder.

    Raises
    ------
    CohortError
        If there is nothing, or no slide.
    """
    if path.is_dir() and not is_zarr_folder(path):
        found = slides_in(path)
        if not found:
            raise CohortError(say("{path} holds no slide.", path=path))
        return found
    if not path.exists():
        raise CohortError(
            say("There is no file {path}. Check the name, and that its disk is there.", path=path)
        )
    return [path]


def slide_name(file: str) -> str:
    """The name of a slide by that of its file: the last part without the ending.

    >>> slide_name("D:\\\\slides\\\\A 1.ome.tif"), slide_name("S23.001")
    ('A 1', 'S23.001')
    """
    name = unicodedata.normalize("NFC", file).replace("\\", "/").rstrip("/").rpartition("/")[2]
    endings = (*SLIDE_SUFFIXES, *DICOM_SUFFIXES, ZARR_FOLDER, ".ome")
    while name.lower().endswith(endings) and name.rpartition(".")[0]:
        name = name.rpartition(".")[0]
    return name


def is_file_name(text: str) -> bool:
    """Whether a text names the file of a slide."""
    return text.lower().endswith((*SLIDE_SUFFIXES, *DICOM_SUFFIXES, ZARR_FOLDER))


def content_of(path: Path) -> str:
    """The content id of the slide at ``path``, as the opened slide has it, without opening it.

    Of a link, the archive is asked.

    Raises
    ------
    CohortError
        If it cannot be read, or a folder holds no single DICOM slide.
    """
    try:
        if as_text(str(path)) != str(path):
            shown = str(path).encode("utf-8", "backslashreplace").decode()
            raise CohortError(say("{shown} has a name that is no text. Rename it.", shown=shown))
        if is_link(path):
            return _content_behind(path)
        if not path.is_dir() and (why := why_not_plain(path)):
            raise CohortError(say("{path} cannot be read: it {why}.", path=path, why=why))
        if is_zarr_folder(path):
            return content_of_files(path, slide_files(path, "", None))
        if path.is_dir():
            path = next(iter(_series_files(dicom_files(path)).values()), [path])[0]
            if path.is_dir():
                raise CohortError(say("{path} is a folder without a DICOM slide.", path=path))
        if is_dicom(path):
            return content_id(slide_files(path, "dicom", slide_series(path)))
        vendor = "mirax" if path.suffix.lower() == ".mrxs" else ""
        return content_id(slide_files(path, vendor, None))
    except OSError as error:
        raise CohortError(
            say("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror or error)
        ) from error


def _content_behind(link: Path) -> str:
    """The content id of the slide that a link stands for, which only its archive knows."""
    try:
        with SlideFile(link).open() as slide:
            return slide.content_id
    except SlideError as error:
        raise CohortError(str(error)) from error


@dataclass
class SlideIndex:
    """Slides by the names that tables may call them."""

    paths: Sequence[Path]
    _by_key: dict[str, list[Path]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_key = {}
        for path in dict.fromkeys(self.paths):
            self._by_key.setdefault(file_key(path.name), []).append(path)

    def named(self, text: str) -> list[Path]:
        """All slides that ``text`` may mean: its last part is their name, with ending or without.

        Where several have that name, those whose folders agree with ``text`` best.
        """
        found = self._by_key.get(file_key(text), []) if text else []
        if len(found) < 2:
            return found
        exact = [path for path in found if path.name == _parts(text)[-1]]
        found = exact or found
        best = max(_agreement(path, text) for path in found)
        return [path for path in found if _agreement(path, text) == best]


def find_moved(
    wanted: dict[int, tuple[str, str]], where: Path, report: ProgressFn = ignore_progress
) -> dict[int, Path]:
    """Slides that lie somewhere else than they did, by what is in them.

    Parameters
    ----------
    wanted
        By row: the name of its file, and its content id; "" where that is not known.
    where
        A folder, or one file in it that was found again: the others are sought beside and below.

    Returns
    -------
    dict
        The file of each row that was found. A slide without a content id is found by its name.
    """
    is_slide = (
        not where.is_dir() or is_zarr_folder(where) or slides_in(where, below=False) == [where]
    )  # of DICOM
    paths = slides_in(where.parent if is_slide else where)
    index = SlideIndex(paths)
    found: dict[int, Path] = {}
    contents: dict[Path, str] = {}

    def content(path: Path) -> str:
        if path not in contents:
            report(Progress(say("Looking for slides"), len(contents), len(paths)))
            try:
                contents[path] = content_of(path)
            except CohortError:
                contents[path] = ""
        return contents[path]

    for row, (name, its_content) in wanted.items():
        fitting = [
            path for path in index.named(name) if not its_content or content(path) == its_content
        ]
        if (its_content and fitting) or len(fitting) == 1:
            found[row] = fitting[0]
    left = {its_content: row for row, (_, its_content) in wanted.items() if row not in found}
    left.pop("", None)
    for path in paths:
        if left and content(path) in left:
            found[left.pop(content(path))] = path
    return found


def _series_files(files: Iterable[Path]) -> dict[str, list[Path]]:
    """DICOM files by the slide that they are part of."""
    series: dict[str, list[Path]] = {}
    for path in files:
        uid = slide_series(path)
        if uid is not None:
            series.setdefault(uid, []).append(path)
    return series


def _may_be_dicom(path: Path) -> bool:
    ending = path.suffix.lower()
    return ending in ("", *DICOM_SUFFIXES) or ending[1:].isdigit()


def _is_dicom(path: Path) -> bool:
    return path.is_file() and is_dicom(path)  # a pipe has no end to read to


def _parts(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).replace("\\", "/").rstrip("/").split("/")


def _agreement(path: Path, text: str) -> int:
    """How many folders, counted from the file, have the same names."""
    same = 0
    for one, other in zip(path.parent.parts[::-1], _parts(text)[-2::-1], strict=False):
        if unicodedata.normalize("NFC", one).casefold() != other.casefold():
            break
        same += 1
    return same
