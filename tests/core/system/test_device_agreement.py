"""What is said of a device that gives other embeddings than the CPU."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.system.device_agreement import TOLERANCE, DeviceCheck

CHECK = DeviceCheck("mps", "Apple GPU", "macOS-15.1-arm64", "2.9.0", 4, TOLERANCE, TOLERANCE)


def test_within_the_recorded_tolerance_nothing_is_said() -> None:
    assert CHECK.agrees
    assert CHECK.notice == ""
    assert replace(CHECK, cosine_min=0.9, tolerance=0.8).notice == ""  # of another version


def test_beyond_it_one_sentence_names_device_cosine_and_tolerance() -> None:
    assert replace(CHECK, cosine_min=0.98765).notice == (
        "On Apple GPU (mps) the embeddings are not those of the CPU: cosine 0.98765 at worst over "
        "4 tiles, where 0.9999 is tolerated. Update its driver, or evaluate on the CPU."
    )
