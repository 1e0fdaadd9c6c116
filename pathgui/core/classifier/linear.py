"""The lab's own linear classifier over the embeddings of an encoder, from a file.

Read from safetensors or ONNX. An ONNX file is not run: a linear classifier is a few tensors, which
are multiplied out here, so no runtime is needed and nothing in the file can do anything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.answers import OTHER, Answers, places_of
from pathgui.core.classifier.onnx_chain import affine_of
from pathgui.core.errors import ClassifierError, WeightsError, first_few, one_line
from pathgui.core.language.texts import say
from pathgui.core.system.plain_files import read_plain

SAFETENSORS, ONNX = ".safetensors", ".onnx"
ENDINGS = (SAFETENSORS, ONNX)
MOST_BYTES = 1 << 30
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".joblib", ".bin", ".ckpt")
_NAMES_IN = ("classes", "class_names", "labels")
_ENCODER_IN = ("encoder", "encoder_name")

Activation = Literal["softmax", "sigmoid", "normalized sigmoid"]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class LinearClassifier:
    """Scores are ``embeddings @ weight.T + bias``."""

    weight: NDArray[np.float64]  # (classes, dim)
    bias: NDArray[np.float64]  # (classes,)
    classes: tuple[str, ...]  # "0", "1", ... where the file does not name them
    activation: Activation  # what makes probabilities of scores
    encoder: str  # that the file says it is for; "": it does not
    sha256: str  # of the file

    @property
    def dim(self) -> int:
        """Length of the embeddings that it takes."""
        return int(self.weight.shape[1])

    def probabilities(self, embeddings: Floats) -> NDArray[np.float64]:
        """Of each class, (n, classes); rows sum to 1 but for several classes by "sigmoid"."""
        scores = embeddings.astype(np.float64) @ self.weight.T + self.bias
        if self.activation == "softmax":
            scores -= scores.max(axis=1, keepdims=True)
            found = np.exp(scores)
            return np.asarray(found / found.sum(axis=1, keepdims=True))
        from scipy.special import expit

        found = expit(scores)
        if self.activation == "normalized sigmoid":
            found /= np.maximum(found.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        return np.asarray(found)

    def answering(self, places: Sequence[int], embeddings: Floats) -> NDArray[np.intp]:
        """The place of the tissue answered, (n,); ``places``: the tissue that each class is."""
        scores = embeddings.astype(np.float64) @ self.weight.T + self.bias
        answers: NDArray[np.intp] = np.array(places, np.intp)[scores.argmax(axis=1)]
        return answers


def is_linear(path: Path) -> bool:
    """Whether a file is read as a linear classifier, or refused as one: by its ending."""
    return path.suffix.lower() in (*ENDINGS, *_PICKLES)


def load_linear(path: Path, dim: int) -> LinearClassifier:
    """A linear classifier over embeddings of ``dim`` numbers.

    Raises
    ------
    ClassifierError
        If the file cannot be read, is a pickle, is not linear, or takes embeddings of another
        length.
    """
    path = Path(path)
    data = read_plain(path, ClassifierError, MOST_BYTES)
    if path.suffix.lower() in _PICKLES or _is_pickle(data):
        raise ClassifierError(
            say(
                "{path} is a pickle, which can run programs when it is read, so pathgui does not "
                "read it. Write weight and bias to a .safetensors file, with "
                "safetensors.torch.save_file.",
                path=path,
            )
        )
    if path.suffix.lower() not in ENDINGS:
        raise ClassifierError(
            say(
                "A linear classifier is a .safetensors or .onnx file; {path} is not.", path=path
            )
        )  # fmt: skip
    is_onnx = path.suffix.lower() == ONNX
    found = _of_onnx(path, dim) if is_onnx else _of_safetensors(path, data)
    found = replace(found, sha256=hashlib.sha256(data).hexdigest())
    if found.dim != dim:
        raise ClassifierError(
            say(
                "{path} takes embeddings of {theirs} numbers, but the encoder gives {dim}. Name "
                "the encoder that it was trained on.",
                path=path,
                theirs=found.dim,
                dim=dim,
            )
        )
    for name, values in (("weight", found.weight), ("bias", found.bias)):
        if not np.isfinite(values).all():
            raise ClassifierError(
                say(
                    "{path}: {broken} of the {all} numbers of its {name} are not finite.",
                    path=path,
                    broken=int((~np.isfinite(values)).sum()),
                    all=values.size,
                    name=name,
                )
            )
    return _in_two(found) if len(found.weight) == 1 else found


def _is_pickle(data: bytes) -> bool:
    """Whether a file begins as a pickle, or as the archive of one that torch writes.

    The head of a safetensors file may be 128 bytes long, whose first byte is then that of a pickle;
    but after its length comes a brace.
    """
    return data[:4] == b"PK\x03\x04" or (data[:1] == b"\x80" and data[8:9] != b"{")


def _in_two(one: LinearClassifier) -> LinearClassifier:
    """A single score, whose sigmoid is the probability of the second class, as two scores."""
    return replace(
        one,
        weight=np.concatenate([np.zeros_like(one.weight), one.weight]),
        bias=np.array([0.0, one.bias[0]]),
        activation="softmax",  # of 0 and s, which is the sigmoid of s
    )


def require_encoder(found: LinearClassifier, path: Path, name: str, pooling: str) -> None:
    """Refuse a file that says it is for another encoder: ClassifierError."""
    if found.encoder and found.encoder not in (name, f"{name}@{pooling}"):
        raise ClassifierError(
            say(
                "{path} says that it is for the encoder {theirs}, not for {name}.",
                path=path,
                theirs=found.encoder,
                name=name,
            )
        )


def answers_of(
    found: LinearClassifier,
    embeddings: Floats,
    tissues: Sequence[str],
    meanings: Mapping[str, str],
    path: Path,
) -> tuple[Answers, list[int]]:
    """What it answers for n tiles, and the tissue that each of its classes is.

    Raises ClassifierError where a class is no tissue of the set and nothing is said of it.
    """
    places = places_of(found.classes, tissues, meanings, path.name)
    of_class = found.probabilities(embeddings)
    probabilities, why_not = None, ""
    if found.activation == "sigmoid":
        why_not = say(
            "Not assessable: its outputs are one sigmoid a class, which need not sum to 1, so they "
            "are no probabilities of one answer."
        )
    else:
        probabilities = np.zeros((len(embeddings), len(tissues)))
        for column, place in enumerate(places):
            if place != OTHER:
                probabilities[:, place] += of_class[:, column]
    known = tuple(tissues[place] for place in sorted(set(places) - {OTHER}))
    codes = found.answering(places, embeddings)
    return Answers(tuple(tissues), codes, probabilities, why_not, known), places


def _of_safetensors(path: Path, data: bytes) -> LinearClassifier:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(data)
        size = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + size]).get("__metadata__") or {}
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ClassifierError(
            say(
                "{path} is damaged, or no safetensors file of float32 or float64 ({error}).",
                path=path,
                error=one_line(error),
            )
        ) from error
    flat = {name: np.asarray(t, np.float64) for name, t in tensors.items() if t.size}
    mean, scale = flat.pop("mean", None), flat.pop("scale", None)
    weights = [name for name, tensor in flat.items() if tensor.ndim == 2]
    others = [name for name, tensor in flat.items() if tensor.ndim == 1]
    if len(weights) != 1 or len(others) > 1 or len(flat) != len(weights) + len(others):
        shapes = [f"{name} {tuple(tensor.shape)}" for name, tensor in tensors.items()]
        raise ClassifierError(
            say(
                "{path} is no linear classifier: it must hold one weight (classes, dim) and at "
                "most one bias (classes), and it holds {tensors}.",
                path=path,
                tensors=first_few(shapes) or say("nothing"),
            )
        )
    weight = flat[weights[0]]
    bias = flat[others[0]] if others else np.zeros(len(weight))
    for name, part, shape in (
        (others[0] if others else "bias", bias, (len(weight),)),
        ("mean", mean, (weight.shape[1],)),
        ("scale", scale, (weight.shape[1],)),
    ):
        if part is not None and part.shape != shape:
            raise ClassifierError(
                say(
                    "{path}: {name} has the shape {is_}, and with the weight {weight} it must be "
                    "{must}.",
                    path=path, name=name, is_=part.shape, weight=weight.shape, must=shape,
                )
            )  # fmt: skip
    if scale is not None:
        if not (np.isfinite(scale) & (scale != 0)).all():
            raise ClassifierError(say("{path}: its scale has zeros or is not finite.", path=path))
        weight = weight / scale
    if mean is not None:
        bias = bias - weight @ mean
    return _named(path, weight, bias, _activation(len(weight)), metadata)


def _activation(classes: int) -> Activation:
    return "sigmoid" if classes == 1 else "softmax"


def _of_onnx(path: Path, dim: int) -> LinearClassifier:
    try:
        found = affine_of(path, dim)
    except WeightsError as error:
        raise ClassifierError(str(error)) from error
    classes = found.classes or None
    activation = found.activation or _activation(len(found.weight))
    return _named(path, found.weight, found.bias, activation, found.metadata, classes)


def _named(
    path: Path,
    weight: NDArray[np.float64],
    bias: NDArray[np.float64],
    activation: Activation,
    metadata: Mapping[str, str],
    classes: Sequence[str] | None = None,
) -> LinearClassifier:
    n = max(2, len(weight))
    names = list(classes or _names(metadata)) or [str(place) for place in range(n)]
    if len(names) != n or len(set(names)) != n:
        raise ClassifierError(
            say(
                "{path} names {names} classes ({some}), but its weight is of {n}. Each class has "
                "one name of its own.",
                path=path,
                names=len(names),
                some=first_few(names),
                n=n,
            )
        )
    encoder = next((metadata[key] for key in _ENCODER_IN if metadata.get(key)), "")
    return LinearClassifier(weight, bias, tuple(names), activation, encoder, "")


def _names(metadata: Mapping[str, str]) -> list[str]:
    """The names of classes that a file's metadata give: a list in JSON, or parted by commas."""
    text = next((metadata[key] for key in _NAMES_IN if metadata.get(key)), "")
    if not text:
        return []
    try:
        found = json.loads(text)
    except ValueError:
        found = text.split(",")
    if isinstance(found, dict):  # place: name
        found = [found[key] for key in sorted(found, key=lambda key: (len(key), key))]
    return [str(each).strip() for each in found] if isinstance(found, list) else []
