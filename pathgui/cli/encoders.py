"""``pathgui encoders``: what there is, what each lacks, and getting it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pathgui.cli.arguments import known_encoders
from pathgui.cli.own_encoder import add
from pathgui.cli.spoken import Commands
from pathgui.cli.terminal import Watch, in_megabytes, out, print_json, tell
from pathgui.core.encoders.facts.registry import EncoderSpec, ListedEncoder, Readiness
from pathgui.core.encoders.facts.words import FACTS, STATES, fact_lines
from pathgui.core.encoders.standard import listed_encoders
from pathgui.core.errors import EncoderError
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import localized, say
from pathgui.core.results.substitutes import proposal
from pathgui.folders import corrected_dir, imports_dir

app = Commands(help=say("List encoders; get their weights."), invoke_without_command=True)
app.command("add")(add)

_NAMES = Annotated[list[str], typer.Argument(help=say("Encoders, by the names of the list."))]
_SLIDE_DOOR = say(
    "Its vectors, one a slide, can be measured: pathgui reference import "
    "FOLDER TABLE --out REF.pgref makes a reference set of them."
)


@app.callback()
def list_encoders(
    context: typer.Context,
    find: Annotated[
        str,
        typer.Option(
            help=say(
                "List only encoders that have all these words in name, family, license or facts."
            )
        ),
    ] = "",
    state: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "List only encoders in this state ({STATES}). Repeat it for several.",
                STATES=", ".join(STATES),
            )
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
    unavailable: Annotated[
        bool, typer.Option("--unavailable", help=say("Also list models that cannot run here."))
    ] = False,
) -> None:
    """List the encoders, which are ready, and what the others lack. No hub is asked."""
    if context.invoked_subcommand is not None:
        return
    if wrong := set(state or ()) - set(STATES):
        raise typer.BadParameter(
            say("no state is called {wrong}", wrong=", ".join(sorted(wrong))), param_hint="--state"
        )
    words = find.lower().split()
    encoders = known_encoders(context).encoders()
    known = {spec.name: spec.readiness() for spec in encoders}
    specs = [
        spec
        for spec in sorted(encoders, key=lambda spec: not known[spec.name].ready)
        if all(word in _about(spec) for word in words)
        and (not state or known[spec.name].state in state)
    ]
    listed = [
        entry
        for entry in listed_encoders()
        if not state and all(word in f"{entry.name} {entry.title}".lower() for word in words)
    ]
    if json:
        ready = [_facts(spec, known[spec.name]) for spec in specs]
        print_json([*ready, *map(_unavailable, listed)])
        return
    _print_table(specs, known)
    if unavailable:
        for entry in listed:
            tell(f"{entry.title}: {retold(entry.reason)}")
    elif listed:
        out.print(
            say(
                "{n_listed} more are known but cannot run here: see --unavailable.",
                n_listed=len(listed),
            )
        )
    tell(
        say(
            "pathgui encoders show NAME says all of one; download NAME gets its "
            "weights. Weights that you have: pathgui evaluate --weights "
            "NAME=FILE ..."
        )
    )


@app.command("show")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=say("An encoder, or NAME@POOLING."))],
) -> None:
    """Print all that is known of one encoder, its poolings, and its state."""
    for entry in listed_encoders():
        if entry.name == name:
            tell(f"{entry.title}: {retold(entry.reason)}\n{entry.page}")
            if entry.level == "slide":
                tell(_SLIDE_DOOR)
            return
    spec = known_encoders(context).encoder(name)
    for line in fact_lines(spec):
        tell(line)
    if len(spec.poolings) > 1:
        out.print(
            say(
                "Poolings: {poolings} (--encoder {spec_name}@POOLING)",
                poolings=", ".join(spec.poolings),
                spec_name=spec.name,
            )
        )
    state = spec.readiness()
    tell(say("State: {STATES}. {detail}", STATES=STATES[state.state], detail=state.detail))
    if meanwhile := proposal(spec, state.state):
        tell(meanwhile)
    if spec.page:
        tell(say("Page: {page}", page=spec.page))


@app.command("download")
def download(context: typer.Context, names: _NAMES) -> None:
    """Fetch weights from the Hugging Face hub. A download that was stopped goes on."""
    from pathgui.core.encoders.weights.hub import HubError, download

    for spec in [*map(known_encoders(context).encoder, names)]:
        try:
            with Watch() as watch:
                path = download(spec, in_megabytes(watch))
        except HubError as error:
            if meanwhile := proposal(spec, error.reason):
                raise HubError(error.reason, f"{error} {meanwhile}") from error
            raise
        tell(f"{spec.title}: {path}")


@app.command("access")
def access(context: typer.Context, names: _NAMES) -> None:
    """Ask the hub whether the account that is signed in may have these weights."""
    from pathgui.core.encoders.weights.hub import check_access

    denied = []
    for spec in [*map(known_encoders(context).encoder, names)]:
        with Watch(quiet=True) as watch:
            answer = check_access(spec, watch)
        tell(answer.detail)
        if not answer.granted:
            if meanwhile := proposal(spec, answer.reason):
                tell(meanwhile)
            denied.append(spec.title)
    if denied:
        raise EncoderError(say("No access yet: {denied}.", denied=", ".join(denied)))


@app.command("sign-in")
def sign_in() -> None:
    """Sign in to the hub with a token, read from the terminal (not shown) or from stdin.

    The hub checks it, and the hub library keeps it; pathgui keeps it nowhere else.
    """
    from pathgui.core.encoders.weights.hub import sign_in

    if sys.stdin.isatty():
        out.print(say("Get a token with the right to read: https://huggingface.co/settings/tokens"))
        token = typer.prompt(say("Token"), hide_input=True)
    else:
        token = sys.stdin.readline()
    if not token.strip():
        raise EncoderError(say("No token was given."))
    with Watch(quiet=True) as watch:
        account = sign_in(token, watch)
    out.print(say("Signed in to Hugging Face as {account}.", account=account))


@app.command("sign-out")
def sign_out() -> None:
    """Remove the token from the hub library's store."""
    from pathgui.core.encoders.weights.hub import sign_out

    sign_out()
    out.print(say("Signed out of Hugging Face."))


