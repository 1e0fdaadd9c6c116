"""What the sections of the report are made from: the run, and what follows from it in words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath

from pathgui.core.baselines.standing import Evidence
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.pictures.palette import (
    FEW,
    center_colors,
    center_letter,
    tissue_colors,
    tissue_letter,
    to_hex,
)
from pathgui.core.reference.pseudonyms import PATH_BEGINNING, last_parts
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.report.render.document import Cell, LegendEntry
from pathgui.core.report.sections.glossary import Term, explain, meaning, terms_of
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.results import formatting as fmt
from pathgui.core.results.findings import ranked, with_index
from pathgui.core.runs.record import (
    EncoderResult,
    Evaluation,
    Run,
    SlideFacts,
    SlideOfRun,
    TileTable,
)
from pathgui.core.runs.repeat_command import without_folders


@dataclass(frozen=True)
class Subject:
    """One run as the report sees it; ``files`` collects the pictures that sections make."""

    evaluation: Evaluation
    options: ReportOptions
    files: dict[str, bytes] = field(default_factory=dict)
    prefix: str = ""  # of the names of its pictures, where a report has several subjects
    evidence: Evidence = field(default_factory=Evidence)  # what lies beside the run

    @property
    def base(self) -> str:
        """The file with the picture of the slide as a whole."""
        return f"{self.prefix}thumbnail.jpg"

    @property
    def run(self) -> Run:
        return self.evaluation.run

    @property
    def slide(self) -> SlideFacts | None:
        return self.run.slide

    @property
    def tiles(self) -> TileTable | None:
        return self.evaluation.tiles

    @cached_property
    def report_id(self) -> str:
        """Follows from the run and the options, so that the same report has the same ID."""
        choices = repr(
            sorted(
                (name, sorted(value) if isinstance(value, frozenset) else value)
                for name, value in vars(self.options).items()
            )
        )
        seal = self.evidence.seal and f" {self.evidence.seal}"
        seal += "".join(f" {each.name} {each.sha256}" for each in self.evaluation.classifiers)
        said = f"pathgui report {self.run.id} {choices}{seal}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, said))

    @cached_property
    def ranked(self) -> list[EncoderResult]:
        """By falling robustness index; those that have none at the end, in the run's order."""
        return ranked(self.run)

    @cached_property
    def in_order(self) -> Run:
        """The run with its encoders as they are ranked, for the charts."""
        return replace(self.run, encoders=self.ranked)

    @cached_property
    def measured(self) -> list[tuple[EncoderResult, RobustnessIndex]]:
        """Encoders with a robustness index, best first."""
        return with_index(self.run)

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The terms of a report, by name; what tissue means is as the reference set has it."""
        return terms_of(self.run.reference)

    def explain(self, *names: str) -> str:
        """What these terms mean, in the words of the glossary."""
        return explain(self.terms, names)

    def meaning(self, name: str) -> str:
        """What one term means, as a sentence begins."""
        words = meaning(self.terms, name)
        return words[:1].upper() + words[1:]

    @property
    def columns(self) -> RoleColumns:
        """The columns that play center and tissue in the run."""
        return self.run.reference.columns

    @property
    def center(self) -> str:
        """What the report calls a center."""
        return self.columns.of_center.one

    @property
    def centers(self) -> str:
        return self.columns.of_center.many

    @property
    def a_center(self) -> str:
        return self.columns.of_center.a

    @property
    def Center(self) -> str:
        """The same at the start of a sentence or a heading."""
        return self.columns.of_center.One

    @property
    def Centers(self) -> str:
        return self.columns.of_center.Many

    @cached_property
    def slide_name(self) -> str:
        if self.run.cohort is not None:
            return say(
                "{slides} of {cohort_name}",
                slides=fmt.plural(len(self.run.slides), "slide"),
                cohort_name=self.run.cohort.name,
            )
        if self.slide is None:
            return say("no slide")
        return self.slide.file_name if self.options.show_file_names else self.slide.pseudonym

    def name_of(self, slide: SlideOfRun) -> str:
        """A slide of a cohort, by its name or by a pseudonym."""
        return slide.slide_id if self.options.show_file_names else slide.folder

    @cached_property
    def _pseudonyms(self) -> dict[str, str]:
        """What stands for the names of a cohort's slides, the longest name first."""
        found: dict[str, str] = {}
        for slide in self.run.slides:
            names = [slide.slide_id]
            if slide.slide is not None:
                names += [slide.slide.file_name, PurePosixPath(slide.slide.file_name).stem]
            found |= {name: slide.folder for name in names if len(name) > 2}
        return {name: found[name] for name in sorted(found, key=len, reverse=True)}

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        if not self._pseudonyms:
            return None
        each = "|".join(map(re.escape, self._pseudonyms))
        return re.compile(rf"(?<!\w)({each})(?!\w)")

    @cached_property
    def tissue_swatches(self) -> list[str]:
        return [to_hex(color) for color in tissue_colors(len(self.run.reference.tissues))]

    @cached_property
    def center_swatches(self) -> list[str]:
        return [to_hex(color) for color in center_colors(len(self.run.reference.centers))]

    def tissue_cell(self, index: int) -> Cell:
        """Name of a tissue with its color."""
        return Cell(self.run.reference.tissues[index], swatch=self.tissue_swatches[index])

    def center_cell(self, index: int) -> Cell:
        """Letter and name of a center with its color."""
        name = self.run.reference.centers[index]
        return Cell(f"{center_letter(index)}  {name}", swatch=self.center_swatches[index])

    def key(self, layer: str, counts: Sequence[int] | None = None) -> list[LegendEntry]:
        """What colors and letters of the tissues, or else of the centers, mean.

        ``counts`` are tiles of each: those without any are left out, and of more than a few the
        most frequent come first, as in the window.
        """
        if layer == "tissue":
            names, swatches, letter = (
                self.run.reference.tissues,
                self.tissue_swatches,
                tissue_letter,
            )
        else:
            names, swatches, letter = (
                self.run.reference.centers,
                self.center_swatches,
                center_letter,
            )
        shown = [i for i in range(len(names)) if counts is None or counts[i]]
        if counts is not None and len(names) > FEW:
            shown.sort(key=lambda i: -counts[i])
        return [LegendEntry(swatches[i], f"{letter(i)}  {names[i]}") for i in shown]

    @property
    def command(self) -> str:
        """The command that repeats the run; runs kept earlier have one with folders."""
        command = self.run.command
        return command if self.options.show_file_names else self.private(without_folders(command))

    def told(self, text: str) -> str:
        """A text that the record keeps, in the reader's language, as :meth:`private`."""
        return self.private(retold(text))

    def private(self, text: str) -> str:
        """``text`` without the slide's file name and without folders of this machine."""
        if self.options.show_file_names:
            return text
        if self._names is not None:
            text = self._names.sub(lambda found: self._pseudonyms[found[0]], text)
        if self.slide is not None and self.slide.file_name:
            name = self.slide.file_name
            stem = PurePosixPath(name).stem
            for known in (name, stem) if len(stem) > 2 else (name,):
                text = text.replace(known, self.slide.pseudonym)
            # Its folders too, blanks and all: they may be named for a patient.
            ending = re.escape(self.slide.pseudonym)
            text = re.sub(
                rf"{PATH_BEGINNING}[^'\"<>|\n]*?[\\/]{ending}", self.slide.pseudonym, text
            )
        return last_parts(text)
