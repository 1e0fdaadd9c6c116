"""What a list says of the runs in a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.formatting import plural
from pathgui.core.results.summary import index_text
from pathgui.core.runs.k_words import k_caution, ks_of
from pathgui.core.runs.leftovers import finished_drafts, name_of
from pathgui.core.runs.record import Run, SlideFacts
from pathgui.core.runs.run_files import RUN_FILE, LaterFormat, read_run
from pathgui.core.runs.slide_records import with_written
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.json_records import InvalidRecord


@dataclass(frozen=True)
class RunEntry:
    """What a list says of one run. Of a damaged one, only ``folder`` and ``problem``."""

    folder: Path
    finished: str = ""  # ISO 8601
    slide: str = ""  # file name, or how many of which cohort; "": the reference set alone
    reference: str = ""
    encoders: tuple[str, ...] = ()  # titles
    headline: str = ""
    problem: str = ""
    slide_facts: SlideFacts | None = None
    baseline: str = ""  # how it stands as a baseline, if it is filed; core/baselines says it
    overdue: bool = False  # the check of that baseline
    unplaced: bool = False  # finished, but pathgui was killed before the folder got its name

    @property
    def name(self) -> str:
        """The name of the folder, without its ending."""
        name = name_of(self.folder) if self.unplaced else self.folder.name
        return name.removesuffix(RUN_ENDING)


def list_runs(folder: Path) -> list[RunEntry]:
    """The runs in ``folder``, newest first, damaged ones last. No folder: no runs.

    Among them are those that are finished but were never given their name, see
    :func:`pathgui.core.runs.leftovers.give_name`.
    """
    if not folder.is_dir():
        return []
    entries = [_entry(path) for path in folder.iterdir() if path.suffix == RUN_ENDING]
    unplaced = [path for path in finished_drafts(folder) if name_of(path).endswith(RUN_ENDING)]
    entries += [replace(_entry(path), unplaced=True) for path in unplaced]
    good = [entry for entry in entries if not entry.problem]
    bad = [entry for entry in entries if entry.problem]
    return [
        *sorted(good, key=lambda entry: (entry.finished, entry.name), reverse=True),
        *sorted(bad, key=lambda entry: entry.name),
    ]


def _entry(folder: Path) -> RunEntry:
    try:
        run = with_written(read_run((folder / RUN_FILE).read_bytes()), folder)
    except OSError as error:
        return RunEntry(
            folder,
            problem=say(
                "{RUN_FILE} cannot be read: {strerror}", RUN_FILE=RUN_FILE, strerror=error.strerror
            ),
        )
    except InvalidRecord as error:
        return RunEntry(
            folder, problem=say("{RUN_FILE} is damaged: {error}", RUN_FILE=RUN_FILE, error=error)
        )
    except LaterFormat as error:
        return RunEntry(folder, problem=f"{RUN_FILE} {error}")
    return RunEntry(
        folder,
        finished=run.finished,
        slide=_slides(run),
        slide_facts=run.slide,
        reference=run.reference.name,
        encoders=tuple(result.encoder.title for result in run.encoders),
        headline=_headline(run),
    )


def _slides(run: Run) -> str:
    """The file's name of a run of one slide; of a run on a cohort how many slides it has."""
    if run.cohort is not None:
        done = sum(slide.state != "waiting" for slide in run.slides)
        if done < len(run.slides):
            return say(
                "{done:,} of {slides} of {cohort_name}",
                done=done,
                slides=plural(len(run.slides), "slide"),
                cohort_name=run.cohort.name,
            )
        return say(
            "{slides} of {cohort_name}",
            slides=plural(len(run.slides), "slide"),
            cohort_name=run.cohort.name,
        )
    return "" if run.slide is None else run.slide.file_name


def _headline(run: Run) -> str:
    """The encoder with the highest index, and that index with its k: runs stand side by side."""
    if k_caution(run.encoders):
        return say(
            "Encoders at different k: {ks_of}",
            ks_of=", ".join(str(k) for k in ks_of(run.encoders)),
        )
    best = None
    for result in run.encoders:
        index = result.reference.robustness_index
        if not isinstance(index, NotAssessable) and (best is None or index.value > best[0]):
            best = (
                index.value,
                say(
                    "{encoder_title}: RI {index_text} at k = {k}",
                    encoder_title=result.encoder.title,
                    index_text=index_text(index),
                    k=index.k,
                ),
            )
    return say("Robustness index not assessable") if best is None else best[1]
