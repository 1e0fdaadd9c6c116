"""``pathgui cache``: the embeddings that are kept between runs."""

from __future__ import annotations

import typer
from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.language.texts import localized, say
from pathgui.core.progress import Cancelled
from pathgui.folders import embeddings_dir


def show_cache() -> None:
    """List the kept embeddings and the room they take."""
    from pathgui.core.embedding.store import EmbeddingStore

    store = EmbeddingStore(embeddings_dir())
    table = Table()
    table.add_column(say("Encoder"))
    for title in (say("Tiles"), "MB", say("Last used")):
        table.add_column(title, justify="right")
    for entry in store.entries():
        table.add_row(
            entry.encoder,
            say("{done} of {n_tiles}", done=entry.done, n_tiles=entry.n_tiles)
            if entry.done >= 0
            else say("damaged"),
            localized(entry.bytes / 1000000.0, ".1f"),
            entry.last_used.strftime("%Y-%m-%d %H:%M"),
        )
    out.print(table)
    tell(
        say(
            "{size:.1f} MB in {embeddings_dir}",
            size=store.size() / 1000000.0,
            embeddings_dir=embeddings_dir(),
        )
    )


def clear_cache(yes: bool = typer.Option(False, "--yes", help=say("Do not ask."))) -> None:
    """Remove all kept embeddings; they will be computed again when needed."""
    from pathgui.core.embedding.store import EmbeddingStore

    store = EmbeddingStore(embeddings_dir())
    if not yes and not _confirmed(
        say("Remove {size:.1f} MB of embeddings?", size=store.size() / 1000000.0)
    ):
        raise Cancelled
    out.print(say("{clear:.1f} MB of embeddings removed.", clear=store.clear() / 1000000.0))


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:  # there is nobody to answer
        return False
