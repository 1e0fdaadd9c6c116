"""``pathgui evaluate`` and ``demo``: the main job in the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.arguments import (
    GivenWeights,
    LeftOutClasses,
    OverwriteRun,
    RegionClasses,
    check_run_target,
    known_encoders,
    with_weights,
)
from pathgui.cli.cost import print_cost
from pathgui.cli.evaluate_cohort import evaluate_cohort
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.runs import EXIT_CRITERIA, criteria_in
from pathgui.cli.spread import Spread, takes_spread
from pathgui.cli.summary import print_result
from pathgui.cli.terminal import Watch, tell
from pathgui.cli.window import has_display, open_window
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.runs.given_files import cut_region_in, use_in
from pathgui.core.runs.record import Run
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.region_files import CutRegion
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.times import now
from pathgui.folders import cache_dir, embeddings_dir, name_book, pseudonym_key


@takes_spread
@takes_settings()
def evaluate_command(
    context: typer.Context,
    *,
    reference: Annotated[Path, typer.Option(help=say("The reference set (NAME.pgref)."))],
    encoder: Annotated[
        list[str], typer.Option(help=say("An encoder of the list. Repeat it for several."))
    ],
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help=say("The folder of the new run (NAME.pgrun).")),
    ] = None,
    slide: Annotated[
        Path | None,
        typer.Argument(help=say("The slide. Without one, the reference set alone is measured.")),
    ] = None,
    mpp: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=100,
            help=say(
                "µm per pixel of the slide, if its file does not say or what it says is doubted."
            ),
        ),
    ] = None,
    center: Annotated[
        str | None,
        typer.Option(
            help=say("The center (hospital or laboratory) that made the slide, if known.")
        ),
    ] = None,
    new_center: Annotated[
        bool,
        typer.Option("--new-center", help=say("The center is one that the reference set lacks.")),
    ] = False,
    tissue: Annotated[
        str | None,
        typer.Option(help=say("The tissue of the slide, if all of it is one tissue.")),
    ] = None,
    chosen: Chosen,
    region_class: RegionClasses = None,
    leave_out: LeftOutClasses = None,
    weights: GivenWeights = None,
    criteria: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Acceptance criteria: a TOML file, or an earlier run. The exit "
                "code is 3 unless all are met."
            )
        ),
    ] = None,
    intended_use: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "What the encoders are to be used for: a TOML file, or an "
                "earlier run. The run keeps it, and the report prints it as set "
                "before the run."
            )
        ),
    ] = None,
    embeddings: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Also write embeddings into this folder. Those of the reference "
                "set become ENCODER.h5, those of the slide ENCODER/SLIDE.h5 in "
                "TRIDENT's layout."
            )
        ),
    ] = None,
    overwrite: OverwriteRun = False,
    cohort: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "A cohort (NAME.pgcohort), whose slides are evaluated in one "
                "run. If it is stopped or killed, the same command goes on where "
                "it was."
            )
        ),
    ] = None,
    slide_id: Annotated[
        list[str] | None,
        typer.Option(help=say("Evaluate this slide of the cohort. Repeat it for several.")),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed",
            help=say("Try slides of the cohort again that failed; the others stay as they are."),
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=say("Say what it would cost (tiles, time, disk, order), and evaluate nothing."),
        ),
    ] = False,
    spread: Spread,
    json: Annotated[bool, typer.Option("--json", help=say("Print run.json on stdout."))] = False,
) -> None:
    """Evaluate encoders on a reference set and, tile by tile, on a slide or a cohort."""
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.evaluate import EvaluationRequest, Opened, evaluate
    from pathgui.core.evaluation.reference_export import export_references
    from pathgui.core.evaluation.trident_export import export_trident
    from pathgui.core.reference.given import check_given
    from pathgui.core.reference.pseudonyms import Pseudonyms
    from pathgui.core.reference.reference_set import load_reference
    from pathgui.core.reference.role_columns import in_roles
    from pathgui.core.runs.run_files import save_evaluation
    from pathgui.core.slides.scale_doubts import sure_mpp
    from pathgui.core.slides.slide_file import SlideFile

    settings = chosen.settings
    demands = () if criteria is None else criteria_in(criteria)
    use = None if intended_use is None else use_in(intended_use, set_at=now())
    if out_folder is None and not dry_run:
        raise typer.BadParameter(say("say where the run goes"), param_hint="--out")
    of_one_slide = {
        "--mpp": mpp,
        "--center": center,
        "--new-center": new_center or None,
        "--tissue": tissue,
    }
    of_regions = {"--region-class": region_class or None, "--leave-out": leave_out or None}
    choice = ClassChoice(tuple(region_class or ()), tuple(leave_out or ()))
    choice.check_itself()
    before = None
    if cohort is not None:
        region = chosen.files.get("--region")
        others = {"SLIDE": slide, "--region": region, "--embeddings": embeddings}
        _refuse({**of_one_slide, **others}, say("it is of one slide, and --cohort evaluates many"))
    else:
        of_cohort = {"--slide-id": slide_id or None, "--retry-failed": retry_failed or None}
        _refuse({**of_cohort, **spread.given}, say("it needs --cohort"))
        if out_folder is not None:
            before = check_run_target(out_folder, overwrite)
    encoders, chosen_weights = with_weights(known_encoders(context), weights or ())
    if cohort is not None:
        finished = evaluate_cohort(
            cohort,
            reference=reference,
            specs=encoders.chosen(encoder),
            out_folder=out_folder,
            slide_ids=slide_id or (),
            retry_failed=retry_failed,
            chosen=chosen,
            choice=choice,
            weights=chosen_weights,
            demands=demands,
            use=use,
            files={"--criteria": criteria, "--intended-use": intended_use},
            overwrite=overwrite,
            dry_run=dry_run,
            spread=spread,
            json=json,
        )
        if finished is not None and out_folder is not None:
            report = say("Report: pathgui report {quote}", quote=shlex.quote(str(out_folder)))
            print_result(finished, out_folder, report, json)
            if not any(each.state == "done" for each in finished.run.slides):
                raise PathguiError(say("No slide could be evaluated; the run says why of each."))
            exit_by_criteria(finished.run)
        return
    known = in_roles(load_reference(reference), settings.center_columns, settings.tissue_column)
    if slide is None:
        of_slide = {**of_one_slide, **of_regions, **chosen.of_slide}
        _refuse(of_slide, say("it needs a slide; name the slide"))
    if chosen.files.get("--region") is None:
        _refuse(of_regions, say("it needs --region or --cohort, of whose areas it chooses"))
    check_given(known, center, tissue, new_center)
    file = None if slide is None else SlideFile(slide, mpp, settings.reader == "direct")
    with nullcontext() if file is None else file.open() as opened:
        if opened is not None:
            sure_mpp(opened, known.info.edge_um)  # before anything that takes time
            for remark in () if json else opened.remarks:
                tell(remark)
        cut = CutRegion()
        region = chosen.files.get("--region")
        if region is not None and opened is not None:
            cut = cut_region_in(region, opened.bounds_l0, choice, Watch(quiet=json))
        request = EvaluationRequest(
            reference=known.place,
            specs=encoders.chosen(encoder),
            slide=file,
            settings=replace(settings, region_l0=cut.polygons),
            region_choice=choice,
            region_classes=cut.classes,
            center=center,
            new_center=new_center,
            tissue=tissue,
            k_origin=chosen.k_origin,
            criteria=demands,
            intended_use=use,
            pseudonym_key=pseudonym_key(),
        )
        asked = AskedAs(
            out=(out_folder or slide or reference).name,
            slide=None if slide is None else slide.name,
            mpp=mpp,
            weights={name: Path(path).name for name, path in chosen_weights.items()},
            files={
                flag: file.name
                for flag, file in {
                    **chosen.files,
                    "--criteria": criteria,
                    "--intended-use": intended_use,
                }.items()
                if file is not None
            },
        )
        request = replace(request, command=repeat_command(request, asked))
        store = EmbeddingStore(embeddings_dir())
        rates, at_hand = Rates.beside(store), Opened(known, opened)
        if out_folder is None or dry_run:
            print_cost(request, at_hand, store, rates, json)
            return
        with Watch(quiet=json) as watch:
            evaluation = evaluate(request, at_hand=at_hand, store=store, rates=rates, report=watch)
            save_evaluation(evaluation, out_folder, replacing=before)
            if slide is not None and evaluation.run.slide is not None:
                name_book().remember(evaluation.run.slide.file_name, slide.name)
            not_exported = None
            if embeddings is not None:
                try:
                    device, sha256 = settings.device, known.info.tiles_sha256
                    names = None if settings.keep_names else Pseudonyms(pseudonym_key(), sha256)
                    export_references(
                        evaluation, encoders, known, embeddings, store, watch, device, names
                    )
                    if opened is not None:
                        export_trident(
                            evaluation, encoders, opened, known, embeddings, store, watch, device
                        )
                except PathguiError as error:  # the run is there, and is shown first
                    not_exported = error
    report = say("Report: pathgui report {quote}", quote=shlex.quote(str(out_folder)))
    print_result(evaluation, out_folder, report, json)
    if not_exported is not None:
        raise not_exported
    exit_by_criteria(evaluation.run)


def demo(
    context: typer.Context,
    headless: Annotated[
        bool,
        typer.Option(
            "--headless", help=say("Work without a window, also where there is a display.")
        ),
    ] = False,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help=say(
                "The folder around the run pathgui-demo.pgrun; by default the "
                "current one. An earlier demo there is replaced."
            ),
        ),
    ] = None,
) -> None:
    """Draw a slide and a reference set of virtual centers, and evaluate three encoders on them."""
    if not headless and out_folder is None and has_display():
        raise typer.Exit(open_window([], demo=True))

    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.evaluate import EvaluationRequest, Opened, evaluate
    from pathgui.core.phantom.demo_to_evaluate import DEMO_ENCODERS, prepare_demo
    from pathgui.core.report.report import write_report
    from pathgui.core.runs.run_files import save_evaluation
    from pathgui.core.slides.slide_file import SlideFile

    folder = (out_folder or Path.cwd()) / f"pathgui-demo{RUN_ENDING}"
    check_run_target(folder, overwrite=True)  # of a demo no file is the only one
    with Watch() as watch:
        material = prepare_demo(cache_dir() / "demo", watch)
        ready = []
        for spec in known_encoders(context).chosen(DEMO_ENCODERS):
            if (state := spec.readiness()).ready:
                ready.append(spec)
            else:
                watch.say(
                    say(
                        "Note: without {spec_name}: {detail}",
                        spec_name=spec.name,
                        detail=state.detail,
                    )
                )
        request = EvaluationRequest(
            reference=material.reference.place,
            specs=tuple(ready),
            slide=SlideFile(material.slide),
            center=material.center,
            command="pathgui demo --headless",
            pseudonym_key=pseudonym_key(),
        )
        store = EmbeddingStore(embeddings_dir())
        rates, at_hand = Rates.beside(store), Opened(material.reference)
        evaluation = evaluate(request, at_hand=at_hand, store=store, rates=rates, report=watch)
        save_evaluation(evaluation, folder)
        report = write_report(folder, report=watch)
    print_result(evaluation, folder, say("Report: {report}", report=report))


def exit_by_criteria(run: Run) -> None:
    """Exit code 3 where the run has acceptance criteria that are not met."""
    if run.criteria is not None and run.criteria.outcome != "pass":
        raise typer.Exit(EXIT_CRITERIA)


def _refuse(given: Mapping[str, object], why: str) -> None:
    """Refuse the first option that was given, where it says nothing."""
    for option, value in given.items():
        if value is not None:
            raise typer.BadParameter(why, param_hint=option)
