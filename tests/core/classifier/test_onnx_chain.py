"""A chain of linear operations in ONNX is multiplied out; anything else is named and refused."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.onnx_chain import affine_of
from pathgui.core.errors import ClassifierError
from tests.core.classifier.heads import node, onnx, tensor
from tests.core.encoders.networks.test_onnx_file import message

RNG = np.random.default_rng(0)
D, C = 5, 3
W = RNG.standard_normal((C, D)).astype(np.float32)
B = RNG.standard_normal(C).astype(np.float32)
V = RNG.uniform(0.5, 2, (4, D)).astype(np.float32)  # four vectors of the embedding's length
X = RNG.standard_normal((7, D))


def scores(path):
    found = affine_of(path, D)
    return X @ found.weight.T + found.bias


@pytest.fixture
def file(tmp_path):
    return tmp_path / "head.onnx"


def test_gemm_as_torch_writes_it(file):
    onnx(file, tensor("w", W), tensor("b", B), node("Gemm", "x w b", "y", transB=1))
    np.testing.assert_allclose(scores(file), X @ W.T + B, rtol=1e-6)
    assert affine_of(file, D).activation is None


def test_gemm_with_its_factors(file):
    gemm = node("Gemm", "x w b", "y", alpha=2.0, beta=0.5)
    onnx(file, tensor("w", W.T), tensor("b", B[None]), gemm)
    np.testing.assert_allclose(scores(file), 2 * X @ W.T + B / 2, rtol=1e-6)


def test_product_and_sum_and_softmax_with_tensors_by_number(file):
    onnx(
        file,
        tensor("w", W.T, by_number=True), tensor("b", B, by_number=True),
        node("MatMul", "x w", "a"), node("Add", "b a", "y"), node("Softmax", "y", "p", axis=-1),
        node("ArgMax", "y", "n"), node("Cast", "n", "m"),
        classes='["a", "b", "c"]',
    )  # fmt: skip
    np.testing.assert_allclose(scores(file), X @ W.T + B, rtol=1e-6)
    found = affine_of(file, D)
    assert (found.activation, found.metadata["classes"]) == ("softmax", '["a", "b", "c"]')


def test_what_stands_before_and_between_is_multiplied_out(file):
    mean, scale, shift, factor = V
    onnx(
        file,
        *(tensor(name, each) for name, each in zip("mfsg", V, strict=True)),
        tensor("w", W), tensor("b", B),
        node("Sub", "x m", "1"), node("Div", "1 f", "2"), node("Identity", "2", "3"),
        node("Mul", "g 3", "4"), node("Sub", "s 4", "5"), node("Flatten", "5", "6", axis=1),
        node("Transpose", "w", "wt", perm=[1, 0]), node("MatMul", "6 wt", "7"),
        node("Add", "7 b", "8"),
    )  # fmt: skip
    before = shift - factor * (X - mean) / scale
    np.testing.assert_allclose(scores(file), before @ W.T + B, rtol=1e-5)


def test_batch_normalization_is_linear_once_it_is_trained(file):
    onnx(
        file,
        *(tensor(name, each) for name, each in zip("gbmv", V, strict=True)),
        tensor("w", W.T),
        node("BatchNormalization", "x g b m v", "1", epsilon=0.001), node("MatMul", "1 w", "y"),
    )  # fmt: skip
    before = (X - V[2]) / np.sqrt(V[3] + 0.001) * V[0] + V[1]
    np.testing.assert_allclose(scores(file), before @ W.T, rtol=1e-5)


def test_a_logistic_regression_as_skl2onnx_writes_it(file):
    onnx(
        file,
        node("Scaler", "x", "s", offset=V[0].tolist(), scale=V[1].tolist()),
        node("LinearClassifier", "s", "label p", coefficients=W.ravel().tolist(),
             intercepts=B.tolist(), classlabels_strings=["a", "b", "c"], post_transform="SOFTMAX"),
        node("Normalizer", "p", "q", norm="L1"), node("Cast", "label", "l"),
        node("ZipMap", "q", "z", classlabels_strings=["a", "b", "c"]),
    )  # fmt: skip
    found = affine_of(file, D)
    np.testing.assert_allclose(scores(file), ((X - V[0]) * V[1]) @ W.T + B, rtol=1e-5)
    assert (found.classes, found.activation) == (("a", "b", "c"), "softmax")


def test_a_binary_logistic_regression_has_one_score(file):
    both = np.stack([-W[0], W[0]])
    onnx(
        file,
        node("LinearClassifier", "x", "label p", coefficients=both.ravel().tolist(),
             intercepts=[-0.5, 0.5], classlabels_ints=[0, 1], post_transform="LOGISTIC"),
        node("Normalizer", "p", "q", norm="L1"),
    )  # fmt: skip
    found = affine_of(file, D)
    assert (found.weight.shape, found.classes) == ((1, D), ("0", "1"))
    np.testing.assert_allclose(found.weight[0], W[0])
    assert found.bias.tolist() == [0.5]


def test_one_against_the_rest_is_said_to_be_so(file):
    node_of = node("LinearClassifier", "x", "l p", coefficients=W.ravel().tolist(),
                   intercepts=B.tolist(), classlabels_ints=[0, 1, 2],
                   post_transform="LOGISTIC")  # fmt: skip
    onnx(file, node_of)
    assert affine_of(file, D).activation == "sigmoid"
    onnx(file, node_of, node("Normalizer", "p", "q", norm="L1"))
    assert affine_of(file, D).activation == "normalized sigmoid"


def test_weights_that_stand_in_a_node_are_read(file):
    constant = message(1, message(2, b"w") + message(4, b"Constant")
                       + message(5, message(1, b"value") + tensor("", W.T)))  # fmt: skip
    onnx(file, constant, node("MatMul", "x w", "y"))
    np.testing.assert_allclose(scores(file), X @ W.T, rtol=1e-6)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([node("Relu", "x", "y")], "it computes Relu"),
        ([node("MatMul", "x w", "h"), node("Relu", "h", "y")], "it computes Relu"),
        ([node("LayerNormalization", "x w", "y")], "it computes LayerNormalization"),
        ([node("MatMul", "x x", "y")], "it computes MatMul"),
        ([node("Div", "w x", "y")], "it computes Div"),
        ([node("Gemm", "x w", "y", transA=1)], "it computes Gemm"),
        ([node("MatMul", "x unknown", "y")], "it computes MatMul"),
        ([node("Softmax", "x", "p"), node("MatMul", "p w", "y")], "it computes MatMul"),
        ([node("Exp", "w", "v"), node("MatMul", "x v", "y")], "it computes Exp"),
        ([node("Identity", "x", "y")], "multiplies nothing"),
        ([node("LinearClassifier", "x", "l p", coefficients=[1.0] * 10,
               post_transform="PROBIT")], "it computes LinearClassifier"),
    ],
)  # fmt: skip
def test_whatever_is_not_linear_is_named(file, parts, said):
    onnx(file, tensor("w", W.T), *parts)
    with pytest.raises(ClassifierError, match=said):
        affine_of(file, D)


def test_a_file_of_several_inputs_is_refused(file):
    onnx(file, tensor("w", W.T), node("MatMul", "x w", "y"), inputs="x y")
    with pytest.raises(ClassifierError, match="takes 2 inputs"):
        affine_of(file, D)


def test_a_constant_that_is_listed_among_the_inputs_is_none(file):
    onnx(file, tensor("w", W.T), node("MatMul", "x w", "y"), inputs="x w")
    np.testing.assert_allclose(scores(file), X @ W.T, rtol=1e-6)


def test_another_length_is_refused_with_both_numbers(file):
    onnx(file, tensor("w", W.T), node("MatMul", "x w", "y"))
    with pytest.raises(ClassifierError, match="of 5 numbers, but the encoder gives 8"):
        affine_of(file, 8)
