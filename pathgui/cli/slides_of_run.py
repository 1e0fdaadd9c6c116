"""The slides of a run on a cohort in the terminal."""

from __future__ import annotations

from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.core.reference.roles import RoleColumns, noun_of
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_diff import CohortDiff, sentences
from pathgui.core.results.cohort_summary import (
    own_center_sentence,
    reading,
    slides_sentence,
)
from pathgui.core.results.tissue_share import left_out_of_slides
from pathgui.core.results.unlike_slides import unlike_sentence, why_unlike
from pathgui.core.runs.private_names import slides_for_the_desk
from pathgui.core.runs.record import Run, SlideByEncoder, SlideOfRun
from pathgui.folders import name_book, pseudonym_key

_MOST_SHOWN = 60  # slides of the table in the terminal; --json and pathgui export have all


def print_slides(run: Run) -> None:
    """What the encoders say of all slides, then slide by slide; those that failed with why."""
    if run.cohort is None:
        return
    run = slides_for_the_desk(run, name_book().known)
    titles = {each.encoder.name: each.encoder.title for each in run.encoders}
    tell(f"\n{slides_sentence(run)}")
    for found in run.over_slides:
        sentence = own_center_sentence(found, run.reference.columns)
        tell(f"  {titles.get(found.encoder, found.encoder)} {sentence}")
    done = [slide for slide in run.slides if slide.state == "done"]
    if done:
        tell(f"  {unlike_sentence(run)}")
        if left := left_out_of_slides(each.slide for each in done if each.slide is not None):
            tell(f"  {left}")
        _print_done(run, done, titles)
    for slide in run.slides:
        if slide.state == "failed":
            tell(
                say(
                    "{slide_id} failed: {reason}",
                    slide_id=slide.slide_id,
                    reason=retold(slide.reason),
                )
            )


def _print_done(run: Run, done: list[SlideOfRun], titles: dict[str, str]) -> None:
    assert run.cohort is not None
    table = Table(title=say("Where encoders place the slides"), title_justify="left")
    table.add_column(say("Slide"), overflow="fold")
    table.add_column(noun_of(run.cohort.center_column).One, overflow="fold")
    table.add_column(say("Tiles"), justify="right")
    for title in titles.values():
        table.add_column(title, overflow="fold")
    for slide in done[:_MOST_SHOWN]:
        said = {each.encoder: each for each in slide.encoders}
        tiles = "" if slide.slide is None else fmt.count(slide.slide.tiles_used)
        cells = [_cell(said.get(name), run.reference.columns) for name in titles]
        table.add_row(slide.slide_id, slide.center or "–", tiles, *cells)
    out.print(table)
    if len(done) > _MOST_SHOWN:
        tell(
            say(
                "{n_done:,} more slides are in the run: pathgui export --format csv.",
                n_done=len(done) - _MOST_SHOWN,
            )
        )


def _cell(said: SlideByEncoder | None, columns: RoleColumns) -> str:
    """The center that most nearest reference tiles are of, and the share of tiles."""
    if said is None:
        return say("could not run")
    found = reading(said)
    if found.place is None or found.place_share is None:
        return "–"
    why = why_unlike(found.far_share, found.no_known_center, columns)
    return f"{found.place} ({fmt.percent(found.place_share)}){f', {why}' if why else ''}"


def print_slide_changes(found: CohortDiff, columns: RoleColumns) -> None:
    """What changed of the slides of a cohort: together, then those that moved one by one."""
    first, *others = sentences(found, columns)
    tell(f"\n{first}")
    for caution in found.cautions:
        tell(say("Note: {caution}", caution=caution))
    for line in others:
        tell(line)
    moved = [(each.encoder, slide) for each in found.encoders for slide in each.moved]
    if not moved:
        return
    table = Table(title=say("Slides that are placed elsewhere"), title_justify="left")
    for title in (
        say("Encoder"),
        say("Slide"),
        columns.say(say("Known {center}")),
        say("Before"),
        say("After"),
    ):
        table.add_column(title, overflow="fold")
    for title in (say("Outside before"), say("Outside after")):
        table.add_column(title, justify="right")
    for encoder, slide in moved[:_MOST_SHOWN]:
        shares = [
            "–" if share is None else fmt.percent(share)
            for share in (slide.far_before, slide.far_after)
        ]
        table.add_row(
            encoder, slide.slide_id, slide.known or "–", slide.place_before or "–",
            slide.place_after or "–", *shares,
        )  # fmt: skip
    out.print(table)
    if len(moved) > _MOST_SHOWN:
        tell(
            say("{n_moved:,} more are in pathgui compare --json.", n_moved=len(moved) - _MOST_SHOWN)
        )


def kept_id(run: Run, slide_id: str) -> str:
    """What the run calls a slide, by its slide_id or by what the run calls it."""
    if any(slide.slide_id == slide_id for slide in run.slides):
        return slide_id
    hidden = Pseudonyms(pseudonym_key(), run.reference.sha256).slide(slide_id)
    return hidden if any(slide.slide_id == hidden for slide in run.slides) else slide_id
