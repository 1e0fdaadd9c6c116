"""The lab's own linear classifier from a file: what it answers, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from pathgui.core.classifier.answers import OTHER
from pathgui.core.classifier.linear import answers_of, load_linear, require_encoder
from pathgui.core.errors import ClassifierError
from tests.core.classifier.heads import node, onnx, safetensors, tensor

RNG = np.random.default_rng(0)
D = 6
W = RNG.standard_normal((3, D)).astype(np.float32)
B = RNG.standard_normal(3).astype(np.float32)
X = RNG.standard_normal((9, D)).astype(np.float32)
TISSUES = ("normal", "tumor")
NAMES = {"classes": '["tumor", "mud", "normal"]', "encoder": "uni"}


def softmax(scores):
    found = np.exp(scores - scores.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "head.safetensors"


def test_weight_and_bias_give_the_softmax_of_their_scores(file):
    found = load_linear(safetensors(file, NAMES, **{"fc.weight": W, "fc.bias": B}), D)
    assert found.classes == ("tumor", "mud", "normal")
    np.testing.assert_allclose(found.probabilities(X), softmax(X @ W.T + B), rtol=1e-5)
    assert found.encoder == "uni"
    assert len(found.sha256) == 64


def test_standardizing_before_it_is_a_part_of_it(file):
    mean, scale = RNG.standard_normal(D), RNG.uniform(0.5, 2, D)
    found = load_linear(safetensors(file, weight=W, bias=B, mean=mean, scale=scale), D)
    np.testing.assert_allclose(
        found.probabilities(X), softmax((X - mean) / scale @ W.T + B), rtol=1e-5
    )


def test_a_single_score_is_the_probability_of_the_second_class(file):
    found = load_linear(
        safetensors(file, {"classes": "normal, tumor"}, weight=W[:1], bias=B[:1]), D
    )
    p = 1 / (1 + np.exp(-(X @ W[0] + B[0])))
    np.testing.assert_allclose(found.probabilities(X), np.column_stack([1 - p, p]), rtol=1e-5)
    assert found.classes == ("normal", "tumor")


def test_answers_are_tissues_of_the_set_and_classes_that_are_none_are_errors(file):
    found = load_linear(safetensors(file, NAMES, weight=W, bias=B), D)
    answers, places = answers_of(found, X, TISSUES, {"mud": ""}, file)
    assert places == [1, OTHER, 0]
    likeliest = softmax(X @ W.T + B).argmax(axis=1)
    assert answers.codes.tolist() == [places[at] for at in likeliest]
    assert answers.known == TISSUES
    np.testing.assert_allclose(answers.probabilities[:, 1], softmax(X @ W.T + B)[:, 0], rtol=1e-5)


def test_a_class_that_is_no_tissue_is_refused_with_the_way_out(file):
    found = load_linear(safetensors(file, weight=W, bias=B), D)
    with pytest.raises(ClassifierError, match=r'head.safetensors: the class "0" is none of the'):
        answers_of(found, X, TISSUES, {}, file)


def test_one_sigmoid_a_class_gives_answers_and_no_probabilities(tmp_path):
    path = onnx(tmp_path / "a.onnx", tensor("w", W), node("Gemm", "x w", "y", transB=1),
                node("Sigmoid", "y", "p"), **NAMES)  # fmt: skip
    found = load_linear(path, D)
    answers, _ = answers_of(found, X, TISSUES, {"mud": ""}, path)
    assert answers.probabilities is None
    assert "need not sum to 1" in answers.why_no_probabilities
    assert answers.there.all()


def test_a_file_in_onnx_is_the_same_classifier(tmp_path, file):
    path = onnx(tmp_path / "a.onnx", tensor("w", W), tensor("b", B),
                node("Gemm", "x w b", "y", transB=1), **NAMES)  # fmt: skip
    one, other = load_linear(path, D), load_linear(safetensors(file, NAMES, weight=W, bias=B), D)
    np.testing.assert_allclose(one.probabilities(X), other.probabilities(X), rtol=1e-6)
    assert (one.classes, one.encoder) == (other.classes, other.encoder)


def test_it_is_refused_for_another_encoder(file):
    found = load_linear(safetensors(file, NAMES, weight=W, bias=B), D)
    require_encoder(found, file, "uni", "cls")
    with pytest.raises(ClassifierError, match="for the encoder uni, not for virchow"):
        require_encoder(found, file, "virchow", "cls")


@pytest.mark.parametrize(
    ("tensors", "metadata", "why"),
    [
        ({"weight": W[:, :4], "bias": B}, None, "of 4 numbers, but the encoder gives 6"),
        ({"weight": W, "bias": B[:2]}, None, r"bias has the shape \(2,\)"),
        ({"weight": W, "other": W}, None, r"one weight \(classes, dim\).*other \(3, 6\)"),
        ({"bias": B}, None, "one weight"),
        ({"weight": W[None]}, None, "one weight"),
        ({"weight": np.where(W > 0, np.nan, W)}, None, "of its weight are not finite"),
        ({"weight": W, "bias": B, "scale": np.zeros(D)}, None, "its scale has zeros"),
        ({"weight": W, "bias": B, "mean": np.zeros(2)}, None, "mean has the shape"),
        ({"weight": W}, {"classes": '["a", "b"]'}, "names 2 classes"),
        ({"weight": W}, {"classes": '["a", "a", "b"]'}, "one name of its own"),
    ],
)
def test_tensors_that_are_no_such_classifier_are_refused(file, tensors, metadata, why):
    with pytest.raises(ClassifierError, match=why):
        load_linear(safetensors(file, metadata, **tensors), D)


@pytest.mark.parametrize("name", ["head.pt", "head.safetensors", "head.pkl"])
def test_a_pickle_is_not_read_whatever_it_is_called(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps({"weight": W}))
    with pytest.raises(ClassifierError, match="is a pickle, which can run programs"):
        load_linear(path, D)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.safetensors", b"", "damaged"),
        ("a.safetensors", b"\x08" + b"\0" * 7 + b"notjson!", "damaged"),
        ("a.onnx", b"", "it has no graph"),
        ("a.csv", b"a,b\n", "is a .safetensors or .onnx file"),
    ],
)
def test_files_that_are_something_else_are_refused_in_words(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ClassifierError, match=why):
        load_linear(tmp_path / name, D)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ClassifierError, match=r"nothing\.safetensors cannot be read"):
        load_linear(tmp_path / "nothing.safetensors", D)
