"""A set looked at through the embeddings of encoders."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import EncoderError
from pathgui.core.evaluation import appraised_set
from pathgui.core.evaluation.appraised_set import appraise_with
from pathgui.core.progress import Cancelled, Notice
from pathgui.core.runs.options import new_settings
from pathgui.core.system.devices import resolve_devices
from tests.material import make_reference

SETTINGS = new_settings(device="cpu")


def test_an_encoder_that_cannot_run_is_said_and_the_others_go_on(tmp_path):
    def fails(device, precision):
        raise EncoderError("its file is damaged.")

    colors = standard_encoders().encoder("color-statistics")
    broken = replace(colors, name="broken", title="Broken", load=fails)
    told = []
    found = appraise_with(
        make_reference(tmp_path / "set"),
        [broken, colors],
        EmbeddingStore(tmp_path / "kept"),
        settings=SETTINGS,
        report=told.append,
    )
    assert [each.name for each in found.encoders] == ["color-statistics"]
    assert "Broken was left out: its file is damaged." in [
        each.text for each in told if isinstance(each, Notice)
    ]
    assert found.encoders[0].training.text == colors.training


def test_it_stops_at_once_while_the_devices_are_looked_for(tmp_path, monkeypatch):
    """Which imports torch, takes seconds, and reports nothing."""
    begun, may_end, ended = (threading.Event() for _ in range(3))

    def looks(device):
        begun.set()
        may_end.wait(5)
        ended.set()
        return resolve_devices(device)

    def stop(_):
        if begun.is_set():
            raise Cancelled

    monkeypatch.setattr(appraised_set, "resolve_devices", looks)
    colors = standard_encoders().encoder("color-statistics")
    reference = make_reference(tmp_path / "set")
    with pytest.raises(Cancelled):
        appraise_with(reference, [colors], None, settings=SETTINGS, report=stop)
    assert not ended.is_set()
    may_end.set()


def test_tiles_that_cannot_be_read_are_counted(tmp_path):
    reference = make_reference(tmp_path / "set")
    (reference.folder / reference.files[3]).write_bytes(b"")
    colors = standard_encoders().encoder("color-statistics")
    found = appraise_with(reference, [colors], None, settings=SETTINGS, with_power=False)
    assert (found.encoders[0].unread, found.encoders[0].power) == (1, None)


def test_without_encoders_labels_and_checksums_are_looked_at(tmp_path):
    found = appraise_with(make_reference(tmp_path / "set"), [], None, settings=SETTINGS)
    assert found.encoders == []
    assert found.cells.tiles == [[12, 12], [12, 12]]
