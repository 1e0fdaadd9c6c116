"""``pathgui encoders``: the list, and getting what is missing, against a stand-in of the hub."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest

from pathgui.cli import main
from pathgui.cli.main import EXIT_DONE, EXIT_INPUT
from pathgui.core.encoders.facts.registry import HubFile
from pathgui.core.encoders.weights import hub
from pathgui.folders import encoders_dir, imports_dir
from tests.core.encoders.hub_stand_in import COMMIT, GOOD_TOKEN, in_place_of_the_hub
from tests.known import encoder, put, registry
from tests.material import make_reference

CONTENT = bytes(range(256)) * 8_000  # 2 MB


def run(arguments):
    return main.run(arguments, registry)


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    with in_place_of_the_hub(monkeypatch, tmp_path, CONTENT) as served:
        file = HubFile("a/b", "model.bin", COMMIT, served.sha256)
        for name in ("phikon", "uni"):
            put(replace(encoder(name), hub=file))
        yield served


def test_the_list_says_what_each_lacks_and_can_be_narrowed(capsys, stand_in):
    assert run(["encoders", "--json"]) == EXIT_DONE
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert len(rows) == 140  # 137 of the table, 3 that are bundled
    assert rows["shell"]["state"] == "ready"
    assert rows["phikon"]["state"] == "download"
    assert rows["uni"]["state"] == "sign-in"
    assert rows["atlas"]["detail"].startswith("Its weights are not public.")
    assert rows["uni"]["poolings"] == ["cls", "mean", "cls+mean"]
    assert stand_in.tokens == []  # listing asks nobody
    assert run(["encoders", "--find", "kaiko vit-s", "--state", "download"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "kaiko-vits16" in out
    assert "phikon" not in out.replace("pathgui", "")
    assert run(["encoders", "--state", "broken"]) == EXIT_INPUT
    assert "no state is called broken" in capsys.readouterr().err


def test_all_that_is_known_of_one(capsys):
    assert run(["encoders", "show", "lunit-dino-s16"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "Facts: sources disagree" in out
    assert "Poolings: cls, mean, cls+mean (--encoder lunit-dino-s16@POOLING)" in out
    assert run(["encoders", "show", "exaone-path-2.0"]) == EXIT_DONE
    assert "takes whole slides" in capsys.readouterr().out


def test_weights_are_downloaded_and_a_refusal_is_one_sentence(capsys, stand_in):
    assert run(["encoders", "download", "phikon"]) == EXIT_DONE
    done = capsys.readouterr()
    path = hub.cached_file(encoder("phikon").hub)
    assert path.read_bytes() == CONTENT
    assert str(path) in done.out
    assert "Downloading Phikon, MB: 2 of 2" in done.err
    path.resolve().unlink()
    stand_in.refusal = "sign-in"
    assert run(["encoders", "download", "uni"]) == EXIT_INPUT
    refused = capsys.readouterr().err
    assert "UNI is given only to accounts that have access. Sign in" in refused
    assert "Open and small meanwhile: DistillPath" not in refused
    assert "Open and small meanwhile: Phikon" in refused


def test_signing_in_reads_the_token_and_shows_it_nowhere(capfd, stand_in, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("hf_wrong\n"))
    assert run(["encoders", "sign-in"]) == EXIT_INPUT
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD_TOKEN}\n"))
    assert run(["encoders", "sign-in"]) == EXIT_DONE
    said = capfd.readouterr()
    assert "The hub does not accept the token" in said.err
    assert "Signed in to Hugging Face as ada." in said.out
    assert GOOD_TOKEN not in said.out + said.err
    assert hub.has_token()
    stand_in.refusal = "waiting"
    assert run(["encoders", "access", "uni"]) == EXIT_INPUT
    assert "waits for its authors" in capfd.readouterr().out
    stand_in.refusal = ""
    assert run(["encoders", "access", "uni"]) == EXIT_DONE
    assert "You have access to UNI." in capfd.readouterr().out
    assert run(["encoders", "sign-out"]) == EXIT_DONE
    assert not hub.has_token()


def test_embeddings_are_imported_evaluated_and_removed(capsys, tmp_path):
    reference = make_reference(tmp_path / "set")
    values = np.random.default_rng(0).normal(size=(len(reference), 6)).astype(np.float32)
    np.savez(tmp_path / "mine.npz", features=values, tile=np.array(reference.tiles))
    assert run(["encoders", "import", str(tmp_path / "mine.npz"), "--title", "Mine"]) == EXIT_DONE
    assert "Mine: embeddings of 6 numbers; its name is mine." in capsys.readouterr().out
    registry.remove("mine")  # as a new process, which reads the folder
    out = tmp_path / "a.pgrun"
    folder = str(reference.folder)
    arguments = ["evaluate", "--reference", folder, "--encoder", "mine", "--out", str(out)]
    assert run([*arguments, "--device", "cpu"]) == EXIT_DONE
    (result,) = json.loads((out / "run.json").read_text())["encoders"]
    assert result["encoder"]["source"] == "imported embeddings: mine.npz"
    capsys.readouterr()
    assert run(["encoders", "remove", "mine"]) == EXIT_DONE
    assert list(imports_dir().iterdir()) == []
    assert run(["encoders", "remove", "shell"]) == EXIT_INPUT
    assert "was not imported" in capsys.readouterr().err


def test_a_file_of_weights_is_recognized(capsys, tmp_path):
    import timm
    from safetensors.torch import save_file

    model = timm.create_model("vit_small_patch16_224", num_classes=0)
    save_file(model.state_dict(), tmp_path / "x.safetensors")
    assert run(["encoders", "recognize", str(tmp_path)]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "x.safetensors has 12 blocks of width 384, patches of 16 px." in out
    assert "sp22m" in out


def test_a_file_of_ones_own_weights_becomes_an_encoder(capsys, tmp_path):
    import timm
    import torch

    torch.manual_seed(0)
    model = timm.create_model("vit_small_patch16_224", depth=2, img_size=32, num_classes=7)
    path = tmp_path / "our model.pth"
    torch.save({f"module.{name}": tensor for name, tensor in model.state_dict().items()}, path)
    assert run(["encoders", "add", str(path), "--dry-run"]) == EXIT_DONE
    out = " ".join(capsys.readouterr().out.split())
    assert "Taken off the names of its tensors: module. " in out
    assert not encoders_dir().exists()
    given = ["--name", "Ours", "--mpp", "0.25", "--pooling", "mean", "--normalization", "CLIP"]
    assert run(["encoders", "add", str(path), *given]) == EXIT_DONE
    out = " ".join(capsys.readouterr().out.split())
    assert "Two drawn tiles gave 384 numbers each" in out
    assert "Ours is listed as ours" in out
    assert encoder("ours").tile.mpp == 0.25
    assert "mean 0.481455" in encoder("ours").transform
    assert run(["encoders", "add", str(path), "--normalization", "1,2"]) != EXIT_DONE
    assert "nor six numbers" in " ".join(capsys.readouterr().err.split())
