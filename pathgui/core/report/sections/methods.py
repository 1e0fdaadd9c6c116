"""The methods of a run, in the report."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Facts,
    Formula,
    Heading,
    Paragraph,
)
from pathgui.core.report.sections.references import cite
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.earlier_runs import has_earlier_intervals
from pathgui.core.runs.k_words import k_caution, k_sentence, ks_of
from pathgui.core.runs.options import said
from pathgui.core.runs.record import Run

_LEFT_OUT = say(
    "For the 95 % interval slides are left out one after the other, not "
    "tiles. Tiles of one slide are alike, so leaving out single tiles would "
    "give intervals that are too narrow. The interval follows from the "
    "spread of the values without each slide, among slides of the same "
    "{tissues} and {center} (a stratified jackknife with Student’s t). "
    "Intervals of probes are those of the fitted probe."
)
_DRAWN = say(
    "For the 95 % interval an earlier version of the program drew slides "
    "with replacement (a bootstrap). Where a slide holds several tissues, "
    "such intervals lie too high."
)


def methods(subject: Subject) -> list[Block]:
    """How every number came about."""
    run = subject.run
    indices = [index for _, index in subject.measured]
    definitions = sorted({index.definition for index in indices})
    tiles = _tile_sentence(subject)
    return [
        Heading(say("Tiles")),
        Paragraph(tiles),
        Heading(say("Neighbors")),
        Paragraph(
            say(
                "Embeddings are compared by cosine distance. {explain} For each "
                "tile the k nearest tiles of the reference set are taken, "
                "exactly. Tiles of the same slide are left out, and those of the "
                "same patient where patients are known. Of tiles at the same "
                "distance, the first in the set counts. {k_said}",
                explain=subject.explain("cosine distance"),
                k_said=_k_said(run),
            )
        ),
        Heading(say("Robustness index")),
        Formula(
            typst='"RI"(k) = n_"SO" / (n_"SO" + n_"OS")',
            text="RI(k) = n(SO) / (n(SO) + n(OS))",
        ),
        Paragraph(
            say(
                "n is the number of neighbors of that kind, summed over the k "
                "nearest of all tiles. "
            )
            + (
                say(
                    "Definition: {definitions} {cite}. ",
                    definitions=fmt.listing(definitions),
                    cite=cite("pathorob"),
                )
                if definitions
                else ""
            )
            + say(
                "The index lies between 0 and 1. Its chance value is ½ only if "
                "every tile has as many tiles that could be SO neighbors as "
                "tiles that could be OS neighbors. So it is counted from the "
                "tiles that may be neighbors, and printed beside the index. For "
                "C tissues at M {centers} in equal numbers it is (M − 1) / (M + "
                "C − 2), but only if each slide has one tissue.",
                centers=subject.centers,
            )
        ),
        Paragraph(_DRAWN if has_earlier_intervals(subject.run) else subject.columns.say(_LEFT_OUT)),
        Heading(say("Index of 2025")),
        Formula(
            typst='"RI"_2025(k) = (n_"SS" + n_"SO") / (n_"SS" + n_"OS")',
            text="RI2025(k) = (n(SS) + n(SO)) / (n(SS) + n(OS))",
        ),
        Paragraph(f"{subject.meaning('index of 2025')}."),
        Heading(say("Probes")),
        Paragraph(
            say(
                "One probe tells the tissue, another the {center}. Balanced "
                "accuracy is measured by cross-validation: each probe is tested "
                "on slides (patients) that took no part in fitting it.",
                center=subject.center,
            )
            + (
                say(
                    " On the slide, tissue and {center} come from probes fitted "
                    "on the whole reference set. Their probabilities are "
                    "corrected by slides that took no part in fitting.",
                    center=subject.center,
                )
                if subject.slide is not None
                else ""
            )
        ),
        Facts(
            [
                (title, Cell(words))
                for title, words in said(
                    run.settings, slide=subject.slide is not None, columns=subject.columns
                ).items()
            ],
            columns=2,
        ),
    ]


def _k_said(run: Run) -> str:
    shared = k_sentence(run)
    if not shared:
        return k_caution(run.encoders) or say(
            "k is {numbers}.", numbers=_numbers(ks_of(run.encoders))
        )
    if run.k is None or not run.k.votes:
        return shared
    return say(
        "{shared} An encoder’s own best k is the one at which the neighbors "
        "name the tissue best. Of several that cannot be told from the best, "
        "it is the one in the middle.",
        shared=shared,
    )


def _numbers(values: list[int]) -> str:
    if not values:
        return say("not recorded")
    return fmt.listing([str(value) for value in values])


def _threshold_said(run: Run) -> str:
    """The threshold of the tissue mask, after how it was found; "" where none is recorded."""
    if run.slide is None or run.slide.tissue_threshold is None:
        return ""
    if run.settings.tissue_threshold is None:
        return say("; threshold {value:.3g}, automatic", value=run.slide.tissue_threshold)
    return say("; threshold {value:.3g}, chosen", value=run.slide.tissue_threshold)


def _tile_sentence(subject: Subject) -> str:
    slide, run = subject.slide, subject.run
    cut = [slide] if slide else [each.slide for each in run.slides if each.slide is not None]
    if not cut:
        return say("Only the tiles of the reference set were used.")
    edge = f"{fmt.length_um(slide.tile_edge_um)}, " if slide else ""
    kept, used = (sum(each.tiles_tissue for each in cut), sum(each.tiles_used for each in cut))
    mask = (
        say(
            " (tissue mask: {tissue_mask_method}{threshold_said})",
            tissue_mask_method=slide.tissue_mask_method,
            threshold_said=_threshold_said(run),
        )
        if slide
        else ""
    )
    text = say(
        "{the} slide is cut into squares of {edge}the field of view of the "
        "reference set’s tiles, on one grid for all encoders. {kept} of them "
        "have enough tissue and are kept{mask}.",
        the=say("The") if slide else say("Each"),
        edge=edge,
        kept=fmt.count(kept),
        mask=mask,
    )
    if used < kept:
        text += say(
            " Of these, {used} were drawn at random (seed {seed}) and evaluated.",
            used=fmt.count(used),
            seed=run.settings.seed,
        )
    return text + say(" Every encoder sees each tile whole, resized to its input.")
