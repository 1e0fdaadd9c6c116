"""Weights that lie in several files, and files that lie where weights should be."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pathgui.core.errors import WeightsError
from pathgui.core.language.texts import counted, say

INDEX_ENDING = ".index.json"
_SHARD = re.compile(r"(.+)-\d{5}-of-\d{5}(\.safetensors|\.bin)")
_POINTER = b"version https://git-lfs.github.com/spec/"
_REFUSALS = (b'{"error', b'{"message', b'{"detail', b"access to model", b"invalid username")
_HEAD = 512  # bytes that tell a page from weights


def whole(path: Path) -> Path:
    """The index of the files that ``path`` is one of; ``path`` where it stands alone."""
    found = _SHARD.fullmatch(path.name)
    if found is None:
        return path
    index = path.with_name(f"{found[1]}{found[2]}{INDEX_ENDING}")
    return index if index.is_file() else path


def parts(path: Path) -> tuple[Path, ...]:
    """The files that the index ``path`` names, in order; ``path`` itself where it is no index.

    Raises
    ------
    WeightsError
        If the index is damaged, names files elsewhere, or one of its files is missing.
    """
    if not path.name.endswith(INDEX_ENDING):
        return (path,)
    try:
        names = sorted(set(json.loads(path.read_bytes())["weight_map"].values()))
        elsewhere = [name for name in names if Path(name).name != name]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            say("{path} is damaged, or no index of files of weights. Download it again.", path=path)
        ) from error
    if elsewhere or not names:
        raise WeightsError(
            say("{path} names no files of weights beside it. Download it again.", path=path)
        )
    missing = [name for name in names if not path.with_name(name).is_file()]
    if missing:
        raise WeightsError(
            counted(
                len(missing),
                "{path_name} names {of} files of weights, and {n} of them is not beside it: "
                "{missing}. Put them there.",
                "{path_name} names {of} files of weights, and {n} of them are not beside it: "
                "{missing} and others. Put them there.",
                path_name=path.name,
                of=len(names),
                missing=missing[0],
            )
        )
    return tuple(path.with_name(name) for name in names)


def refuse_what_is_no_weights(path: Path) -> None:
    """Say what lies in the place of weights, where its first bytes tell.

    Raises WeightsError for a pointer of git LFS, a web page, a server's answer, an empty file.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_POINTER):
        size = re.search(rb"\nsize (\d+)", head)
        amount = say(" of {size:,.0f} MB", size=int(size[1]) / 1000000.0) if size else ""
        raise WeightsError(
            say(
                "{path} is a pointer of git LFS, not the file of weights{amount} "
                "that it stands for. Run git lfs pull in its folder, or download "
                "the file itself.",
                path=path,
                amount=amount,
            )
        )
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise WeightsError(
            say(
                "{path} is a web page, not a file of weights: the site may have "
                "asked for a login. Sign in there, then download it again.",
                path=path,
            )
        )
    if text.startswith(
        (b'{"error', b'{"message', b'{"detail', b"access to model", b"invalid user")
    ):
        raise WeightsError(
            say(
                "{path} is a server's refusal, not a file of weights. Sign in "
                "there, then download it again.",
                path=path,
            )
        )
    if not head:
        raise WeightsError(say("{path} is empty. Download it again.", path=path))
