"""What a run says of the number of neighbors, for window, terminal and report."""

from __future__ import annotations

from collections.abc import Sequence

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.shared_k import voters
from pathgui.core.runs.record import EncoderResult, Run


def ks_of(results: Sequence[EncoderResult]) -> list[int]:
    """Every number of neighbors that these encoders were measured with."""
    return sorted({result.reference.k for result in results if result.reference.k})


def k_caution(results: Sequence[EncoderResult]) -> str:
    """Why these encoders do not stand side by side; "" if they share one k.

    Runs kept by earlier versions measured each encoder at its own k.
    """
    if len(ks_of(results)) < 2:
        return ""
    said = ", ".join(f"{each.encoder.title} {each.reference.k}" for each in results)
    return say(
        "The encoders were measured at different k ({said}), each at its "
        "own, so values that count neighbors do not stand side by side: at a "
        "common k their order may turn round. Measure again for one k.",
        said=said,
    )


def k_sentence(run: Run) -> str:
    """Which k all encoders share and how it came about; "" where they do not share one."""
    known = ks_of(run.encoders)
    if run.k is None or len(known) != 1:
        return ""
    shared = run.k
    text = say(
        "k = {k} for {all_encoders}",
        k=shared.k,
        all_encoders=say("all encoders") if len(run.encoders) > 1 else say("the encoder"),
    )
    text += f": {shared.rule}"
    own = own_ks(run)
    if own and len(run.encoders) > 1:
        text += f" ({own})"
    if shared.least_k is not None and len(run.encoders) > 1:
        text += say(". Every index is defined from k = {least_k}", least_k=shared.least_k)
    return text + "."


def own_ks(run: Run) -> str:
    """Each encoder's own best k, and who had no vote: ``SHELL 11; Color statistics 161, no vote``.

    "" where none is known.
    """
    votes = run.k.votes if run.k else []
    deciding = {vote.encoder for vote in voters(votes)}
    said = []
    for result in run.encoders:
        if (own := result.reference.own_k) is None:
            continue
        silent = bool(votes) and result.encoder.name not in deciding
        said.append(f"{result.encoder.title} {own}" + (say(", no vote") if silent else ""))
    return "; ".join(said)


def k_of_run(run: Run) -> int | None:
    """The k that all encoders of a run were measured with; None if they had several."""
    known = ks_of(run.encoders)
    return known[0] if len(known) == 1 else None