@app.command("recognize")
def recognize(
    file: Annotated[Path, typer.Argument(help=say("A file or folder with weights."))],
) -> None:
    """Say which encoder a file of weights is, by the names and shapes of its tensors."""
    from pathgui.core.encoders.recognition import recognize
    from pathgui.core.encoders.weights.weights_files import find_weights_file

    path = find_weights_file(file)
    found = recognize(path)
    tell(say("{path_name} has {description}.", path_name=path.name, description=found.description))
    if found.published:
        out.print(say("It is the published file of {published}.", published=found.published))
    elif found.fits:
        tell(say("It fits {fits}.", fits=", ".join(found.fits)))
    else:
        raise EncoderError(say("It fits no encoder that pathgui knows."))


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help=say("Embeddings of one encoder: TRIDENT .h5, .npz, Parquet, .h5ad, folders.")
        ),
    ],
    title: Annotated[str, typer.Option(help=say("Title of the embeddings in the list."))] = "",
    same_order: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "For .npy, .pt and others that name no tiles: a table (CSV, "
                ".xlsx, Parquet) with the tiles' paths or names in the order of "
                "the embeddings."
            )
        ),
    ] = None,
) -> None:
    """Add embeddings of another program to the list, as an encoder for evaluate and the window."""
    from pathgui.core.imported.as_encoders import import_embeddings

    with Watch() as watch:
        spec = import_embeddings(
            known_encoders(context),
            files,
            imports_dir(),
            title=title,
            same_order=same_order,
            report=watch,
        )
    tell(
        say(
            "{spec_title}: embeddings of {dim} numbers; its name is {spec_name}.",
            spec_title=spec.title,
            dim=spec.dim,
            spec_name=spec.name,
        ),
    )


@app.command("remove")
def remove(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help=say("An import or a corrected encoder, by its name."))
    ],
) -> None:
    """Take imported embeddings off the list, whose files stay, or a corrected encoder."""
    from pathgui.core.imported.as_encoders import remove_import

    spec = known_encoders(context).encoder(name)
    if spec.correction:
        from pathgui.core.encoders.corrected import remove_corrected

        remove_corrected(known_encoders(context), spec.name, corrected_dir())
        out.print(say("{spec_title} is off the list.", spec_title=spec.title))
        return
    if not spec.embeddings:
        raise EncoderError(
            say("{spec_title} was not imported, so it cannot be removed.", spec_title=spec.title)
        )
    remove_import(known_encoders(context), name, imports_dir())
    out.print(
        say("{spec_title} is off the list. Its files are as they were.", spec_title=spec.title)
    )


def _print_table(specs: Sequence[EncoderSpec], states: dict[str, Readiness]) -> None:
    table = Table()
    table.add_column(say("Name"), no_wrap=True)  # it is what --encoder takes, so never cut
    table.add_column(say("Encoder"))
    table.add_column(say("State"))
    table.add_column(say("Numbers"), justify="right")
    table.add_column("µm/px", justify="right")
    table.add_column(say("License"))
    table.add_column(say("Facts"))
    for spec in specs:
        table.add_row(
            spec.name,
            spec.title,
            STATES[states[spec.name].state],
            str(spec.dim),
            "" if spec.embeddings else localized(spec.tile.mpp, "g"),
            spec.licence,
            FACTS[spec.facts],
        )
    out.print(table)


def _about(spec: EncoderSpec) -> str:
    return (
        f"{spec.name} {spec.title} {spec.family} {spec.licence} {spec.origin} {FACTS[spec.facts]}"
    ).lower()


def _facts(spec: EncoderSpec, state: Readiness) -> dict[str, Any]:
    return {
        "name": spec.name,
        "title": spec.title,
        "ready": state.ready,
        "state": state.state,
        "detail": state.detail,
        "dim": spec.dim,
        "tile_px": spec.tile.size_px,
        "tile_mpp": spec.tile.mpp,
        "params_m": spec.params_m,
        "pooling": spec.pooling,
        "poolings": list(spec.poolings),
        "transform": spec.transform,
        "licence": spec.licence,
        "facts": spec.facts,
        "notes": spec.notes,
        "training": spec.training,
        "trained_on": list(spec.trained_on),
        "training_facts": spec.training_facts,
        "source": spec.source,
        "origin": spec.origin,
        "page": spec.page,
        "weights_sha256": state.weights_sha256,
    }


def _unavailable(entry: ListedEncoder) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "ready": False,
        "state": "unavailable",
        "detail": entry.reason,
        "licence": entry.licence,
        "facts": entry.facts,
        "page": entry.page,
    }
