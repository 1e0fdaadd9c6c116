"""``pathgui encoders add``: an encoder of the user's own from its file of weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.arguments import known_encoders
from pathgui.cli.terminal import tell
from pathgui.core.encoders.own_proposals import NORMALIZATIONS, RGB
from pathgui.core.errors import WeightsError, first_few
from pathgui.core.language.texts import say
from pathgui.folders import encoders_dir

_NORMALIZATION = "ImageNet"


def add(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help=say("Weights: .safetensors, .pth, .bin, the index of several files, or a folder.")
        ),
    ],
    name: Annotated[str, typer.Option(help=say("What the encoder is called."))] = "",
    mpp: Annotated[
        float | None, typer.Option(help=say("µm per pixel of the tiles it was trained on."))
    ] = None,
    side: Annotated[
        int | None, typer.Option(help=say("Side in pixels of the tiles it was trained on."))
    ] = None,
    pooling: Annotated[
        str, typer.Option(help=say("How the tokens of a tile become one embedding."))
    ] = "",
    normalization: Annotated[
        str,
        typer.Option(
            help=say(
                "{value}, or six numbers: the means of red, green and blue, then "
                "their deviations, for values from 0 to 1, with commas between.",
                value=first_few([*NORMALIZATIONS]),
            )
        ),
    ] = "",
    license_: Annotated[str, typer.Option("--license", help=say("Its license."))] = "in-house",
    strip: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "A prefix to take off the names of the tensors, such as module. "
                "Repeat it for several; left out, those that are found are taken "
                "off."
            )
        ),
    ] = None,
    try_: Annotated[
        bool, typer.Option("--try/--no-try", help=say("Embed two drawn tiles with it first."))
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("Say what the file tells; write nothing."))
    ] = False,
) -> None:
    """Make an encoder of your own of a file of weights, and list it.

    What the file tells is taken from it, what you say from you, the rest is proposed and said.
    """
    from pathgui.core.encoders.own_draft import draft_of, facts_of, try_out
    from pathgui.core.encoders.own_file import add_described
    from pathgui.core.phantom.reference import two_tiles

    draft = draft_of(file, strip)
    proposal = draft.proposals[0] if draft.proposals else None
    if proposal is None:
        raise WeightsError(draft.said(None))
    tell(draft.said(proposal))
    mean, std = (proposal.mean, proposal.std)
    if normalization:
        mean, std = _numbers(normalization)
    facts = facts_of(
        draft,
        proposal,
        title=name or draft.title,
        licence=license_,
        mpp=proposal.mpp if mpp is None else mpp,
        input_px=proposal.input_px if side is None else side,
        mean=mean,
        std=std,
        pooling=pooling or proposal.poolings[0],
    )
    if dry_run:
        return
    if try_:
        tell(str(try_out(facts, draft, two_tiles)))
    spec = add_described(known_encoders(context), facts, facts["title"], encoders_dir())
    tell(
        say(
            "{spec_title} is listed as {spec_name}, {origin}.",
            spec_title=spec.title,
            spec_name=spec.name,
            origin=spec.origin,
        )
    )


def _numbers(normalization: str) -> tuple[RGB, RGB]:
    for known, numbers in NORMALIZATIONS.items():
        if normalization.lower() == known.lower():
            return numbers
    try:
        r, g, b, dr, dg, db = (float(each) for each in normalization.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            say(
                "{normalization!r} is neither {value} nor six numbers",
                normalization=normalization,
                value=first_few([*NORMALIZATIONS]),
            ),
            param_hint="--normalization",
        ) from error
    return (r, g, b), (dr, dg, db)
