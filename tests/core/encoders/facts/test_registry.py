"""What is known of encoders: a registry is made once, handed on, and safe for threads."""

from __future__ import annotations

import ast
import pickle
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pathgui
from pathgui.core.encoders.facts.registry import EncoderSpec, Registry
from pathgui.core.encoders.own_encoders import own_encoder, packaged_encoders
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import EncoderError
from pathgui.core.imported.as_encoders import import_embeddings
from tests.core.encoders.test_own_encoders import DESCRIPTION
from tests.core.stand_ins import spec_of


def test_what_one_registry_learns_no_other_knows() -> None:
    one, other = standard_encoders(), standard_encoders()
    one.add(spec_of())
    assert one.encoder("mean-color").title == "Mean color"
    with pytest.raises(EncoderError, match="No encoder is called 'mean-color'"):
        other.encoder("mean-color")


def test_encoders_are_chosen_once_each_in_the_order_asked_for() -> None:
    known = standard_encoders()
    names = [spec.name for spec in known.chosen(["uni@mean", "shell", "uni@cls", "uni"])]
    assert names == ["uni@mean", "shell", "uni"]


def test_an_encoder_of_the_users_is_renewed_from_its_own_file_only() -> None:
    known = Registry([replace(spec_of(), origin="a.toml", dim=3)])
    known.renew(replace(spec_of(), origin="a.toml", dim=4))
    assert known.encoder("mean-color").dim == 4
    with pytest.raises(ValueError, match="already registered"):
        known.renew(replace(spec_of(), origin="b.toml"))


def test_a_free_name_is_made_of_words_and_numbered_where_it_is_taken() -> None:
    known = Registry()
    assert known.free_name("Our Fine-tune (v2.1)", "own") == "our-fine-tune-v2.1"
    known.add(replace(spec_of(), name="mine"))
    known.add(replace(spec_of(), name="mine-2"))
    assert known.free_name("Mine!", "own") == "mine-3"
    assert known.free_name("???", "own") == "own"


def test_threads_add_list_and_remove_at_the_same_time() -> None:
    known, faults, begin = standard_encoders(), [], threading.Barrier(8)
    before = known.encoders()

    def work(number: int) -> None:
        try:
            begin.wait(10)
            for turn in range(200):
                name = f"own-{number}-{turn}"
                known.add(replace(spec_of(), name=name))
                assert known.encoder(name) in known.encoders()
                if turn % 2:
                    known.remove(name)
        except BaseException as error:  # noqa: BLE001 - told below, on the test's own thread
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    kept = {spec.name for spec in known.encoders()[len(before) :]}
    assert kept == {f"own-{number}-{turn}" for number in range(8) for turn in range(0, 200, 2)}


def same(spec: EncoderSpec) -> bool:
    """Whether it is the same encoder after a journey: it says so, and is as ready as here."""
    there: EncoderSpec = pickle.loads(pickle.dumps(spec))
    pooled = all(
        there.with_pooling is not None
        and spec.with_pooling is not None
        and there.with_pooling(pooling) == spec.with_pooling(pooling)
        for pooling in spec.poolings
    )
    return there == spec and there.readiness() == spec.readiness() and pooled


def test_each_encoder_of_pathgui_can_go_to_another_process() -> None:
    assert [spec.name for spec in standard_encoders().encoders() if not same(spec)] == []


def test_encoders_of_the_user_can_go_to_another_process(tmp_path: Path) -> None:
    path = tmp_path / "our-fine-tune.toml"
    path.write_text(DESCRIPTION)
    np.savez(tmp_path / "a.npz", features=np.eye(3, dtype=np.float32), tile=np.array(list("abc")))
    imported = import_embeddings(Registry(), [tmp_path / "a.npz"], tmp_path / "imported")
    assert same(own_encoder(path))
    assert same(imported)
    assert imported.readiness().ready
    assert all(map(same, packaged_encoders()[0]))


def test_no_module_keeps_a_registry_of_its_own() -> None:
    """A registry is made inside ``main``, the window's services or a test, and handed on."""
    root, found = Path(pathgui.__file__).parent, []
    for path in root.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                made = {
                    call.func.id
                    for call in ast.walk(node.value)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                if made & {"Registry", "standard_encoders"}:
                    found.append(path.relative_to(root).as_posix())
    assert found == []
