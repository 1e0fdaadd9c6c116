"""A finished evaluation, for other programs; and ``pathgui.open_run``."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from pathgui.api.cohorts import kept_id
from pathgui.api.measurement import Measurements
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.results.earlier_runs import EARLIER_INTERVALS, has_earlier_intervals
from pathgui.core.results.findings import letters_of
from pathgui.core.results.slide_verdict import slide_verdict
from pathgui.core.runs import record as records
from pathgui.core.runs.k_words import k_caution
from pathgui.core.runs.run_files import copy_run, load_evaluation, save_evaluation
from pathgui.core.runs.slides_of_run import evaluation_of
from pathgui.core.runs.targets import require_file, require_target
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.files import Stamp
from pathgui.core.system.json_records import to_json

OVERWRITE = say("Choose another name, or replace it with overwrite=True.")


def open_run(path: str | PathLike[str]) -> Run:
    """Open a finished run.

    Parameters
    ----------
    path : path
        The folder ``NAME.pgrun``, made by any front end of this or an earlier version.

    Raises
    ------
    PathguiError
        If it is no run, or damaged, or of a later version.
    """
    return Run(load_evaluation(Path(path)), Path(path))


class Run(Measurements):
    """One evaluation: the measurement of each encoder by its name, and what is said of the slide.

    In a notebook it shows as a table.
    """

    def __init__(self, evaluation: records.Evaluation, folder: Path | None = None) -> None:
        run = evaluation.run
        super().__init__({result.encoder.name: result for result in run.encoders}, letters_of(run))
        self._evaluation = evaluation
        self._folder = folder

    @property
    def record(self) -> records.Run:
        """Everything, as ``run.json`` keeps it."""
        return self._evaluation.run

    @property
    def notices(self) -> tuple[str, ...]:
        """What has to be known to read the run; each encoder's own are with its measurement."""
        earlier = EARLIER_INTERVALS if has_earlier_intervals(self.record) else ""
        return tuple(text for text in (earlier, k_caution(self.record.encoders)) if text)

    @property
    def failures(self) -> Mapping[str, str]:
        """Encoders that could not run, and why."""
        return {each.name: each.reason for each in self._evaluation.failures}

    @property
    def slide_verdicts(self) -> Mapping[str, str]:
        """What each encoder says of the slide, in a sentence or two; empty without a slide."""
        results = self.record.encoders
        return {each.encoder.name: said for each in results if (said := slide_verdict(each))}

    @property
    def slides(self) -> Mapping[str, str]:
        """Of a run on a cohort the slides: "done", or why not; empty in any other run."""
        return {each.slide_id: each.reason or each.state for each in self.record.slides}

    def slide(self, slide_id: str) -> Run:
        """A slide of a run on a cohort, as a run of that slide alone.

        Parameters
        ----------
        slide_id : str
            As in the cohort, or as the run has it.

        Raises
        ------
        PathguiError
            If the run has no such slide, or it was not evaluated.
        """
        name = kept_id(self.record, slide_id)
        return Run(evaluation_of(self._folder or Path(), self._evaluation, name))

    @property
    def outcome(self) -> str:
        """Of the acceptance criteria: "pass", "fail" or "not assessable"; "" if none were set."""
        return "" if self.record.criteria is None else self.record.criteria.outcome

    def tiles(self) -> Any:
        """The slide's tiles with all answers, one row a tile, as a table of pyarrow.

        The columns are those of ``tiles.parquet``.

        Raises
        ------
        PathguiError
            If no slide was evaluated.
        """
        tiles = self._evaluation.tiles
        if tiles is None:
            raise PathguiError(say("No slide was evaluated in this run, so it has no tiles."))
        return records.tile_rows(self.record, tiles)

    def save(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Keep the run as a folder ``NAME.pgrun``, which window and terminal open.

        Raises
        ------
        PathguiError
            If something lies there, or it cannot be written.
        """
        folder, before = run_target(path, overwrite)
        if self.record.slides and self._folder is not None:
            copy_run(self._folder, folder, replacing=before)
            return folder
        save_evaluation(self._evaluation, folder, replacing=before)
        return folder

    def report(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the report: a PDF, or one page of HTML where the name ends in ``.html``.

        Raises
        ------
        PathguiError
            If something lies there, or it cannot be written.
        """
        from pathgui.core.report.report import write_report

        file = Path(path)
        if file.suffix.lower() not in (".pdf", ".html", ".htm"):
            raise PathguiError(
                say("A report is a .pdf or .html file; {file} is neither.", file=file)
            )
        require_file(file, replace=overwrite, how=OVERWRITE)
        if self.record.slides and self._folder is not None:
            return write_report(self._folder, file)
        with tempfile.TemporaryDirectory() as drafts:
            folder = Path(drafts) / f"run{RUN_ENDING}"
            save_evaluation(self._evaluation, folder)
            return write_report(folder, file)

    def to_json(self) -> str:
        """Everything, as ``run.json`` keeps it."""
        return to_json(self.record).decode()


def run_target(path: str | PathLike[str], overwrite: bool) -> tuple[Path, Stamp | None]:
    """Where a run may go, and what it may replace there.

    Raises
    ------
    PathguiError
        If it may not or cannot be written there.
    """
    folder = Path(path)
    if folder.suffix != RUN_ENDING:
        raise PathguiError(
            say(
                "A run is a folder whose name ends in {RUN_ENDING}; {folder} does not.",
                RUN_ENDING=RUN_ENDING,
                folder=folder,
            )
        )
    return folder, require_target(folder, "run", replace=overwrite, how=OVERWRITE)
