"""``pathgui.evaluate``: the main job, for other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from pathgui.api.options import settings_of
from pathgui.api.progress import told
from pathgui.api.runs import Run, run_target
from pathgui.api.slides import Slide, file_of
from pathgui.core.errors import PathguiError
from pathgui.core.measurement.shortcut_draws import SweepEffort
from pathgui.core.progress import Event, Notice
from pathgui.core.runs.options import PrecisionChoice
from pathgui.folders import add_users_encoders, embeddings_dir, name_book, pseudonym_key


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
    k: int | str = "auto",
    keep_single: bool = False,
    max_tiles: int | None = None,
    device: str = "auto",
    precision: PrecisionChoice = "fp32",
    sweep: SweepEffort = "quick",
    maps: bool = True,
    seed: int = 0,
    offline: bool = False,
    keep_names: bool = False,
    weights: Mapping[str, str | PathLike[str]] | None = None,
    criteria: str | PathLike[str] | None = None,
    progress: bool | Callable[[Event], None] = False,
) -> Run:
    """Evaluate encoders on a reference set and, tile by tile, on a slide.

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
    k, keep_single, device, sweep, seed
        As in :func:`pathgui.measure`; all encoders share one k.
    max_tiles : int, optional
        At most so many tiles of the slide.
    precision : "fp32", "auto", "bf16" or "fp16"
        Of the encoders' arithmetic; "auto": on a GPU what their authors use.
    maps : bool
        Lay the tiles out on maps; takes seconds an encoder.
    offline : bool
        Forbid network use.
    keep_names : bool
        Keep the names of slides and tiles in the run; by default pseudonyms.
    weights : mapping, optional
        Files or folders of weights by the encoder's name.
    criteria : path, optional
        Acceptance criteria, a TOML file; :attr:`Run.outcome` says whether they are met.
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
    from pathgui.core.reference.given import check_given
    from pathgui.core.reference.reference_set import load_reference
    from pathgui.core.results.judging import read_criteria
    from pathgui.core.runs.repeat_command import AskedAs, repeat_command
    from pathgui.core.runs.request import EvaluationRequest, Opened
    from pathgui.core.runs.run_files import save_evaluation
    from pathgui.core.slides.slide_file import SlideFile
    from pathgui.core.system.times import now

    settings = settings_of(
        k=k,
        keep_single=keep_single,
        max_tiles=max_tiles,
        precision=precision,
        sweep=sweep,
        maps=maps,
        seed=seed,
        offline=offline,
        keep_names=keep_names,
    )
    folder, before = (None, None) if out is None else run_target(out, overwrite)
    file = None
    if slide is not None:
        file = file_of(slide) if isinstance(slide, Slide) else SlideFile(Path(slide))
        file = file if mpp is None else replace(file, mpp=mpp)
    else:
        of_slide = {"mpp": mpp, "center": center, "tissue": tissue, "max_tiles": max_tiles}
        _refuse_without_slide(of_slide | {"new_center": new_center or None})
    known = load_reference(Path(reference))
    check_given(known, center, tissue, new_center)
    with told(progress) as report:
        registry = standard_encoders()
        for fault in add_users_encoders(registry):
            report(Notice(fault))
        files = {name: Path(path) for name, path in (weights or {}).items()}
        for name, path in files.items():
            registry.use_weights(name, path)
        request = EvaluationRequest(
            reference=known.place,
            specs=registry.chosen([encoders] if isinstance(encoders, str) else encoders),
            slide=file,
            settings=replace(settings, device=device),
            center=center,
            new_center=new_center,
            tissue=tissue,
            criteria=() if criteria is None else read_criteria(Path(criteria), now()),
            pseudonym_key=pseudonym_key(),
        )
        asked = AskedAs(
            out=(folder or (Path(reference) if file is None else file.path)).name,
            slide=None if file is None else file.path.name,
            mpp=None if file is None else file.mpp,
            weights={name: path.name for name, path in files.items()},
            files={} if criteria is None else {"--criteria": Path(criteria).name},
        )
        request = replace(request, command=repeat_command(request, asked))
        store = EmbeddingStore(embeddings_dir())
        found = job.evaluate(
            request, at_hand=Opened(known), store=store, rates=Rates.beside(store), report=report
        )
        if folder is not None:
            save_evaluation(found, folder, replacing=before)
        if folder is not None and file is not None and found.run.slide is not None:
            name_book().remember(found.run.slide.file_name, file.path.name)
    return Run(found)


def _refuse_without_slide(given: Mapping[str, object]) -> None:
    """Options that say something of a slide say nothing where there is none."""
    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise PathguiError(f"{wrong[0]} is of a slide, and none is given: evaluate(slide, ...).")
