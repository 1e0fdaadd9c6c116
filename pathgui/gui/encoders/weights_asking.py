"""What the list of encoders asks of the user: which files, and what it was found to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from pathgui.core.encoders.facts.registry import EncoderSpec, ListedEncoder, Readiness, State
from pathgui.core.language.texts import say
from pathgui.gui.encoders import encoder_row
from pathgui.gui.encoders.own_control import WEIGHTS_FILES

# What is left to do after the hub refused, by its reason.
AFTER: dict[str, tuple[str, ...]] = {
    "token": (encoder_row.SIGN_IN,),
    "declined": (encoder_row.PAGE, encoder_row.FILE),
    "gone": (encoder_row.PAGE, encoder_row.FILE),
    "file": (encoder_row.PAGE, encoder_row.FILE),
    "revision": (encoder_row.PAGE, encoder_row.FILE),
    "disabled": (encoder_row.PAGE, encoder_row.FILE),
}
STATES: dict[str, State] = {"sign-in": "sign-in", "terms": "terms", "waiting": "waiting"}
EMBEDDINGS_FILES = say("Embeddings (*.h5 *.hdf5 *.h5ad *.npz *.parquet *.pq *.pt);;All files (*)")


@dataclass(frozen=True)
class Looked:
    """What there is, and in which state."""

    specs: Sequence[EncoderSpec]
    listed: Sequence[ListedEncoder]
    states: Mapping[str, Readiness]
    faults: Sequence[str]
    signed_in: bool


@dataclass(frozen=True)
class Which:
    """A file that is no published one: the encoders that it could be, if any."""

    path: Path
    fits: tuple[str, ...]


def ask_weights(window: QWidget, title: str, *, folder: bool) -> Path | None:
    """The file or folder of weights that the user chooses."""
    if folder:
        found = QFileDialog.getExistingDirectory(window, say("{title}: a folder", title=title))
    else:
        found, _ = QFileDialog.getOpenFileName(window, title, "", WEIGHTS_FILES)
    return Path(found) if found else None


def ask_embeddings(window: QWidget, *, folder: bool) -> list[Path]:
    """The files of embeddings, or the folder of them, that the user chooses."""
    title = say("Import embeddings of one encoder")
    if folder:
        found = QFileDialog.getExistingDirectory(window, say("{title}: a folder", title=title))
        return [Path(found)] if found else []
    names, _ = QFileDialog.getOpenFileNames(window, title, "", EMBEDDINGS_FILES)
    return [Path(name) for name in names]


OFFLINE = say("Network use is switched off in the settings; nothing is downloaded or asked.")
