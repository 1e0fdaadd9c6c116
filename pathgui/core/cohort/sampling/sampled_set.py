"""Writing the tiles of a sample as a reference set."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.sampling.sample import Sample, SlideTaken
from pathgui.core.cohort.slide_table import CONTENT_ID, SLIDE_ID
from pathgui.core.errors import PathguiError, ReferenceSetError, UnreadableRegionError
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import FORMAT, ReferenceInfo, ReferenceSet
from pathgui.core.reference.sampling_plan import Sampling
from pathgui.core.reference.set_writing import IMAGES_FOLDER, OWN_COLUMNS, write_set
from pathgui.core.slides.pyramid import level_for
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.core.system.files import ANYTHING, Replaceable

# load_reference reads these further columns; a cohort's are other things, so they are renamed
_CONTENT_COLUMN, _PAIR_COLUMN = "slide_content_id", "pair"


@dataclass(frozen=True)
class Described:
    """What reports print of a set. Without a name it is that of the folder."""

    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = ""
    citation: str = ""


@dataclass(frozen=True)
class SampledSet:
    """A new reference set, and the slides of which tiles are missing after all."""

    reference: ReferenceSet
    faults: tuple[Fault, ...]


def write_sample(
    sample: Sample,
    out: Path,
    described: Described = Described(),
    *,
    replacing: Replaceable = ANYTHING,
    report: ProgressFn = ignore_progress,
) -> SampledSet:
    """Cut the tiles of a sample and write them as a reference set.

    The same sample gives the same bytes. A tile that cannot be decoded, or whose picture is that
    of another tile, is left out and counted, and the rest is taken. If ``report`` raises, nothing
    is left.

    Raises
    ------
    ReferenceSetError
        If the set cannot be written, something else is at ``out`` by the end, or no tile is left.
    """
    roles = sample.cohort.info.roles
    info = ReferenceInfo(
        format=FORMAT,
        name=described.name or out.name.removesuffix(REFERENCE_ENDING),
        version=described.version,
        description=described.description,
        licence=described.licence,
        citation=described.citation,
        edge_um=sample.plan.edge_um,
        tiles_sha256="",
        refused=0,
        sampled=Sampling(
            sample.cohort.info.name, roles.tissue, roles.center, roles.patient, sample.plan
        ),
    )
    cutting = _Cutting(sample, report)
    reference = write_set(out, info, cutting.fill, replacing)
    return SampledSet(reference, tuple(cutting.faults))


@dataclass
class _Cutting:
    """Cuts the tiles of one slide after the other."""

    sample: Sample
    report: ProgressFn
    faults: list[Fault] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # sha256 of the pictures so far
    done: int = 0

    def fill(self, draft: Path) -> Mapping[str, Sequence[Any]]:
        """Write all pictures; returns the columns of the table of tiles."""
        columns: dict[str, list[Any]] = {name: [] for name in OWN_COLUMNS}
        columns[_CONTENT_COLUMN] = []
        further = _further(self.sample, tuple(columns))
        columns |= {own: [] for own in further}
        for slide in self.sample.slides:
            cells = {
                own: self.sample.cohort.slides.cell(slide.row, name)
                for own, name in further.items()
            }
            for picture, tissue, (x, y) in self._tiles(slide):
                number = len(columns["tile"])
                file = f"{IMAGES_FOLDER}/{number:06d}.png"
                (draft / file).write_bytes(picture)
                row = self._row(slide, tissue) | cells | {
                    "tile": f"{slide.slide_id} {x} {y}", "file": file, "x": str(x), "y": str(y),
                    "sha256": hashlib.sha256(picture).hexdigest(),
                }  # fmt: skip
                for name, column in columns.items():
                    column.append(row[name])
        if not columns["tile"]:
            why = "; ".join(map(str, self.faults))
            raise ReferenceSetError(f"No tile could be cut: {why}.")
        self.report(Progress("Cutting the tiles", self.done, self.done, part=Part.SAVING))
        return columns

    def _row(self, slide: SlideTaken, tissue: str) -> dict[str, Any]:
        table, roles = self.sample.cohort.slides, self.sample.cohort.info.roles
        return {
            "slide": slide.slide_id,
            "patient": table.cell(slide.row, roles.patient) or None,
            "center": slide.center,
            "tissue": tissue,
            "mpp": slide.size_l0 * slide.mpp / self.sample.plan.side_px,
            _CONTENT_COLUMN: slide.content_id,
        }

    def _tiles(self, slide: SlideTaken) -> Iterator[tuple[bytes, str, tuple[int, int]]]:
        """PNG, tissue and origin of each tile of a slide that can be cut."""
        damaged = twins = 0
        until = self.done + len(slide.origins)
        try:
            with SlideFile(slide.path, slide.given_mpp).open(self._beat) as opened:
                if opened.content_id != slide.content_id:
                    raise ReferenceSetError("its file was changed while tiles were cut")
                for tissue, origin in zip(slide.tissues, slide.origins, strict=True):
                    self._beat()
                    self.done += 1
                    try:
                        pixels = read_square(
                            opened, origin, slide.size_l0, self.sample.plan.side_px
                        )
                    except UnreadableRegionError:
                        damaged += 1
                        continue
                    picture = to_png(pixels)
                    digest = hashlib.sha256(picture).hexdigest()
                    if digest in self.seen:
                        twins += 1
                        continue
                    self.seen.add(digest)
                    yield picture, tissue, origin
        except PathguiError as error:
            self._fault(slide, str(error).rstrip("."))
        self.done = until
        for n, why in (
            (damaged, "cannot be decoded: the file is damaged there"),
            (twins, "the same picture as another tile"),
        ):
            if n:
                self._fault(slide, f"{n} of its {len(slide.origins)} tiles left out: {why}")

    def _fault(self, slide: SlideTaken, why: str) -> None:
        self.faults.append(Fault(slide.row + 1, slide.slide_id, "tiles", why))

    def _beat(self, _: object = None) -> None:
        total = len(self.sample)
        self.report(Progress("Cutting the tiles", self.done, total, part=Part.SAVING))


def read_square(
    slide: Slide, origin_l0: tuple[int, int], size_l0: int, side_px: int
) -> NDArray[np.uint8]:
    """A square of a slide at ``side_px`` pixels a side, RGB (side, side, 3).

    Read from the coarsest level that has the detail, and made smaller as encoders make it.

    Raises
    ------
    UnreadableRegionError
        If the file is damaged there.
    """
    downsamples = [level.downsample for level in slide.levels]
    level = level_for(downsamples, size_l0 / side_px)
    edge = max(1, round(size_l0 / downsamples[level]))
    pixels = slide.read(origin_l0, level, (edge, edge))
    if edge == side_px:
        return pixels
    size = (side_px, side_px)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def to_png(pixels: NDArray[np.uint8]) -> bytes:
    """The file of a picture, the same bytes for the same pixels.

    More effort makes tiles of tissue no smaller and takes longer.
    """
    draft = io.BytesIO()
    Image.fromarray(pixels).save(draft, "PNG", compress_level=1)
    return draft.getvalue()


def _further(sample: Sample, taken: Sequence[str]) -> dict[str, str]:
    """Names in the set of the columns of slides.csv that are kept as they are, and their own."""
    table, roles = sample.cohort.slides, sample.cohort.info.roles
    kept_already = {SLIDE_ID, CONTENT_ID}
    kept_already |= {name for name in ("center",) if roles.center == name}
    found: dict[str, str] = {}
    for name in dict.fromkeys(table.columns):
        if not name or name in kept_already:
            continue
        own = name
        while own in taken or own in found or own == _PAIR_COLUMN:
            own = f"{own} (slides.csv)"
        found[own] = name
    return found
