"""``pathgui doctor --cohort``: a look at a cohort and at this machine before a long run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pathgui.cli.arguments import check_run_target, known_encoders, with_weights
from pathgui.cli.findings import print_findings
from pathgui.cli.options import Chosen
from pathgui.cli.terminal import Watch, print_json, tell
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.runs.shards import parse_shard
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.system.environment import environment
from pathgui.folders import embeddings_dir, pseudonym_key

if TYPE_CHECKING:
    from pathgui.core.evaluation.cohort_preflight import Preflight


def look_at_cohort(
    context: typer.Context,
    cohort: Path,
    *,
    reference: Path | None,
    encoders: Sequence[str],
    out_folder: Path | None,
    shard: str | None,
    weights: Sequence[str],
    chosen: Chosen,
    choice: ClassChoice,
    json: bool,
) -> Preflight:
    """Look, and print what was found."""
    from pathgui.cli.cohort import reading, with_ending
    from pathgui.cli.evaluate_cohort import asked_of_cohort
    from pathgui.core.cost.rates import Rates
    from pathgui.core.cost.words import slides_sentence
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.cohort_preflight import check_table, preflight

    if (reference is None) != (not encoders):
        raise PathguiError(say("Give --reference and --encoder together, as pathgui evaluate."))
    if chosen.files.get("--region") is not None:
        raise PathguiError(say("--region is of one slide, and --cohort looks at many."))
    part = None if shard is None else parse_shard(shard)
    if part is not None and reference is None:
        raise PathguiError(say("--shard needs --reference and --encoder."))
    if out_folder is not None:
        check_run_target(out_folder, overwrite=True)
    known, _ = with_weights(known_encoders(context), weights)
    with reading(with_ending(cohort)) as opened, Watch(quiet=json) as watch:
        if reference is None:
            found = check_table(opened, watch)
        else:
            request, set_ = asked_of_cohort(
                opened,
                reference=reference,
                specs=known.chosen(encoders),
                chosen=chosen,
                choice=choice,
                asked=AskedAs(out=(out_folder or reference).name),
                pseudonym_key=pseudonym_key(),
            )
            store = EmbeddingStore(embeddings_dir())
            found = preflight(
                opened,
                request,
                reference=set_,
                shard=part,
                target=out_folder,
                store=store,
                rates=Rates.beside(store),
                report=watch,
            )
    if json:
        print_json(
            {
                "environment": environment(),
                "findings": found.findings,
                "slides": found.slides,
                "cost": found.cost,
            }
        )
        return found
    print_findings(found.findings)
    if found.cost is not None:
        good = sum(each.state == "good" for each in found.slides)
        tell(slides_sentence(found.cost, good, good, len(found.slides) - good))
    if reference is None:
        tell(
            say("Give --reference and --encoder, too: then tiles, time, weights and room are told.")
        )
    elif found.good:
        tell(say("Nothing stands in the way."))
    return found
