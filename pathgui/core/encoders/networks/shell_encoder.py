"""SHELL: the encoder of a segmentation network trained on histology.

The network (MONAI's SegResNet, 1.47 M parameters up to the bottleneck) is published as ONNX by
the LaViolette lab in the package ``lavlab-shell`` (MIT). Its encoder is built here anew and fed
from that file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.networks.onnx_file import Graph, Node, read_onnx
from pathgui.core.errors import WeightsError
from pathgui.core.language.texts import say

if TYPE_CHECKING:
    from torch import Tensor, nn

DIM = 128
SIDE_MULTIPLE = 64
_BLOCKS = (1, 2, 2, 4)  # residual blocks of each stage
_GROUPS = 8
_EPSILON = 1e-5

# Ruifrok and Johnston 2001: optical densities of hematoxylin, eosin and DAB in R, G, B.
_STAINS = ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))
_WHITE = 245.0  # what counts as glass
# The optical densities that become 1: of eosin, of hematoxylin, of the mean of R, G and B.
_RANGES = (0.6, 1.0, 0.8)


def build() -> nn.Module:
    """The encoder, up to the average-pooled bottleneck: (n, 3, s, s) to (n, 128)."""
    from torch import nn

    def convolution(inside: int, outside: int, stride: int = 1) -> nn.Conv2d:
        return nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False)

    class Block(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.norm1 = nn.GroupNorm(_GROUPS, width, _EPSILON)
            self.conv1 = convolution(width, width)
            self.norm2 = nn.GroupNorm(_GROUPS, width, _EPSILON)
            self.conv2 = convolution(width, width)
            self.mish = nn.Mish()

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv1(self.mish(self.norm1(x)))
            y = self.conv2(self.mish(self.norm2(y)))
            return x.add(y)

    class Shell(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = convolution(3, 16)
            stages = []
            for number, blocks in enumerate(_BLOCKS):
                width = 16 << number
                first = convolution(width // 2, width, 2) if number else nn.Identity()
                stages.append(nn.Sequential(first, *(Block(width) for _ in range(blocks))))
            self.stages = nn.Sequential(*stages)

        def forward(self, x: Tensor) -> Tensor:
            maps: Tensor = self.stages(self.stem(x))
            return maps.mean(dim=(2, 3))

    return Shell()


def state_dict(path: Path) -> dict[str, NDArray[np.float32]]:
    """The encoder's tensors, out of the ONNX file ``path``, by the names of :func:`build`.

    Convolutions carry their name in the file. Group norms do not: their scale and shift are found
    by following the graph from each normalization to the convolution it prepares.

    Raises
    ------
    WeightsError
        If the graph is not the one that :func:`build` builds.
    """
    graph = read_onnx(path)
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node)

    state = {}
    for node in graph.nodes:
        if node.op == "Conv" and (ours := _our_name(node.inputs[1])):
            state[f"{ours}.weight"] = np.asarray(graph.tensors[node.inputs[1]], np.float32)
        elif node.op == "InstanceNormalization":
            _check_plain(graph, node, path)
            try:
                _, multiply, add, _, conv = _follow(
                    node, readers, ("Reshape", "Mul", "Add", "Mish", "Conv")
                )
            except LookupError as error:
                raise WeightsError(
                    say("{path} is not the SHELL model: {error}", path=path, error=error)
                ) from None
            if ours := _our_name(conv.inputs[1]):
                norm = ours.replace("conv", "norm")
                state[f"{norm}.weight"] = _constant(graph, multiply)
                state[f"{norm}.bias"] = _constant(graph, add)
    return state


def _our_name(theirs: str) -> str:
    """``down_layers.1.2.conv1.conv.weight`` -> ``stages.1.2.conv1``; "" for the decoder's."""
    if theirs == "convInit.conv.weight":
        return "stem"
    match = re.fullmatch(r"down_layers\.(\d+)\.(\d+)(\.conv[12])?\.conv\.weight", theirs)
    return f"stages.{match[1]}.{match[2]}{match[3] or ''}" if match else ""


def _follow(node: Node, readers: dict[str, list[Node]], ops: tuple[str, ...]) -> list[Node]:
    """The chain of nodes after ``node``, one for each of ``ops``."""
    chain = []
    for op in ops:
        following = [n for n in readers.get(node.outputs[0], []) if n.op == op]
        if len(following) != 1:
            raise LookupError(f"no single {op} follows {node.outputs[0]}")
        node = following[0]
        chain.append(node)
    return chain


def _constant(graph: Graph, node: Node) -> NDArray[np.float32]:
    (name,) = (name for name in node.inputs if name in graph.tensors)
    return np.asarray(graph.tensors[name], np.float32).ravel()


def _check_plain(graph: Graph, node: Node, path: Path) -> None:
    """Group norm is written as instance norm over groups whose own scale and shift do nothing."""
    scale, shift = (graph.tensors[name] for name in node.inputs[1:3])
    if len(scale) != _GROUPS or np.any(scale != 1) or np.any(shift != 0):
        raise WeightsError(
            say(
                "{path} is not the SHELL model: {outputs} is no group norm.",
                path=path,
                outputs=node.outputs[0],
            )
        )


def prepare(device: str) -> Any:
    """The function from uint8 RGB (n, 3, s, s) to the network's three channels, on ``device``.

    Eosin, hematoxylin and mean optical density, each scaled by a fixed range to 0..1. SHELL was
    trained with ranges and stain vectors estimated from each slide (Macenko); a fixed unmixing
    keeps a tile's embedding independent of the other tiles.
    """
    import torch

    stains = np.array(_STAINS)
    stains /= np.linalg.norm(stains, axis=1, keepdims=True)
    to_stains = np.linalg.inv(stains)  # columns: hematoxylin, eosin, DAB
    columns = np.stack([to_stains[:, 1], to_stains[:, 0], np.full(3, 1 / 3)])
    columns /= np.array(_RANGES)[:, None]
    mixing = torch.tensor(columns, dtype=torch.float32, device=device)[:, :, None, None]

    def channels(tiles: Tensor) -> Tensor:
        density = tiles.float().clamp_(1, _WHITE).div_(_WHITE).log10_().neg_()
        return torch.nn.functional.conv2d(density, mixing).clamp_(0, 1)

    return channels
