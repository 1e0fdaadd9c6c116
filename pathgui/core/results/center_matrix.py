"""Known center × the center where an encoder places a slide, with the slides of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.language.texts import counted, say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_summary import SlideReading, reading
from pathgui.core.runs.record import Run, SlideOfRun

NOT_KNOWN = say("not known")


@dataclass(frozen=True)
class SeenSlide:
    """A slide of a run, and what one encoder says of it."""

    slide: SlideOfRun
    said: SlideReading | None  # None: it is not done, or the encoder could not run on it

    @property
    def is_own(self) -> bool:
        """Whether it is placed at the center that it is of."""
        center = self.slide.center
        return bool(center) and self.said is not None and self.said.place == center


@dataclass(frozen=True)
class MatrixRow:
    """The slides of one known center, by the center where they are placed."""

    center: str  # "": not known
    in_set: bool  # whether the reference set has it
    cells: tuple[tuple[SeenSlide, ...], ...]  # one for each column of the matrix

    @property
    def slides(self) -> tuple[SeenSlide, ...]:
        """All of them."""
        return tuple(slide for cell in self.cells for slide in cell)


@dataclass(frozen=True)
class CenterMatrix:
    """Where one encoder places the slides of a cohort."""

    encoder: str
    title: str
    columns: tuple[str, ...]  # centers of the reference set at which a slide is placed
    n_empty: int  # centers of the reference set at which none is
    rows: tuple[MatrixRow, ...]
    nowhere: tuple[SeenSlide, ...]  # judged, but no tile has a nearest reference tile


def seen_slides(run: Run, encoder: str) -> list[SeenSlide]:
    """All slides of a run, those that failed or wait among them, as one encoder sees them."""
    found = []
    for slide in run.slides:
        said = next((each for each in slide.encoders if each.encoder == encoder), None)
        found.append(SeenSlide(slide, None if said is None else reading(said)))
    return found


def center_matrix(run: Run, encoder: str) -> CenterMatrix:
    """Rows in the order of the set, then centers that it lacks, then slides of no known center.

    The counts are those of :class:`~pathgui.core.measurement.over_slides.OverSlides`, which a run
    has once it is finished; this is of the slides that are done, also before.
    """
    title = next(each.encoder.title for each in run.encoders if each.encoder.name == encoder)
    centers = run.reference.centers
    judged = [each for each in seen_slides(run, encoder) if each.said is not None]
    placed = [each for each in judged if each.said is not None and each.said.place is not None]
    named = {each.slide.center for each in placed if each.slide.center}
    known = [name for name in centers if name in named] + sorted(named - set(centers))
    if any(not each.slide.center for each in placed):
        known.append("")
    at = {each.said.place for each in placed if each.said is not None}
    columns = tuple(name for name in centers if name in at)
    return CenterMatrix(
        encoder=encoder,
        title=title,
        columns=columns,
        n_empty=len(centers) - len(columns),
        rows=tuple(
            MatrixRow(name, name in centers, _cells(placed, name, columns)) for name in known
        ),
        nowhere=tuple(each for each in judged if each.said is not None and each.said.place is None),
    )


def _cells(
    placed: Sequence[SeenSlide], center: str, columns: Sequence[str]
) -> tuple[tuple[SeenSlide, ...], ...]:
    of_center = [each for each in placed if (each.slide.center or "") == center]
    return tuple(
        tuple(each for each in of_center if each.said is not None and each.said.place == name)
        for name in columns
    )


def cell_sentence(
    matrix: CenterMatrix, row: MatrixRow, column: int | None, columns: RoleColumns = USUAL
) -> str:
    """What a cell counts, and of how many; ``column`` None: all slides of the row."""
    whose = (
        say("of {center}", center=row.center)
        if row.center
        else columns.say(say("whose {center} is not known"))
    )
    n = len(row.slides)
    if column is None:
        return f"{fmt.plural(n, 'slide')} {whose}"
    here = len(row.cells[column])
    return counted(
        here,
        "{n:,} of {slides} {whose} ({share}) is placed at {place}",
        "{n:,} of {slides} {whose} ({share}) are placed at {place}",
        slides=fmt.plural(n, "slide"),
        whose=whose,
        share=fmt.percent(here / n),
        place=matrix.columns[column],
    )


def outside_text(said: SlideReading) -> str:
    """How much of a slide lies outside the reference set, and of how many tiles."""
    if said.far_share is None:
        return fmt.NOT_ASSESSABLE
    return say(
        "{far_share} of {tiles}",
        far_share=fmt.percent(said.far_share),
        tiles=fmt.plural(said.n_tiles, "tile"),
    )


def place_text(said: SlideReading) -> str:
    """Where a slide is placed, and by which share of its tiles; "" if nowhere."""
    if said.place is None or said.place_share is None:
        return ""
    return say(
        "{place}, {place_share} of {tiles}",
        place=said.place,
        place_share=fmt.percent(said.place_share),
        tiles=fmt.plural(said.n_tiles, "tile"),
    )
