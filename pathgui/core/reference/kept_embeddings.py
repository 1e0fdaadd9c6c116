"""The embeddings that a set keeps in place of pictures, when a set is made of some of its tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import KeptEmbeddings, ReferenceSet
from pathgui.core.system.plain_files import sha256_of_files


def copy_rows(
    reference: ReferenceSet, rows: Sequence[int], draft: Path
) -> tuple[KeptEmbeddings, ...]:
    """Write the embeddings of some tiles, in that order, into the draft of another set.

    Returns what its record says of them.

    Raises
    ------
    ReferenceSetError
        If a file is gone, damaged, or not the one that the set was made with.
    """
    made = []
    for kept in reference.info.embeddings:
        path = reference.folder / kept.file
        try:
            if sha256_of_files([path]) != kept.sha256:
                raise ValueError("its checksum differs")
            values = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise ReferenceSetError(
                say(
                    "{path} is not the file that the reference set {info_name} "
                    "was made with ({error}). Copy the set again from where it "
                    "is whole.",
                    path=path,
                    info_name=reference.info.name,
                    error=error,
                )
            ) from error
        target = draft / kept.file
        target.parent.mkdir(parents=True, exist_ok=True)
        np.save(target, values[list(rows)])
        made.append(replace(kept, sha256=sha256_of_files([target])))
    return tuple(made)
