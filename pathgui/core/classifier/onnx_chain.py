"""A linear classifier out of an ONNX graph: a chain of linear operations, multiplied out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.networks.onnx_file import Node, read_onnx
from pathgui.core.errors import ClassifierError
from pathgui.core.language.texts import say

Array = NDArray[np.float64]
Activation = Literal["softmax", "sigmoid", "normalized sigmoid"]

_PASSED = ("Identity", "Cast", "Dropout", "Flatten")
_AFTER = (*_PASSED, "ZipMap", "Squeeze", "Reshape")
_BY_ELEMENT = ("Add", "Sub", "Mul", "Div")
_POST: Mapping[str, Activation | None] = {
    "NONE": None,
    "SOFTMAX": "softmax",
    "LOGISTIC": "sigmoid",
}


@dataclass(frozen=True)
class Affine:
    """What the chain computes: ``x @ weight.T + bias``, and an activation at its end."""

    weight: Array  # (m, d)
    bias: Array  # (m,)
    activation: Activation | None = None  # None: there is none
    classes: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


def affine_of(path: Path, dim: int) -> Affine:
    """The linear classifier over embeddings of ``dim`` numbers that an ONNX file is.

    Raises
    ------
    ClassifierError
        If it computes something else, which is named.
    WeightsError
        If the file cannot be read.
    """
    graph = read_onnx(path)
    inputs = [name for name in graph.inputs if name not in graph.tensors]
    if len(inputs) != 1:
        raise ClassifierError(
            say(
                "{path} is no linear classifier: it takes {n} inputs, and one is expected.",
                path=path,
                n=len(inputs),
            )
        )
    work = _Chain(path, dim, dict(graph.tensors), inputs[0])
    for node in graph.nodes:
        work.take(node)
    return work.done(graph.metadata)


class _Chain:
    """The state of the one value that depends on the input."""

    def __init__(self, path: Path, dim: int, constants: dict[str, Any], first: str) -> None:
        self._path, self._dim = path, dim
        self._constants = constants
        self._names = {first}  # of the value, and of what is made of it after its activation
        self._weight: Array | None = None  # None: it is the input itself
        self._bias: Array = np.zeros(dim)
        self._activation: Activation | None = None
        self._classes: tuple[str, ...] = ()
        self._ended = False  # whether scores were turned into probabilities
        self._chosen: set[str] = set()  # names of the answer, and of what is made of it

    def take(self, node: Node) -> None:
        """Go on by one operation."""
        if node.op == "Constant":
            self._constant(node)
        elif self._chosen.intersection(node.inputs):
            self._chosen.update(node.outputs)
        elif not self._names.intersection(node.inputs):
            self._of_constants(node)
        elif node.op in _PASSED or (self._ended and node.op in _AFTER):
            self._names.update(node.outputs)
        elif node.op == "ArgMax":
            self._chosen.update(node.outputs)
        elif node.op in ("Softmax", "LogSoftmax", "Sigmoid") and not self._ended:
            self._activation = "sigmoid" if node.op == "Sigmoid" else "softmax"
            self._ended = True
            self._names.update(node.outputs)
        elif node.op == "Normalizer" and self._activation and node.attributes.get("norm") == "L1":
            if self._activation == "sigmoid":
                self._activation = "normalized sigmoid"
            self._names.update(node.outputs)
        elif self._ended:
            raise self._refused(node)
        else:
            self._linear(node)
            self._names = set(node.outputs) - {""}

    def done(self, metadata: Mapping[str, str]) -> Affine:
        """What the chain came to."""
        if self._weight is None or self._weight.shape[0] == 0:
            raise ClassifierError(
                say("{path} is no linear classifier: it multiplies nothing.", path=self._path)
            )
        return Affine(self._weight, self._bias, self._activation, self._classes, metadata)

    def _constant(self, node: Node) -> None:
        found = next((v for v in node.attributes.values() if v is not None), None)
        if found is None:
            raise self._refused(node)
        self._constants[node.outputs[0]] = np.asarray(found)

    def _of_constants(self, node: Node) -> None:
        """What is made of constant tensors alone: their transposition, or they as they are."""
        known = [self._constants.get(name) for name in node.inputs]
        if len(known) == 1 and known[0] is not None:
            if node.op == "Transpose" and np.ndim(known[0]) <= 2:
                self._constants[node.outputs[0]] = np.transpose(known[0])
                return
            if node.op in _PASSED:
                self._constants[node.outputs[0]] = known[0]
                return
        raise self._refused(node)

    def _linear(self, node: Node) -> None:
        if node.op == "MatMul" and node.inputs[0] in self._names:
            self._multiply(self._tensor(node, 1).T, np.zeros(1))
        elif node.op == "Gemm" and node.inputs[0] in self._names:
            self._gemm(node)
        elif node.op in _BY_ELEMENT:
            self._by_element(node)
        elif node.op == "Scaler":
            scale = self._vector(node, np.asarray(node.attributes.get("scale", 1.0)))
            offset = self._vector(node, np.asarray(node.attributes.get("offset", 0.0)))
            self._scale(scale, -offset * scale)
        elif node.op == "BatchNormalization":
            gamma, beta, mean, var = (
                self._vector(node, self._tensor(node, i)) for i in range(1, 5)
            )
            scale = gamma / np.sqrt(var + node.attributes.get("epsilon", 1e-5))
            self._scale(scale, beta - mean * scale)
        elif node.op == "LinearClassifier":
            self._classifier(node)
        else:
            raise self._refused(node)

    def _gemm(self, node: Node) -> None:
        of = node.attributes
        if of.get("transA"):
            raise self._refused(node)
        weight = self._tensor(node, 1)
        weight = weight if of.get("transB") else weight.T
        bias = np.zeros(1)
        if len(node.inputs) > 2 and node.inputs[2]:
            bias = of.get("beta", 1.0) * self._tensor(node, 2).ravel()
        self._multiply(of.get("alpha", 1.0) * weight, bias)

    def _classifier(self, node: Node) -> None:
        of = node.attributes
        coefficients = np.asarray(of.get("coefficients", ()), np.float64)
        names = [str(each) for each in of.get("classlabels_strings") or of.get("classlabels_ints")
                 or ()]  # fmt: skip
        width = len(self._bias)
        post = of.get("post_transform", "NONE")
        if post not in _POST or not coefficients.size or coefficients.size % width:
            raise self._refused(node)
        weight = coefficients.reshape(-1, width)
        bias = np.asarray(of.get("intercepts") or [0.0], np.float64)
        self._multiply(weight, bias)
        self._classes, self._activation = tuple(names), _POST[post]
        if post == "LOGISTIC" and len(weight) == 2 and np.allclose(weight[0], -weight[1]):
            self._weight, self._bias = self._weight[1:], self._bias[1:]  # type: ignore[index]
        self._ended = True

    def _by_element(self, node: Node) -> None:
        side = 0 if node.inputs[0] in self._names else 1
        if node.inputs[1 - side] in self._names:
            raise self._refused(node)
        other = self._vector(node, self._tensor(node, 1 - side))
        one, zero = np.ones_like(other), np.zeros_like(other)
        if node.op == "Add":
            self._scale(one, other)
        elif node.op == "Sub":
            self._scale(one if side == 0 else -one, -other if side == 0 else other)
        elif node.op == "Mul":
            self._scale(other, zero)
        elif side == 0 and other.all():
            self._scale(1 / other, zero)
        else:
            raise self._refused(node)

    def _multiply(self, weight: Array, bias: Array) -> None:
        if weight.ndim != 2 or weight.shape[1] != len(self._bias):
            raise ClassifierError(
                say(
                    "{path} takes embeddings of {theirs} numbers, but the encoder gives {dim}. "
                    "Name the encoder that it was trained on.",
                    path=self._path,
                    theirs=weight.shape[-1] if weight.ndim else 0,
                    dim=len(self._bias),
                )
            )
        if bias.size not in (1, len(weight)):
            raise ClassifierError(
                say("{path}: a bias does not go with its weight.", path=self._path)
            )
        self._bias = weight @ self._bias + bias
        self._weight = weight if self._weight is None else weight @ self._weight

    def _scale(self, scale: Array, shift: Array) -> None:
        weight = np.eye(self._dim) if self._weight is None else self._weight
        self._weight = scale[:, None] * weight
        self._bias = scale * self._bias + shift

    def _tensor(self, node: Node, place: int) -> Array:
        name = node.inputs[place] if place < len(node.inputs) else ""
        found = self._constants.get(name)
        if found is None:
            raise self._refused(node)
        return np.asarray(found, np.float64)

    def _vector(self, node: Node, values: Array) -> Array:
        """One number for each of the value's, from a tensor of one or of as many."""
        flat = np.asarray(values, np.float64).ravel()
        if flat.size not in (1, len(self._bias)):
            raise self._refused(node)
        return np.broadcast_to(flat, (len(self._bias),)).copy()

    def _refused(self, node: Node) -> ClassifierError:
        return ClassifierError(
            say(
                "{path} is no linear classifier: it computes {op} where only a matrix product, a "
                "bias and a softmax or sigmoid at the end are expected. Take its answers as a "
                "table instead.",
                path=self._path,
                op=node.op,
            )
        )
