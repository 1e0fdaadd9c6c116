"""``pathgui.evaluate``: the main job, for other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from os import PathLike
from pathlib import Path

from pathgui.api.cohorts import evaluate_cohort
from pathgui.api.options import choice_of, settings_of
from pathgui.api.progress import told
from pathgui.api.runs import Run, run_target
from pathgui.api.slides import Slide, file_of
from pathgui.core.encoders.facts.registry import Preparation
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.measurement.shortcut_draws import SweepEffort
from pathgui.core.progress import Event, Notice
from pathgui.core.runs.options import OPTIONS, PrecisionChoice, ReaderChoice
from pathgui.folders import (
    add_users_encoders,
    embeddings_dir,
    name_book,
    named_slide,
    pseudonym_key,
)


def evaluate(
    slide: str | PathLike[str] | Slide | None = None,
    *,
    reference: str | PathLike[str],
    encoders: str | Sequence[str],
    out: str | PathLike[str] | None = None,
    overwrite: bool = False,
    mpp: float | None = None,
    center: str | None = None,
    new_center: bool = False,
    tissue: str | None = None,
    center_column: str | Sequence[str] = (),
    tissue_column: str = "",
    k: int | str | PathLike[str] = "auto",
    keep_single: bool = False,
    max_tiles: int | None = None,
    region: str | PathLike[str] | None = None,
    region_class: str | Sequence[str] = (),
    leave_out: str | Sequence[str] = (),
    tissue_threshold: float | None = None,
    tissue_from_region: bool = False,
    reader: ReaderChoice = "direct",
    device: str = "auto",
    precision: PrecisionChoice = "fp32",
    preparation: Preparation = "exact",
    sweep: SweepEffort = "quick",
    correct: str | Sequence[str] = (),
    maps: bool = True,
    seed: int = 0,
    offline: bool = False,
    keep_names: bool = False,
    weights: Mapping[str, str | PathLike[str]] | None = None,
    criteria: str | PathLike[str] | None = None,
    intended_use: str | PathLike[str] | None = None,
    embeddings: str | PathLike[str] | None = None,
    cohort: str | PathLike[str] | None = None,
    slide_id: str | Sequence[str] = (),
    retry_failed: bool = False,
    progress: bool | Callable[[Event], None] = False,
) -> Run:
    """Evaluate encoders on a reference set and, tile by tile, on a slide or a cohort.

    As ``pathgui evaluate`` does, with the embeddings that it keeps: what was embedded before is
    not embedded again.

    Parameters
    ----------
    slide : path or Slide, optional
        Without one, the reference set alone is measured.
    reference : path
        The reference set, a folder ``NAME.pgref``.
    encoders : name or names
        As ``pathgui encoders`` lists them.
    out : path, optional
        Keep the run there, as ``NAME.pgrun``. None: nothing is written but kept embeddings.
    overwrite : bool
        Replace a run that is there.
    mpp : float, optional
        µm per pixel of the slide, where its file does not say.
    center, tissue : str, optional
        Of the slide, where known: names of the reference set.
    new_center : bool
        ``center`` is one that the reference set does not have.
    center_column : name or names
        Column of the reference set that plays the center, as ``"scanner"``. Of several, the first
        one is the main one; the others are measured beside it. ``center`` is then one of its
        values.
    tissue_column : str
        Column of the reference set that plays the tissue.
    k, keep_single, device, sweep, seed
        As in :func:`pathgui.measure`; all encoders share one k. An earlier run
        (``NAME.pgrun``) as k: the one that it had.
    correct : name or names
        Corrections that are also tried, as by :func:`pathgui.correct`.
    max_tiles : int, optional
        At most so many tiles of the slide.
    region : path, optional
        Only tiles whose center lies in these areas: QuPath GeoJSON, or an earlier run.
    region_class : name or names
        Only areas of these classes: of the GeoJSON, or of a cohort the labeled regions of each
        slide.
    leave_out : name or names
        Nothing in areas of these classes, beside those that end in ``*`` (``Ignore*``): of the
        GeoJSON, or of a cohort the labeled regions of each slide.
    tissue_threshold : float, optional
        What tissue has to exceed, 0.005 to 1: on glass the difference between the optical
        densities of two colors, on a dark slide the brightness over the background. None: what
        suits the slide.
    tissue_from_region : bool
        The region is the tissue mask, and tissue is not sought: for pale tissue, fat and silver.
        Of a cohort, the labeled regions of each slide that has some.
    reader : "direct" or "openslide"
        "direct": tiles are decoded here where their pixels equal OpenSlide's, several times as
        fast. "openslide": always OpenSlide.
    precision : "fp32", "auto", "bf16" or "fp16"
        Of the encoders' arithmetic; "auto": on a GPU what their authors use.
    preparation : "exact" or "fast"
        How tiles are resized for an encoder; "fast" is within two gray levels.
    maps : bool
        Lay the tiles out on maps; takes seconds an encoder.
    offline : bool
        Forbid network use.
    keep_names : bool
        Keep the names of slides and tiles in the run; by default pseudonyms.
    weights : mapping, optional
        Files or folders of weights by the encoder's name.
    criteria : path, optional
        Acceptance criteria, a TOML file or an earlier run; :attr:`Run.outcome` says whether they
        are met.
    intended_use : path, optional
        What the encoders are to be used for, a TOML file or an earlier run; kept with the run, and
        printed by the report as set before it.
    embeddings : path, optional
        A folder that embeddings are written into as well: the reference set's, ``ENCODER.h5``, and
        the slide's as TRIDENT lays them out, ``ENCODER/SLIDE.h5``.
    cohort : path, optional
        A cohort, ``NAME.pgcohort``, whose slides are evaluated in one run, kept at ``out``. If it
        is stopped, the same call goes on where it was. :meth:`Run.slide` gives each slide.
    slide_id : name or names
        Only these slides of the cohort.
    retry_failed : bool
        Try slides of the cohort again that failed; the others stay as they are.
    progress : bool or function
        True draws a bar; a function gets each event, and may raise to end the work.

    Raises
    ------
    PathguiError
        If something is not as it should be; the text says what, in a sentence. An encoder that
        cannot run while others can is no error: see :attr:`Run.failures`.
    """
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.encoders.standard import standard_encoders
    from pathgui.core.evaluation import evaluate as job
    from pathgui.core.evaluation.reference_export import export_references
    from pathgui.core.evaluation.trident_export import export_trident
    from pathgui.core.reference.given import check_given
    from pathgui.core.reference.pseudonyms import Pseudonyms
    from pathgui.core.reference.reference_set import load_reference
    from pathgui.core.reference.role_columns import in_roles
    from pathgui.core.results.judging import read_criteria
    from pathgui.core.runs.given_files import cut_region_in, is_run, k_in, use_in
    from pathgui.core.runs.repeat_command import AskedAs, repeat_command
    from pathgui.core.runs.request import EvaluationRequest, Opened
    from pathgui.core.runs.run_files import save_evaluation
    from pathgui.core.slides.region_files import CutRegion
    from pathgui.core.slides.scale_doubts import sure_mpp
    from pathgui.core.slides.slide_file import SlideFile
    from pathgui.core.system.times import now

    k_origin = ""
    if not isinstance(k, int) and is_run(str(k)):
        k, k_origin = k_in(Path(k))
    chosen: dict[str, object] = {
        "center_column": center_column,
        "tissue_column": tissue_column,
        "k": k,
        "keep_single": keep_single,
        "max_tiles": max_tiles,
        "tissue_threshold": tissue_threshold,
        "tissue_from_region": tissue_from_region,
        "reader": reader,
        "precision": precision,
        "preparation": preparation,
        "sweep": sweep,
        "correct": correct,
        "maps": maps,
        "seed": seed,
        "offline": offline,
        "keep_names": keep_names,
    }
    settings = settings_of(**chosen)
    of_one_slide = {"mpp": mpp, "center": center, "tissue": tissue, "region": region}
    of_one_slide |= {"new_center": new_center or None}
    if cohort is not None:
        others = {"slide": slide, "embeddings": embeddings}
        _refuse({**of_one_slide, **others}, say("is of one slide, and cohort evaluates many"))
        if out is None:
            raise PathguiError(say("A run on a cohort is kept as it goes: say where, with out=."))
    else:
        of_cohort = {"slide_id": slide_id or None, "retry_failed": retry_failed or None}
        _refuse(of_cohort, say("is of a cohort, and none is given: evaluate(cohort=...)"))
    folder, before = (None, None) if out is None else run_target(out, overwrite or retry_failed)
    choice = choice_of(region_class, leave_out, region if cohort is None else cohort)
    file = None
    if slide is not None:
        file = file_of(slide) if isinstance(slide, Slide) else SlideFile(named_slide(slide))
        file = replace(file, mpp=file.mpp if mpp is None else mpp, direct=reader == "direct")
    else:
        of_slide = {} if cohort is not None else _of_slide(chosen)
        why = say("is of a slide, and none is given: evaluate(slide, ...)")
        _refuse({**of_one_slide, **of_slide}, why)
    known = in_roles(
        load_reference(Path(reference)), settings.center_columns, settings.tissue_column
    )
    check_given(known, center, tissue, new_center)
    with told(progress) as report:
        registry = standard_encoders()
        for fault in add_users_encoders(registry):
            report(Notice(fault))
        files = {name: Path(path) for name, path in (weights or {}).items()}
        for name, path in files.items():
            registry.use_weights(name, path)
        if cohort is not None and folder is not None:
            demands = () if criteria is None else read_criteria(Path(criteria), now())
            use = None if intended_use is None else use_in(Path(intended_use), set_at=now())
            given = {"--criteria": criteria, "--intended-use": intended_use}
            finished = evaluate_cohort(
                Path(cohort),
                [slide_id] if isinstance(slide_id, str) and slide_id else list(slide_id),
                AskedAs(
                    folder.name,
                    weights={name: path.name for name, path in files.items()},
                    files={
                        flag: Path(path).name for flag, path in given.items() if path is not None
                    },
                ),
                EvaluationRequest(
                    reference=known.place,
                    specs=registry.chosen([encoders] if isinstance(encoders, str) else encoders),
                    settings=replace(settings, device=device),
                    k_origin=k_origin,
                    criteria=demands,
                    intended_use=use,
                    pseudonym_key=pseudonym_key(),
                    region_choice=choice,
                ),
                known,
                folder,
                replacing=before,
                begin_anew=overwrite,
                retry_failed=retry_failed,
                report=report,
            )
            return Run(finished, folder)
        with nullcontext() if file is None else file.open(report) as opened:
            cut = CutRegion()
            if opened is not None:
                sure_mpp(opened, known.info.edge_um)  # before anything that takes time
                if region is not None:
                    cut = cut_region_in(Path(region), opened.bounds_l0, choice, report)
            request = EvaluationRequest(
                reference=known.place,
                specs=registry.chosen([encoders] if isinstance(encoders, str) else encoders),
                slide=file,
                settings=replace(settings, device=device, region_l0=cut.polygons),
                region_choice=choice,
                region_classes=cut.classes,
                center=center,
                new_center=new_center,
                tissue=tissue,
                k_origin=k_origin,
                criteria=() if criteria is None else read_criteria(Path(criteria), now()),
                intended_use=None
                if intended_use is None
                else use_in(Path(intended_use), set_at=now()),
                pseudonym_key=pseudonym_key(),
            )
            given = {"--region": region, "--criteria": criteria, "--intended-use": intended_use}
            asked = AskedAs(
                out=(folder or (Path(reference) if file is None else file.path)).name,
                slide=None if file is None else file.path.name,
                mpp=None if file is None else file.mpp,
                weights={name: path.name for name, path in files.items()},
                files={flag: Path(path).name for flag, path in given.items() if path is not None},
            )
            request = replace(request, command=repeat_command(request, asked))
            store = EmbeddingStore(embeddings_dir())
            at_hand, rates = Opened(known, opened), Rates.beside(store)
            found = job.evaluate(request, at_hand=at_hand, store=store, rates=rates, report=report)
            if folder is not None:
                save_evaluation(found, folder, replacing=before)
            if folder is not None and file is not None and found.run.slide is not None:
                name_book().remember(found.run.slide.file_name, file.path.name)
            if embeddings is not None:  # the run is kept before
                names = Pseudonyms(pseudonym_key(), known.info.tiles_sha256)
                target, called = Path(embeddings), None if keep_names else names
                export_references(found, registry, known, target, store, report, device, called)
                if opened is not None:
                    export_trident(found, registry, opened, known, target, store, report, device)
    return Run(found)


def _of_slide(chosen: Mapping[str, object]) -> dict[str, object]:
    """By argument: what of the options means something on a slide only, and is not the default."""
    return {
        option.argument: chosen[option.argument]
        for option in OPTIONS
        if option.of_slide and chosen.get(option.argument, option.default) != option.default
    }


def _refuse(given: Mapping[str, object], why: str) -> None:
    """Refuse the first argument that was given, where it says nothing."""
    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise PathguiError(f"{wrong[0]} {why}.")
