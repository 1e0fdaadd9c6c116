"""The functions of core that have to do with weights, in one place: tests hand in their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from pathgui.core.encoders.facts.registry import EncoderSpec, ListedEncoder, Registry
from pathgui.core.encoders.standard import listed_encoders
from pathgui.core.encoders.weights import hub
from pathgui.core.progress import ProgressFn
from pathgui.folders import add_users_encoders, corrected_dir, encoders_dir, imports_dir

if TYPE_CHECKING:
    from pathgui.core.corrections.correction_file import CorrectionHead
    from pathgui.core.corrections.fitted import Fitted
    from pathgui.core.corrections.stain import Stain
    from pathgui.core.encoders.own_draft import Draft, Trial
    from pathgui.core.encoders.recognition import Recognition


def _recognize(path: Path) -> Recognition:
    from pathgui.core.encoders.recognition import recognize

    return recognize(path)


def _describe_folder(known: Registry, path: Path) -> EncoderSpec | None:
    from pathgui.core.encoders.timm_folder import add_timm_folder

    return add_timm_folder(known, path, encoders_dir())


def _draft(path: Path, prefixes: Sequence[str] | None) -> Draft:
    from pathgui.core.encoders.own_draft import draft_of

    return draft_of(path, prefixes)


def _try_out(facts: Mapping[str, Any], draft: Draft) -> Trial:
    from pathgui.core.encoders.own_draft import try_out
    from pathgui.core.phantom.reference import two_tiles

    return try_out(facts, draft, two_tiles)


def _add_own(known: Registry, facts: Mapping[str, Any], name: str) -> EncoderSpec:
    from pathgui.core.encoders.own_file import add_described

    return add_described(known, facts, name, encoders_dir())


def _import(known: Registry, paths: Sequence[Path], report: ProgressFn) -> EncoderSpec:
    from pathgui.core.imported.as_encoders import import_embeddings

    return import_embeddings(known, paths, imports_dir(), report=report)


def _remove(known: Registry, name: str) -> None:
    from pathgui.core.encoders.corrected import remove_corrected
    from pathgui.core.imported.as_encoders import remove_import

    if known.encoder(name).correction:
        remove_corrected(known, name, corrected_dir())
    else:
        remove_import(known, name, imports_dir())


def _list_corrected(known: Registry, fitted: Fitted | Stain, head: CorrectionHead) -> EncoderSpec:
    from pathgui.core.encoders.corrected import list_corrected

    return list_corrected(known, corrected_dir(), fitted, head)


def _open_page(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))


def _open_folder() -> None:
    folder = encoders_dir()
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


@dataclass(frozen=True)
class WeightsServices:
    """What the list of encoders asks core and the desktop for."""

    own: Callable[[Registry], tuple[str, ...]] = add_users_encoders
    listed: Callable[[], Sequence[ListedEncoder]] = listed_encoders
    download: Callable[[EncoderSpec, ProgressFn], Path] = hub.download
    check_access: Callable[[EncoderSpec, ProgressFn], hub.Access] = hub.check_access
    sign_in: Callable[[str, ProgressFn], str] = hub.sign_in
    sign_out: Callable[[], None] = hub.sign_out
    signed_in: Callable[[], bool] = hub.has_token
    use_weights: Callable[[Registry, str, Path], EncoderSpec] = Registry.use_weights
    recognize: Callable[[Path], Recognition] = _recognize
    describe_folder: Callable[[Registry, Path], EncoderSpec | None] = _describe_folder
    draft: Callable[[Path, Sequence[str] | None], Draft] = _draft
    try_out: Callable[[Mapping[str, Any], Draft], Trial] = _try_out
    add_own: Callable[[Registry, Mapping[str, Any], str], EncoderSpec] = _add_own
    import_embeddings: Callable[[Registry, Sequence[Path], ProgressFn], EncoderSpec] = _import
    list_corrected: Callable[[Registry, Fitted | Stain, CorrectionHead], EncoderSpec] = (
        _list_corrected
    )
    remove: Callable[[Registry, str], None] = _remove  # an import, or a corrected encoder
    open_page: Callable[[str], None] = _open_page
    open_folder: Callable[[], None] = _open_folder
