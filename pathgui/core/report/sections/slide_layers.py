"""The overlays of a slide, with the key of their colors, letters and strengths on each page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.pictures.fading import HOLLOW_MEANS, STEP_WORDS, STRENGTHS
from pathgui.core.pictures.palette import center_letter, tissue_letter, to_hex
from pathgui.core.reference.roles import USUAL
from pathgui.core.report.render.document import LegendEntry, Panel, Panels
from pathgui.core.report.render.overlays import overlay_svg, scale_bar
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import Composition, EncoderResult, SlideMeasurement, TileTable

_IN_ROLES = {
    "tissue": say("{Tissue}, probe"),
    "center": say("{Center}, probe"),
    "nearest_center": say("Nearest reference tile’s {center}"),
}
LAYERS = {layer: USUAL.say(title) for layer, title in _IN_ROLES.items()}


def layer_panels(subject: Subject, shown: list[EncoderResult], layer: str) -> Panels:
    """A picture for each encoder of what it says of the tiles: tissue, center, nearest_center."""
    tiles, slide = subject.tiles, subject.slide
    assert tiles is not None
    assert slide is not None
    panels: list[Panel] = []
    counts, hollow = np.zeros(len(_names(subject, layer)), np.intp), False
    for result in shown:
        name = result.encoder.name
        measured = result.slide
        assert measured is not None
        file = f"{subject.prefix}{layer}-{len(panels)}.svg"
        composition = composition_of(measured, layer)
        assert composition is not None
        swatches = subject.tissue_swatches if layer == "tissue" else subject.center_swatches
        letter = tissue_letter if layer == "tissue" else center_letter
        answers: dict[str, NDArray[np.int16]] = getattr(tiles, layer)
        probability = _probability(tiles, layer, name)
        subject.files[file] = overlay_svg(
            slide, tiles.cells, answers[name], swatches,
            [letter(i) for i in range(len(swatches))], probability,
        )  # fmt: skip
        counts += np.asarray(composition.counts)
        if probability is not None:
            hollow |= bool(np.isnan(probability[answers[name] >= 0]).any())
        panels.append(
            Panel(
                result.encoder.title,
                file,
                alt=say(
                    "{layer_title}, per tile, after {encoder_title}: {in_words}.",
                    layer_title=layer_title(subject, layer),
                    encoder_title=result.encoder.title,
                    in_words=_in_words(composition),
                ),
            )
        )
    key = subject.key(layer, counts.tolist())
    if layer != "nearest_center":
        key += _strengths(hollow=hollow)
    return overlay_panels(subject, panels, key)


def _names(subject: Subject, layer: str) -> list[str]:
    reference = subject.run.reference
    return reference.tissues if layer == "tissue" else reference.centers


def _probability(tiles: TileTable, layer: str, encoder: str) -> NDArray[np.float32] | None:
    if layer == "nearest_center":
        return None
    found: dict[str, NDArray[np.float32]] = getattr(tiles, f"{layer}_probability")
    return found[encoder]


def _strengths(*, hollow: bool) -> list[LegendEntry]:
    """How strongly tiles are painted, and what that means."""
    entries = []
    for strength, words in zip(STRENGTHS, STEP_WORDS, strict=True):
        shade = round(255 - 165 * strength)
        entries.append(
            LegendEntry(to_hex((shade, shade, shade)), say("probability {words}", words=words))
        )
    if hollow:
        entries.append(LegendEntry("#5a5a5a", HOLLOW_MEANS, hollow=True))
    return entries


def overlay_panels(subject: Subject, panels: list[Panel], key: list[LegendEntry]) -> Panels:
    """Pictures side by side at one scale, below their key."""
    slide = subject.slide
    assert slide is not None
    width, height = slide.size_l0
    bar = scale_bar(width * slide.mpp)
    columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    return Panels(
        base=subject.base if subject.base in subject.files else "",
        panels=panels,
        columns=columns,
        aspect=height / width,
        bar=bar / (width * slide.mpp),
        bar_label=fmt.length_um(bar),
        legend=key,
    )


def layer_title(subject: Subject, layer: str) -> str:
    """What a layer is called, in the words of the run's columns."""
    return subject.columns.say(_IN_ROLES[layer])


def _in_words(composition: Composition) -> str:
    named = sorted(zip(composition.counts, composition.names, strict=True), reverse=True)
    return ", ".join(f"{name} {fmt.plural(n, 'tile')}" for n, name in named if n)


def composition_of(measured: SlideMeasurement, layer: str) -> Composition | None:
    """Tiles of each class; None in runs of earlier versions."""
    found: Composition | None = getattr(measured, layer)
    return found
