"""``pathgui.perturb``: what if the slide had been stained elsewhere, or scanned otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from pathgui.api.options import settings_of
from pathgui.api.progress import told
from pathgui.api.slides import Slide, file_of
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import Event, Notice
from pathgui.core.runs.options import PrecisionChoice
from pathgui.core.what_if.alterations import CURVES
from pathgui.core.what_if.results import WhatIf
from pathgui.folders import add_users_encoders, embeddings_dir, named_slide

_ALL = tuple(kind.name for kind in CURVES)


def perturb(
    slide: str | PathLike[str] | Slide,
    *,
    reference: str | PathLike[str],
    encoders: str | Sequence[str],
    tiles: int = 200,
    centers: int | Sequence[str] = 8,
    curves: str | Sequence[str] = _ALL,
    center: str = "",
    mpp: float | None = None,
    center_column: str | Sequence[str] = (),
    tissue_column: str = "",
    device: str = "auto",
    precision: PrecisionChoice = "fp32",
    seed: int = 0,
    progress: bool | Callable[[Event], None] = False,
) -> dict[str, WhatIf]:
    """Say what would change if the slide had been stained elsewhere, or scanned otherwise.

    Tiles of the slide are colored as centers of the reference set, blurred, compressed, and
    embedded again. No labels are needed. As ``pathgui perturb`` does, with the embeddings that it
    keeps: what was embedded before is not embedded again.

    Parameters
    ----------
    slide : path or Slide
    reference : path
        The reference set, a folder ``NAME.pgref``.
    encoders : name or names
        As ``pathgui encoders`` lists them.
    tiles : int
        How many tiles of the slide, spread over it; the same ones for the same seed.
    centers : int or names
        As how many centers tiles are colored, drawn where the set has more; or as which.
    curves : name or names
        "blur", "jpeg", "brightness", "gamma", "hue", "scale"; () for none.
    center : str
        Of the slide, where it is known: colored as there, tiles are a control.
    mpp : float, optional
        µm per pixel of the slide, where its file does not say.
    center_column, tissue_column, device, precision, seed
        As of :func:`pathgui.evaluate`.
    progress : bool or function
        True draws a bar; a function gets each event, and may raise to end the work.

    Returns
    -------
    dict
        By encoder. ``centers`` and ``curves`` hold how far embeddings ``moved`` (1: as far as from
        one tissue to another), which share of tiles ``flipped`` to another tissue answer, and for
        colors, how much more often that center is answered (``followed``); each a ``value`` with
        its 95 % interval, ``low`` to ``high``.

    Raises
    ------
    PathguiError
        If something is not as it should be, or an encoder gives nothing; the text says what.
    """
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.encoders.standard import standard_encoders
    from pathgui.core.evaluation.altering import AlteringRequest, carry_out, plan_altering
    from pathgui.core.reference.reference_set import load_reference
    from pathgui.core.reference.role_columns import in_roles
    from pathgui.core.slides.slide_file import SlideFile

    if tiles < 1:
        raise PathguiError(say("tiles must be at least 1, not {tiles}.", tiles=tiles))
    settings = settings_of(
        center_column=center_column, tissue_column=tissue_column, precision=precision, seed=seed
    )
    how_many = centers if isinstance(centers, int) else 0
    request = AlteringRequest(
        n_tiles=tiles,
        n_centers=how_many,
        centers=() if isinstance(centers, int) else _names(centers),
        curves=_names(curves),
        settings=replace(settings, device=device),
        own_center=center,
    )
    file = file_of(slide) if isinstance(slide, Slide) else SlideFile(named_slide(slide))
    file = replace(file, mpp=file.mpp if mpp is None else mpp)
    known = in_roles(
        load_reference(Path(reference)), settings.center_columns, settings.tissue_column
    )
    with told(progress) as report:
        registry = standard_encoders()
        for fault in add_users_encoders(registry):
            report(Notice(fault))
        specs = registry.chosen(_names(encoders))
        with file.open(report) as opened:
            plan = plan_altering(request, known, opened, specs, report=report)
            found = carry_out(plan, EmbeddingStore(embeddings_dir()), report)
    done = {}
    for name, each in found.items():
        if not isinstance(each, WhatIf):
            raise each if isinstance(each, PathguiError) else PathguiError(f"{each.reason}.")
        done[name] = each
    return done


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
