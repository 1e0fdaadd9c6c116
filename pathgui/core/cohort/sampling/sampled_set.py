"""Writing the tiles of a sample as a reference set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.sampling.cutting import Cut, Tile, cut_tiles
from pathgui.core.cohort.sampling.drawing import SlideTaken, tile_name
from pathgui.core.cohort.sampling.sample import Sample
from pathgui.core.cohort.sampling.thrown_out_file import THROWN_OUT_FILE, write_thrown_out
from pathgui.core.cohort.slide_table import CONTENT_ID, SLIDE_ID
from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import noted, say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import FORMAT, ReferenceInfo, ReferenceSet
from pathgui.core.reference.sampling_plan import Sampling
from pathgui.core.reference.set_writing import IMAGES_FOLDER, OWN_COLUMNS, Described, write_set
from pathgui.core.system.files import ANYTHING, Replaceable, flushing

# load_reference reads these further columns; a cohort's are other things, so they are renamed
_CONTENT_COLUMN, _PAIR_COLUMN = "slide_content_id", "pair"
_DAMAGED = noted("cannot be decoded: the file is damaged there")
_TWINS = noted("the same picture as another tile")


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
    workers: int | None = None,
) -> SampledSet:
    """Cut the tiles of a sample and write them as a reference set.

    The same sample gives the same bytes, whatever the number of ``workers`` (threads; by default
    one for each core). A tile that cannot be decoded, or whose picture is that
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
        name=described.name_at(out),
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
    filling = _Filling(sample, report, workers)
    reference = write_set(out, info, filling.fill, replacing)
    return SampledSet(reference, tuple(filling.faults))


@dataclass
class _Filling:
    """Fills the draft of a set with the tiles of one slide after the other."""

    sample: Sample
    report: ProgressFn
    workers: int | None
    faults: list[Fault] = field(default_factory=list)
    done: int = 0
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)  # by row, and why
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = len(self.sample)

    def fill(self, draft: Path) -> Mapping[str, Sequence[Any]]:
        """Write all pictures; returns the columns of the table of tiles."""
        columns: dict[str, list[Any]] = {name: [] for name in OWN_COLUMNS}
        columns[_CONTENT_COLUMN] = []
        further = _further(self.sample, tuple(columns))
        columns |= {own: [] for own in further}
        of: SlideTaken | None = None
        cells: dict[str, Any] = {}  # of the slide that ``of`` is
        with closing(self._tiles()) as tiles, flushing(draft) as one_more:
            for slide, tile in tiles:
                number = len(columns["tile"])
                file = f"{IMAGES_FOLDER}/{number:06d}.png"
                (draft / file).write_bytes(tile.made.picture)
                one_more()
                if slide is not of:
                    of, cells = slide, self._cells(slide, further)
                x, y = tile.origin
                row = cells | {
                    "tile": tile_name(slide.slide_id, tile.origin), "file": file,
                    "x": str(x), "y": str(y), "tissue": tile.tissue,
                    "sha256": tile.made.digest.hex(),
                }  # fmt: skip
                for name, column in columns.items():
                    column.append(row[name])
        self.faults += [
            _fault(
                slide,
                say(
                    "{n} of its {n_origins} tiles left out: {why}",
                    n=n,
                    n_origins=len(slide.origins),
                    why=why,
                ),
            )
            for slide in self.sample.slides
            for why in (_DAMAGED, _TWINS)
            if (n := self.left_out[slide.row, why])
        ]
        self.faults.sort(key=lambda fault: fault.row)
        if not columns["tile"]:
            why = "; ".join(map(str, self.faults))
            raise ReferenceSetError(say("No tile could be cut: {why}.", why=why))
        if self.sample.plan.quality:
            write_thrown_out(draft / THROWN_OUT_FILE, self.sample.thrown_out)
        self.report(Progress(say("Cutting the tiles"), self.done, self.done, part=Part.SAVING))
        return columns

    def _cells(self, slide: SlideTaken, further: Mapping[str, str]) -> dict[str, Any]:
        """What the table says of all tiles of a slide."""
        table, roles = self.sample.cohort.slides, self.sample.cohort.info.roles
        return {own: table.cell(slide.row, name) for own, name in further.items()} | {
            "slide": slide.slide_id,
            "patient": table.cell(slide.row, roles.patient) or None,
            "center": slide.center,
            "mpp": slide.size_l0 * slide.mpp / self.sample.plan.side_px,
            _CONTENT_COLUMN: slide.content_id,
        }

    def _tiles(self) -> Generator[tuple[SlideTaken, Tile[Cut]]]:
        """The tiles that can be cut, each picture once."""
        sample = self.sample
        seen: set[bytes] = set()
        until = 0
        ends = {}  # how many tiles are done when a slide is
        for slide in sample.slides:
            until += len(slide.origins)
            ends[slide.row] = until
        pieces = cut_tiles(sample.slides, sample.plan.side_px, self._beat, self.workers)
        with closing(pieces):
            for piece in pieces:
                for tile in piece.tiles:
                    self._beat()
                    self.done += 1
                    if tile is None:
                        self.left_out[piece.slide.row, _DAMAGED] += 1
                    elif tile.made.digest in seen:
                        self.left_out[piece.slide.row, _TWINS] += 1
                    else:
                        seen.add(tile.made.digest)
                        yield piece.slide, tile
                if piece.error is not None:
                    self.faults.append(_fault(piece.slide, str(piece.error).rstrip(".")))
                    self.done = ends[piece.slide.row]

    def _beat(self) -> None:
        self.report(Progress(say("Cutting the tiles"), self.done, self.total, part=Part.SAVING))


def _fault(slide: SlideTaken, why: str) -> Fault:
    return Fault(slide.row + 1, slide.slide_id, "tiles", why)


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
